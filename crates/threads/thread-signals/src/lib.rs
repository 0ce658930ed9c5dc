//! Semaphore, event, condition, timer and barrier: threads that wait for each other (N1.3, N5.5–N5.8).

#![forbid(unsafe_code)]

mod barrier;
mod condition;
mod event;
mod semaphore;
mod sync;
mod timer;

pub use barrier::{Barrier, BrokenBarrier, NoParties};
pub use condition::{Condition, ConditionGuard};
pub use event::Event;
pub use semaphore::{BoundedSemaphore, Permit, TooManyReleases};
pub use timer::{StartError, StartedTimer, Timer, TimerPanicked};

#[cfg(all(test, not(loom)))]
mod bunch;
