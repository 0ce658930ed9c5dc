//! A reentrant lock between processes: its holder may lock it again.

use std::fmt;
use std::io;
use std::ops::Deref;
use std::time::{Duration, Instant};

use processes::Shareable;

use crate::locked::{Locked, Turn};
use crate::robust_lock::Refused;
use crate::{Inherited, TryLockError};

/// A [`ProcessLock`](crate::ProcessLock) that the thread that holds it may lock again:
/// Python's `multiprocessing.RLock` (N5.11).
///
/// It is free again when the last guard is dropped, in whatever order. Since a thread
/// can have several guards at once, they give shared access only: the value is changed
/// by atomics.
///
/// ```
/// use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
/// use ticket_lock::{Inherited, ProcessRLock};
///
/// /// Moves one apple, and may be called with the lock held or not.
/// fn give(baskets: &ProcessRLock<[AtomicU32; 2]>) {
///     let baskets = baskets.lock().unwrap_or_else(Inherited::into_inner);
///     baskets[0].fetch_sub(1, Relaxed);
///     baskets[1].fetch_add(1, Relaxed);
/// }
///
/// let baskets = ProcessRLock::new([3, 0].map(AtomicU32::new))?;
/// processes::scope(|family| {
///     family.spawn("x", || {
///         let both = baskets.lock().unwrap_or_else(Inherited::into_inner);
///         give(&baskets);
///         give(&baskets);
///         assert_eq!(both[1].load(Relaxed), 2);
///     })?;
///     family.join()
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A guard gives no exclusive access, for there may be another one (E0596):
///
/// ```compile_fail,E0596
/// let apples = ticket_lock::ProcessRLock::new([10; 3])?;
/// apples.lock().unwrap().sort();
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct ProcessRLock<T: Shareable>(Locked<T>);

impl<T: Shareable> ProcessRLock<T> {
    /// A lock that is free.
    ///
    /// # Errors
    /// If the kernel gives no memory, or no such locks.
    pub fn new(value: T) -> io::Result<Self> {
        Locked::new(value).map(Self)
    }

    /// Waits for the lock, unless this thread holds it, and holds it until the guard is
    /// dropped.
    ///
    /// # Errors
    /// [`Inherited`], which has the guard, if a process or thread has died or panicked
    /// while it held the lock, and the value has not been repaired since. Each guard of
    /// one holder is inherited.
    pub fn lock(
        &self,
    ) -> Result<ProcessRLockGuard<'_, T>, Inherited<ProcessRLockGuard<'_, T>>> {
        loop {
            // Without a deadline it does not end as busy.
            if let Ok(turn) = self.or_again(self.0.acquire(None)) {
                return turn.guard(ProcessRLockGuard);
            }
        }
    }

    /// As [`lock`](Self::lock), but does not wait.
    ///
    /// # Errors
    /// [`TryLockError::Inherited`] as [`lock`](Self::lock); [`TryLockError::Busy`] if
    /// another thread or process holds the lock.
    pub fn try_lock(
        &self,
    ) -> Result<ProcessRLockGuard<'_, T>, TryLockError<ProcessRLockGuard<'_, T>>> {
        let turn = self.or_again(self.0.try_acquire())?;
        Ok(turn.guard(ProcessRLockGuard)?)
    }

    /// As [`lock`](Self::lock), but waits for `timeout` at most, on the monotonic
    /// clock, which no change of the system's time affects.
    ///
    /// # Errors
    /// As [`try_lock`](Self::try_lock).
    pub fn lock_timeout(
        &self,
        timeout: Duration,
    ) -> Result<ProcessRLockGuard<'_, T>, TryLockError<ProcessRLockGuard<'_, T>>> {
        // A timeout beyond the range of the clock is none.
        let deadline = Instant::now().checked_add(timeout);
        let turn = self.or_again(self.0.acquire(deadline))?;
        Ok(turn.guard(ProcessRLockGuard)?)
    }

    fn or_again<'a>(
        &'a self,
        acquired: Result<Turn<'a, T>, Refused>,
    ) -> Result<Turn<'a, T>, Refused> {
        match acquired {
            Err(Refused::AlreadyHeld) => Ok(self.0.turn_again()),
            other => other,
        }
    }
}

impl<T: Shareable> fmt::Debug for ProcessRLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessRLock").finish_non_exhaustive()
    }
}

/// Holds a [`ProcessRLock`]; it is free again when all guards of its holder are
/// dropped.
///
/// After a panic while the guard lives, the next holder inherits the lock, as with a
/// [`ProcessGuard`](crate::ProcessGuard).
#[must_use = "dropping the guard releases the lock"]
pub struct ProcessRLockGuard<'a, T: Shareable>(Turn<'a, T>);

/// # Panics
/// In a child of the process that holds the lock.
impl<T: Shareable> Deref for ProcessRLockGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: this process holds the lock, and its guards give shared access only.
        unsafe { &*self.0.value() }
    }
}

impl<T: Shareable + fmt::Debug> fmt::Debug for ProcessRLockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<'a, T: Shareable> Inherited<ProcessRLockGuard<'a, T>> {
    /// Repairs the value, after which the lock is no longer inherited.
    ///
    /// # Errors
    /// That of `repair`. Then the guard is dropped, and the next holder inherits the
    /// value again.
    pub fn recover<E>(
        self,
        repair: impl FnOnce(&T) -> Result<(), E>,
    ) -> Result<ProcessRLockGuard<'a, T>, E> {
        repair(&self.0)?;
        self.0.0.is_in_order();
        Ok(self.0)
    }
}
