//! The end of a thread, which others can wait for.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use interleavings::sync::{Condvar, Mutex, MutexGuard};

/// Whether a thread has come to its end.
#[derive(Debug)]
pub(crate) struct End {
    is_reached: Mutex<bool>,
    reached: Condvar,
}

impl End {
    /// The end of a thread that has not come to it, and what the thread drops there.
    pub(crate) fn new() -> (Arc<Self>, Reaches) {
        let end =
            Arc::new(Self { is_reached: Mutex::new(false), reached: Condvar::new() });
        (Arc::clone(&end), Reaches(end))
    }

    pub(crate) fn is_reached(&self) -> bool {
        *self.lock()
    }

    /// Waits until it is reached, for `timeout` at most, and returns whether it is.
    pub(crate) fn wait_timeout(&self, timeout: Duration) -> bool {
        let mut is_reached = self.lock();
        is_reached = self.wait_while_not(is_reached, timeout);
        *is_reached
    }

    #[cfg(not(loom))]
    fn wait_while_not<'a>(
        &self,
        is_reached: MutexGuard<'a, bool>,
        timeout: Duration,
    ) -> MutexGuard<'a, bool> {
        let waited =
            self.reached.wait_timeout_while(is_reached, timeout, |reached| !*reached);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// loom's condvar has no timeouts. Here the longest one never comes, and every
    /// other one has passed: the thread does what it can while the mutex is free, and
    /// the waiter is late for it.
    #[cfg(loom)]
    fn wait_while_not<'a>(
        &'a self,
        mut is_reached: MutexGuard<'a, bool>,
        timeout: Duration,
    ) -> MutexGuard<'a, bool> {
        if !*is_reached && timeout < Duration::MAX {
            drop(is_reached);
            return self.lock();
        }
        while !*is_reached {
            let waited = self.reached.wait(is_reached);
            is_reached = waited.unwrap_or_else(PoisonError::into_inner);
        }
        is_reached
    }

    /// A flag cannot be half written, so it is right even after a panic.
    fn lock(&self) -> MutexGuard<'_, bool> {
        self.is_reached.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Owned by a thread's function: the thread is at its end when it is dropped, be it by
/// a return or by a panic.
#[derive(Debug)]
pub(crate) struct Reaches(Arc<End>);

impl Drop for Reaches {
    fn drop(&mut self) {
        *self.0.lock() = true;
        self.0.reached.notify_all();
    }
}

#[cfg(all(test, loom))]
mod loom_models;
