//! The mutex, the condvar and the counters that the queues are built on, and how long
//! a thread spins before it sleeps.
//!
//! The types are those of `interleavings`: std's, loom's under `--cfg loom`, or those
//! of an explored program. Nothing here is poisoned by a panic: the queue is right
//! after each step of its own, and the order of a [`Storage`](crate::Storage) that
//! panics is its author's care.

use std::sync::PoisonError;

use crossbeam::utils::Backoff;
use interleavings::sync as platform;

pub(crate) use interleavings::Deadline;
pub(crate) use platform::MutexGuard;
pub(crate) use platform::atomic::{AtomicBool, AtomicUsize};

/// A mutex without poison.
#[derive(Debug)]
pub(crate) struct Mutex<T>(platform::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(platform::Mutex::new(value))
    }

    #[inline]
    #[track_caller]
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

    #[track_caller]
    pub(crate) fn notify(&self, n: usize) {
        for _ in 0..n {
            self.0.notify_one();
        }
    }

    #[track_caller]
    pub(crate) fn notify_all(&self) {
        self.0.notify_all();
    }

    /// Releases the mutex, sleeps until it is notified or the deadline has passed, and
    /// takes the mutex again. May also return spuriously.
    #[track_caller]
    pub(crate) fn wait<'a, T>(
        &self,
        held: MutexGuard<'a, T>,
        mutex: &'a Mutex<T>,
        deadline: &Deadline,
    ) -> MutexGuard<'a, T> {
        deadline.wait(&self.0, held, &mutex.0)
    }
}

/// Spins for a few microseconds, or until there is plenty.
///
/// A thread that goes to work at the first item meets the other end of the queue at its
/// lock, again and again; one that lets a few gather has them to itself. Going to sleep
/// and being woken would take longer than this. It does not give up its time slice
/// meanwhile: on a busy machine others would take it, for much longer than a sleep.
///
/// An explored thread does not spin: the exploration tries what happens meanwhile.
pub(crate) fn linger(plenty: impl Fn() -> bool) {
    if interleavings::is_explored() {
        return;
    }
    let backoff = Backoff::new();
    for _ in 0..SPINS {
        if plenty() {
            return;
        }
        backoff.spin();
    }
}

/// Each spin is twice as long as the one before it, up to 64 turns.
const SPINS: usize = 8;
