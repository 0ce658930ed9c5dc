//! Waiting for a notification.

use std::panic::Location;
use std::sync::{Condvar as Platform, LockResult, PoisonError};
use std::time::{Duration, Instant};

use crate::op::{Needs, Op, Wait};
use crate::run::{self, exploring, step};
use crate::schedule::{Effect, Place};
use crate::sync::mutex::MutexGuard;

/// [`std::sync::Condvar`]. To wait, to take the mutex again afterwards, and to notify
/// are steps.
///
/// In an exploration it wakes the threads that have waited longest, and none
/// spuriously. A wait with a timeout may time out whenever it waits, however long the
/// timeout is.
///
/// ```
/// use interleavings::sync::{Condvar, Mutex};
/// use interleavings::thread;
///
/// let (ready, condvar) = (Mutex::new(false), Condvar::new());
/// thread::scope(|scope| {
///     scope.spawn(|| {
///         let guard = ready.lock().unwrap();
///         drop(condvar.wait_while(guard, |ready| !*ready));
///     });
///     *ready.lock().unwrap() = true;
///     condvar.notify_one();
/// });
/// ```
#[derive(Debug, Default)]
pub struct Condvar(Platform);

/// Whether a wait has timed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitTimeoutResult(bool);

impl WaitTimeoutResult {
    /// Whether the time was up before a notification came.
    #[must_use]
    pub fn timed_out(&self) -> bool {
        self.0
    }
}

impl Condvar {
    /// A condvar that no thread waits for.
    #[must_use]
    pub const fn new() -> Self {
        Self(Platform::new())
    }

    /// Releases the mutex, waits for a notification, and takes the mutex again.
    ///
    /// # Errors
    /// The guard as well, if a thread has panicked while it held the mutex.
    #[track_caller]
    pub fn wait<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
    ) -> LockResult<MutexGuard<'a, T>> {
        if exploring() && !std::thread::panicking() {
            return self.explored_wait(guard, false, Location::caller()).0;
        }
        let (held, mutex) = guard.into_platform();
        MutexGuard::from_platform(self.0.wait(held), mutex)
    }

    /// Waits as long as `condition` returns true.
    ///
    /// # Errors
    /// As [`wait`](Self::wait).
    #[track_caller]
    pub fn wait_while<'a, T>(
        &self,
        mut guard: MutexGuard<'a, T>,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> LockResult<MutexGuard<'a, T>> {
        while condition(&mut guard) {
            guard = self.wait(guard)?;
        }
        Ok(guard)
    }

    /// Waits for a notification, but no longer than `timeout`.
    ///
    /// # Errors
    /// As [`wait`](Self::wait).
    #[track_caller]
    pub fn wait_timeout<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        timeout: Duration,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        let (result, timed_out) = if exploring() && !std::thread::panicking() {
            self.explored_wait(guard, true, Location::caller())
        } else {
            let (held, mutex) = guard.into_platform();
            let waited = self.0.wait_timeout(held, timeout);
            let poisoned = waited.is_err();
            let (held, end) = waited.unwrap_or_else(PoisonError::into_inner);
            let held = if poisoned { Err(PoisonError::new(held)) } else { Ok(held) };
            (MutexGuard::from_platform(held, mutex), end.timed_out())
        };
        let end = WaitTimeoutResult(timed_out);
        match result {
            Ok(guard) => Ok((guard, end)),
            Err(guard) => Err(PoisonError::new((guard.into_inner(), end))),
        }
    }

    /// Waits as long as `condition` returns true, but no longer than `timeout`. It has
    /// timed out only if the condition is true even so.
    ///
    /// # Errors
    /// As [`wait`](Self::wait).
    #[track_caller]
    pub fn wait_timeout_while<'a, T>(
        &self,
        mut guard: MutexGuard<'a, T>,
        timeout: Duration,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        let begin = Instant::now();
        let mut end = WaitTimeoutResult(timeout.is_zero());
        while condition(&mut guard) {
            // The time that an exploration takes is not the program's.
            let spent = if exploring() { Duration::ZERO } else { begin.elapsed() };
            let left = timeout.saturating_sub(spent);
            if end.timed_out() || left.is_zero() {
                return Ok((guard, WaitTimeoutResult(true)));
            }
            (guard, end) = self.wait_timeout(guard, left)?;
        }
        Ok((guard, WaitTimeoutResult(false)))
    }

    /// Wakes a thread that waits, if one does.
    #[track_caller]
    pub fn notify_one(&self) {
        self.explored_notify(1);
        self.0.notify_one();
    }

    /// Wakes all threads that wait.
    #[track_caller]
    pub fn notify_all(&self) {
        self.explored_notify(usize::MAX);
        self.0.notify_all();
    }

    #[track_caller]
    fn explored_notify(&self, most: usize) {
        if let Some(run) = run::current() {
            let object = self.address();
            step(
                Op::write(object),
                || run.world().notify(object, most),
                |&woken| Effect::Notifies(woken),
            );
        }
    }

    fn explored_wait<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        times_out: bool,
        place: Place,
    ) -> (LockResult<MutexGuard<'a, T>>, bool) {
        let condvar = self.address();
        let Some(run) = run::current() else { return (Ok(guard), false) };
        run.turn(Op::both(condvar, guard.address()), Needs::Nothing, place);
        let mutex = guard.release();
        run.did(place, Effect::Waits);
        run.wait(Wait::Notification { condvar, times_out }, place);
        let is_late = run.world().take_time_out();
        if is_late {
            run.did(place, Effect::TimesOut);
        }
        (mutex.explored_lock(place), is_late)
    }

    fn address(&self) -> usize {
        (&raw const *self).addr()
    }
}
