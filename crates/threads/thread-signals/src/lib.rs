//! Semaphore, event, condition, timer and barrier: threads that wait for each other
//! (N1.3, N5.5–N5.8).
//!
//! | Python | here | what Rust adds | note |
//! |---|---|---|---|
//! | `threading.Semaphore` | [`Semaphore`] | as below, but it can grow | |
//! | `threading.BoundedSemaphore` | [`BoundedSemaphore`] | a permit goes back by itself; first come, first served | N5.5 |
//! | `threading.Event` | [`Event`] | | N5.6 |
//! | `threading.Condition` | [`Condition`] | waiting or notifying without the lock does not compile | N5.7 |
//! | `threading.Timer` | [`Timer`] | once cancelled it never fires; it returns its function's value or panic | N1.3, N5.8 |
//! | `threading.Barrier` | [`Barrier`] | a round that was passed stays passed, whatever happens next | |
//!
//! All are built on the [`Condition`]: a lock, its value, and a queue of the threads
//! that wait. Since it wakes exactly the threads that were notified, the others need no
//! counters of their own against spurious or late wake-ups.
//!
//! Every wait has a form with a timeout. [`Duration::ZERO`](std::time::Duration::ZERO)
//! does not wait, and [`Duration::MAX`](std::time::Duration::MAX) waits for ever; a
//! negative timeout cannot be written.
//!
//! # What was checked
//! loom tries every schedule of up to three threads, without a bound on preemptions
//! (`RUSTFLAGS="--cfg loom" cargo test -p thread-signals --lib --release loom`):
//! - semaphore: never more inside than the bound, of 1 and of 2; a timeout loses no
//!   permit; of two releases of one permit one is refused;
//! - event: set wakes all waiters, also if it is cleared at once; a timeout never
//!   misses a set;
//! - condition: a notification goes to the first waiter, and is never lost to one that
//!   times out or comes later;
//! - timer: it fires or is cancelled in time, and never both; cancelling or dropping it
//!   wakes its thread;
//! - barrier: no thread passes before the last has come and its action has run; a
//!   timeout breaks it for all or for none; abort and reset leave no thread waiting.
//!
//! loom has no clock and its condvar has no spurious wake-ups. So in the models every
//! deadline has passed at once, and every waiter is woken spuriously once. The
//! platform's mutex and condvar themselves are not part of the models.
//!
//! # What it costs
//! `cargo xtask bench thread-signals`, on two cores that had other work to do as well;
//! medians of five rounds:
//!
//! | an operation | here: time, CPU time | CPython 3.11: time, CPU time |
//! |---|---|---|
//! | a permit acquired and released, without contention | 48 ns, 21 ns | 2.1 µs, 0.85 µs |
//! | an event that wakes another thread, and one in answer | 36 µs, 20 µs | 37 µs, 19 µs |
//!
//! Most of a wake-up is the kernel's work, in any language.
//!
//! # CPython's own tests
//! The unit tests follow the cases of `Lib/test/lock_tests.py` for these classes. Not
//! here: the semaphore's default value, the barrier's default timeout, a condition that
//! is re-entrant or made on a given lock, and the cases of fork.

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
pub use semaphore::{
    BoundedSemaphore, OwnedPermit, Permit, Semaphore, TooManyReleases,
};
pub use timer::{StartError, StartedTimer, Timer, TimerPanicked};

#[cfg(all(test, not(loom)))]
mod bunch;

// Any thread may use a signal, carry an error, and drop a permit; the guard of a
// condition is bound to its thread.
#[cfg(not(loom))]
const _: () = {
    const fn is_send_and_sync<T: Send + Sync>() {}
    const fn is_sync<T: Sync>() {}
    is_send_and_sync::<(Barrier, Condition<u8>, Event, Timer<fn()>, StartedTimer<u8>)>(
    );
    is_send_and_sync::<(Semaphore, BoundedSemaphore, Permit<'_>, OwnedPermit)>();
    is_send_and_sync::<(BrokenBarrier, NoParties, TooManyReleases)>();
    is_send_and_sync::<(StartError, TimerPanicked)>();
    is_sync::<ConditionGuard<'_, u8>>();
};
