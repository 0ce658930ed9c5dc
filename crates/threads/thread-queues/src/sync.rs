//! The mutex, the condvar and the counters that the queues are built on: std's, or
//! loom's under `--cfg loom`; and how long a thread spins before it sleeps.
//!
//! Nothing here is poisoned by a panic: the queue is right after each step of its own,
//! and the order of a [`Storage`](crate::Storage) that panics is its author's care.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use crossbeam::utils::Backoff;

#[cfg(loom)]
use loom::sync as platform;
#[cfg(not(loom))]
use std::sync as platform;

pub(crate) use platform::MutexGuard;
pub(crate) use platform::atomic::{AtomicBool, AtomicUsize};

/// A mutex without poison.
#[derive(Debug)]
pub(crate) struct Mutex<T>(platform::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(platform::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A condvar whose waits have a deadline.
#[derive(Debug)]
pub(crate) struct Condvar(platform::Condvar);

impl Condvar {
    pub(crate) fn new() -> Self {
        Self(platform::Condvar::new())
    }

    pub(crate) fn notify(&self, n: usize) {
        for _ in 0..n {
            self.0.notify_one();
        }
    }

    pub(crate) fn notify_all(&self) {
        self.0.notify_all();
    }

    /// Releases the mutex, sleeps until it is notified or the deadline has passed, and
    /// takes the mutex again. May also return spuriously.
    #[cfg(not(loom))]
    pub(crate) fn wait<'a, T>(
        &self,
        held: MutexGuard<'a, T>,
        _mutex: &'a Mutex<T>,
        deadline: Deadline,
    ) -> MutexGuard<'a, T> {
        let Some(instant) = deadline.0 else {
            return self.0.wait(held).unwrap_or_else(PoisonError::into_inner);
        };
        let left = instant.saturating_duration_since(Instant::now());
        self.0.wait_timeout(held, left).unwrap_or_else(PoisonError::into_inner).0
    }

    /// loom's condvar has no timeouts, so here every deadline has passed: the others do
    /// what they can while the mutex is free, and the waiter is late for it.
    #[cfg(loom)]
    pub(crate) fn wait<'a, T>(
        &self,
        held: MutexGuard<'a, T>,
        mutex: &'a Mutex<T>,
        deadline: Deadline,
    ) -> MutexGuard<'a, T> {
        if deadline.0.is_some() {
            drop(held);
            mutex.lock()
        } else {
            self.0.wait(held).unwrap_or_else(PoisonError::into_inner)
        }
    }
}

/// When a wait ends at the latest, if ever.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    pub(crate) const NEVER: Self = Self(None);

    /// `timeout` from now. A time beyond the clock's range, such as [`Duration::MAX`],
    /// never comes.
    pub(crate) fn after(timeout: Duration) -> Self {
        Self(Instant::now().checked_add(timeout))
    }

    pub(crate) fn has_passed(self) -> bool {
        self.0.is_some_and(|instant| cfg!(loom) || Instant::now() >= instant)
    }
}

/// Spins for a few microseconds, or until there is plenty.
///
/// A thread that goes to work at the first item meets the other end of the queue at its
/// lock, again and again; one that lets a few gather has them to itself. Going to sleep
/// and being woken would take longer than this. It does not give up its time slice
/// meanwhile: on a busy machine others would take it, for much longer than a sleep.
///
/// Under loom it does nothing: the model tries what happens meanwhile.
pub(crate) fn linger(plenty: impl Fn() -> bool) {
    let backoff = Backoff::new();
    for _ in 0..if cfg!(loom) { 0 } else { SPINS } {
        if plenty() {
            return;
        }
        backoff.spin();
    }
}

/// Each spin is twice as long as the one before it, up to 64 turns.
const SPINS: usize = 8;
