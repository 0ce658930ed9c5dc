//! A bounded queue between processes that survives the death of any of them.

mod futex;
mod gate;
#[cfg(not(loom))]
mod lock;
#[cfg(not(loom))]
mod memory;
#[cfg(not(loom))]
mod queue;
#[cfg(not(loom))]
mod ring;

pub use gate::Gate;
#[cfg(not(loom))]
pub use {
    lock::RobustLock,
    memory::{Shareable, SharedMemory},
    queue::{GetError, ProcessQueue, PutError},
    ring::{Record, Refused, Ring},
};
