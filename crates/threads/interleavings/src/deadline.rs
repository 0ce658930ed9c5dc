//! When a wait ends at the latest.

use std::cell::Cell;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use crate::sync::{Condvar, Mutex, MutexGuard};

/// When a wait ends at the latest, if ever.
///
/// In an exploration it passes when a wait for it times out, and any such wait may,
/// however far the deadline is; the clock plays no part. loom has no clock either:
/// there every deadline has passed.
///
/// ```
/// use interleavings::Deadline;
/// use interleavings::sync::{Condvar, Mutex};
/// use std::time::Duration;
///
/// let (ready, condvar) = (Mutex::new(false), Condvar::new());
/// let deadline = Deadline::after(Duration::from_millis(1));
/// let mut held = ready.lock().unwrap();
/// while !*held && !deadline.has_passed() {
///     held = deadline.wait(&condvar, held, &ready);
/// }
/// assert!(!*held);
/// ```
#[derive(Debug)]
pub struct Deadline {
    instant: Option<Instant>,
    has_passed: Cell<bool>,
}

impl Deadline {
    /// A deadline that never passes.
    #[must_use]
    pub const fn never() -> Self {
        Self { instant: None, has_passed: Cell::new(false) }
    }

    /// `timeout` from now. A time beyond the clock's range, such as [`Duration::MAX`],
    /// never comes.
    #[must_use]
    pub fn after(timeout: Duration) -> Self {
        let instant = Instant::now().checked_add(timeout);
        Self { instant, has_passed: Cell::new(timeout.is_zero()) }
    }

    /// This instant.
    #[must_use]
    pub const fn at(instant: Instant) -> Self {
        Self { instant: Some(instant), has_passed: Cell::new(false) }
    }

    /// Whether it has passed.
    #[must_use]
    pub fn has_passed(&self) -> bool {
        let Some(instant) = self.instant else { return false };
        cfg!(loom)
            || self.has_passed.get()
            || !crate::is_explored() && Instant::now() >= instant
    }

    /// Releases the mutex, waits until the condvar is notified or the deadline has
    /// passed, and takes the mutex again.
    ///
    /// It may return for no reason, as condvars do. That a thread has panicked while it
    /// held the mutex is passed over.
    #[track_caller]
    pub fn wait<'a, T>(
        &self,
        condvar: &Condvar,
        guard: MutexGuard<'a, T>,
        mutex: &'a Mutex<T>,
    ) -> MutexGuard<'a, T> {
        let Some(instant) = self.instant else {
            return condvar.wait(guard).unwrap_or_else(PoisonError::into_inner);
        };
        if cfg!(loom) {
            // loom's condvar has no timeouts: the other threads do what they can while
            // the mutex is free, and this one is late for it.
            drop(guard);
            return mutex.lock().unwrap_or_else(PoisonError::into_inner);
        }
        let left = instant.saturating_duration_since(Instant::now());
        let waited = condvar.wait_timeout(guard, left);
        let (guard, end) = waited.unwrap_or_else(PoisonError::into_inner);
        self.has_passed.set(self.has_passed.get() || end.timed_out());
        guard
    }
}
