//! `Lock`: a mutex that says no where a thread would wait for ever.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::panic::Location;
use std::sync::{PoisonError, TryLockError};

use interleavings::sync::{Mutex, MutexGuard};

use crate::detector::{Detector, Watched};
use crate::report::WouldDeadlock;
use crate::sync;

/// A lock with a name, for one thread at a time, that is watched for deadlocks.
///
/// It is Python's `threading.Lock`, but for three things: it contains what it protects;
/// a guard releases it; and a thread that would wait for ever gets [`WouldDeadlock`]
/// instead. A panic releases it and leaves the value as it is, without poison.
///
/// ```
/// use thread_locks::{Detector, Lock};
///
/// let detector = Detector::new();
/// let n = Lock::new(&detector, "n", 500_000);
/// *n.lock()? -= 1;
/// assert_eq!(n.into_inner(), 499_999);
/// # Ok::<(), thread_locks::WouldDeadlock>(())
/// ```
///
/// A thread gets at the value only through a guard. Two exclusive borrows of a plain
/// number do not compile:
///
/// ```compile_fail,E0499
/// let mut n = 500_000;
/// std::thread::scope(|scope| {
///     scope.spawn(|| n -= 1);
///     scope.spawn(|| n -= 1);
/// });
/// ```
pub struct Lock<T> {
    value: Mutex<T>,
    watched: Watched,
}

/// Holds a [`Lock`] until it is dropped.
///
/// It stays in its thread: the thread that takes a lock is the one that releases it.
///
/// ```compile_fail,E0277
/// # use thread_locks::{Detector, Lock};
/// let lock = Lock::new(&Detector::new(), "lock", 0);
/// let guard = lock.lock().unwrap();
/// std::thread::scope(|scope| {
///     scope.spawn(|| drop(guard));
/// });
/// ```
#[must_use = "dropping the guard releases the lock"]
pub struct LockGuard<'a, T> {
    value: MutexGuard<'a, T>,
    watched: &'a Watched,
}

impl<T> Lock<T> {
    /// A lock that is free, watched by `detector`.
    #[must_use]
    #[track_caller]
    pub fn new(detector: &Detector, name: &str, value: T) -> Self {
        Self { value: Mutex::new(value), watched: Watched::new(detector, name) }
    }

    /// Waits until the lock is free, and takes it.
    ///
    /// # Errors
    /// [`WouldDeadlock`] if this thread holds the lock itself, or if its holder waits
    /// for a lock that this thread holds, directly or through others. The lock is not
    /// taken; whatever this thread holds is still held. Releasing that resolves the
    /// deadlock.
    #[inline]
    #[track_caller]
    pub fn lock(&self) -> Result<LockGuard<'_, T>, WouldDeadlock> {
        let place = Location::caller();
        let value = match self.value.try_lock() {
            Ok(value) => value,
            Err(TryLockError::Poisoned(value)) => value.into_inner(),
            Err(TryLockError::WouldBlock) => {
                let waiting = self.watched.wait(place)?;
                let value = sync::lock(&self.value);
                drop(waiting);
                value
            }
        };
        let guard = LockGuard { value, watched: &self.watched };
        self.watched.took(place);
        Ok(guard)
    }

    /// Takes the lock if it is free.
    ///
    /// A thread that does not wait is in no deadlock, so this says nothing about the
    /// order of locks.
    #[track_caller]
    pub fn try_lock(&self) -> Option<LockGuard<'_, T>> {
        let value = match self.value.try_lock() {
            Ok(value) => value,
            Err(TryLockError::Poisoned(value)) => value.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        let guard = LockGuard { value, watched: &self.watched };
        self.watched.took_at_once(Location::caller());
        Some(guard)
    }

    /// The name that it was given.
    #[must_use]
    pub fn name(&self) -> &str {
        self.watched.name()
    }

    /// The value, which is not shared any more.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.value.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Drop for LockGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.watched.releases();
    }
}

impl<T> Deref for LockGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for LockGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

/// Shows the name alone: to show the value would be to take the lock.
impl<T> fmt::Debug for Lock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lock").field("name", &self.name()).finish_non_exhaustive()
    }
}

impl<T: fmt::Debug> fmt::Debug for LockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
