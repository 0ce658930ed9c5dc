//! Locks without poison, and a thread that sleeps until it is woken.
//!
//! The types are those of `interleavings`: std's, loom's under `--cfg loom`, or those
//! of an explored program.

use std::sync::{Arc, PoisonError};

#[cfg(not(loom))]
pub(crate) use interleavings::thread_local;
#[cfg(loom)]
pub(crate) use loom::thread_local;

pub(crate) use interleavings::Deadline;
pub(crate) use interleavings::sync::Mutex;
pub(crate) use interleavings::sync::atomic::{AtomicBool, AtomicUsize};
use interleavings::sync::{Condvar, MutexGuard};

/// Locks a mutex. No user's code runs under a lock of this crate, so no value is left
/// half changed by a panic.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where one thread sleeps until another one wakes it. To wake it before it sleeps is
/// remembered, once.
#[derive(Debug)]
pub(crate) struct Parker {
    is_woken: Mutex<bool>,
    woken: Condvar,
}

impl Parker {
    pub(crate) fn new() -> Self {
        Self { is_woken: Mutex::new(false), woken: Condvar::new() }
    }

    /// The one of this thread.
    pub(crate) fn of_this_thread() -> Arc<Self> {
        PARKER.with(Arc::clone)
    }

    /// Sleeps until it is woken, or has been already, or the deadline has passed.
    pub(crate) fn park(&self, deadline: &Deadline) {
        let mut is_woken = lock(&self.is_woken);
        while !*is_woken && !deadline.has_passed() {
            is_woken = deadline.wait(&self.woken, is_woken, &self.is_woken);
        }
        *is_woken = false;
    }

    pub(crate) fn wake(&self) {
        *lock(&self.is_woken) = true;
        self.woken.notify_one();
    }
}

thread_local! {
    static PARKER: Arc<Parker> = Arc::new(Parker::new());
}
