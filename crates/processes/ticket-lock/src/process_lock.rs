//! A lock between processes, with the value that it protects.

use std::fmt;
use std::io;
use std::ops::{Deref, DerefMut};
use std::time::{Duration, Instant};

use processes::Shareable;

use crate::locked::{Locked, Turn};
use crate::robust_lock::{ALREADY_HELD, Refused};
use crate::{Inherited, TryLockError};

/// A mutex whose value lies in memory that processes share: Python's
/// `multiprocessing.Lock`, `Value` and `Array` in one.
///
/// Processes forked after it was made lock the same lock and see the same value. When a
/// process is killed while it holds the lock, Python's stays locked for ever. This one
/// goes to the next holder, which is told that it has [`Inherited`] a value that may be
/// half changed, as is every holder after it until one has repaired the value.
///
/// Processes do not get it in the order in which they came. A thread that holds it
/// cannot lock it again; a [`ProcessRLock`](crate::ProcessRLock) it can. All processes
/// must be in one pid namespace, because the holder is known by its thread id.
///
/// A thread that holds it cannot start a process ([`processes::Error::Held`]), which
/// would have the value at the same time.
///
/// ```
/// # use processes::scope;
/// use ticket_lock::ProcessLock;
///
/// let apples = ProcessLock::new(0)?;
/// scope(|family| {
///     for name in ["x", "y", "z"] {
///         family.spawn(name, || *apples.lock_as_is() += 1)?;
///     }
///     family.join()
/// })?;
/// assert_eq!(*apples.lock().unwrap(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The value holds no pointers, which would mean something else in another process
/// (E0277):
///
/// ```compile_fail,E0277
/// ticket_lock::ProcessLock::new(String::from("apple"));
/// ```
///
/// The value can be reached only through the guard (E0608):
///
/// ```compile_fail,E0608
/// let numbers = ticket_lock::ProcessLock::new([10; 10])?;
/// numbers[0] -= 1; // Without the lock.
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct ProcessLock<T: Shareable>(Locked<T>);

impl<T: Shareable> ProcessLock<T> {
    /// A lock that is free.
    ///
    /// # Errors
    /// If the kernel gives no memory, or no such locks.
    pub fn new(value: T) -> io::Result<Self> {
        Locked::new(value).map(Self)
    }

    /// Waits for the lock, and holds it until the guard is dropped.
    ///
    /// The guard is inside a `Result`, so the caller cannot overlook that the last
    /// holder may have died (E0614).
    ///
    /// ```compile_fail,E0614
    /// let sold = ticket_lock::ProcessLock::new(0)?;
    /// *sold.lock() += 1; // It may be inherited.
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Inherited`], which has the guard, if a process or thread has died or panicked
    /// while it held the lock, and the value has not been put in order since.
    ///
    /// # Panics
    /// If this thread holds the lock already.
    pub fn lock(&self) -> Result<ProcessGuard<'_, T>, Inherited<ProcessGuard<'_, T>>> {
        loop {
            // Without a deadline it does not end as busy.
            match self.0.acquire(None) {
                Ok(turn) => return turn.guard(ProcessGuard),
                Err(Refused::Busy) => {}
                Err(Refused::AlreadyHeld) => panic!("{ALREADY_HELD}"),
            }
        }
    }

    /// As [`lock`](Self::lock), for a value that no death leaves half changed, such as
    /// a single number: returns the guard of an inherited lock as well, which the next
    /// holder inherits again.
    ///
    /// ```
    /// let apples = ticket_lock::ProcessLock::new(3)?;
    /// *apples.lock_as_is() -= 1;
    /// assert_eq!(*apples.lock_as_is(), 2);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Panics
    /// If this thread holds the lock already.
    pub fn lock_as_is(&self) -> ProcessGuard<'_, T> {
        self.lock().unwrap_or_else(Inherited::into_inner)
    }

    /// As [`lock`](Self::lock), but does not wait.
    ///
    /// ```
    /// use ticket_lock::{ProcessLock, TryLockError};
    ///
    /// let apples = ProcessLock::new(3)?;
    /// let held = apples.lock().unwrap();
    /// assert!(matches!(apples.try_lock(), Err(TryLockError::AlreadyHeld)));
    /// drop(held);
    /// assert_eq!(*apples.try_lock().unwrap(), 3);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`TryLockError::Inherited`] as [`lock`](Self::lock); [`TryLockError::Busy`] if
    /// another thread or process holds the lock; [`TryLockError::AlreadyHeld`] if this
    /// thread does.
    pub fn try_lock(
        &self,
    ) -> Result<ProcessGuard<'_, T>, TryLockError<ProcessGuard<'_, T>>> {
        Ok(self.0.try_acquire()?.guard(ProcessGuard)?)
    }

    /// As [`lock`](Self::lock), but waits for `timeout` at most, on the monotonic
    /// clock, which no change of the system's time affects.
    ///
    /// # Errors
    /// As [`try_lock`](Self::try_lock); [`TryLockError::AlreadyHeld`] at once.
    pub fn lock_timeout(
        &self,
        timeout: Duration,
    ) -> Result<ProcessGuard<'_, T>, TryLockError<ProcessGuard<'_, T>>> {
        // A timeout beyond the range of the clock is none.
        let deadline = Instant::now().checked_add(timeout);
        Ok(self.0.acquire(deadline)?.guard(ProcessGuard)?)
    }
}

impl<T: Shareable> fmt::Debug for ProcessLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessLock").finish_non_exhaustive()
    }
}

/// Holds a [`ProcessLock`] until it is dropped.
///
/// After a panic while the guard lives, the next holder inherits the lock. A panic that
/// began before the lock was taken, by a destructor, does not count. (A second panic
/// during the first one cannot be told from it; std's mutex does not do so either.)
///
/// Without the guard there is no access to the value (E0382):
///
/// ```compile_fail,E0382
/// let tickets = ticket_lock::ProcessLock::new(1)?;
/// let mut left = tickets.lock().unwrap();
/// drop(left);
/// *left -= 1; // Another process may hold the lock by now.
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use = "dropping the guard releases the lock"]
pub struct ProcessGuard<'a, T: Shareable>(Turn<'a, T>);

/// # Panics
/// In a child of the process that holds the lock.
impl<T: Shareable> Deref for ProcessGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: this process holds the lock, and the guard is not borrowed for
        // changes meanwhile.
        unsafe { &*self.0.value() }
    }
}

/// # Panics
/// In a child of the process that holds the lock.
impl<T: Shareable> DerefMut for ProcessGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: this process holds the lock, and the guard is borrowed exclusively.
        unsafe { &mut *self.0.value() }
    }
}

impl<T: Shareable + fmt::Debug> fmt::Debug for ProcessGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<'a, T: Shareable> Inherited<ProcessGuard<'a, T>> {
    /// Repairs the value, after which the lock is no longer inherited.
    ///
    /// # Errors
    /// That of `repair`. Then the lock is released, and the next holder inherits it
    /// again.
    ///
    /// ```
    /// # use processes::scope;
    /// use ticket_lock::ProcessLock;
    ///
    /// let pair = ProcessLock::new((0, 0))?;
    /// scope(|family| {
    ///     let child = family.spawn("x", || {
    ///         let mut pair = pair.lock().unwrap();
    ///         pair.0 = 7;
    ///         std::process::abort(); // Before the other half is done.
    ///     })?;
    ///     child.join().map(drop)
    /// })?;
    /// let inherited = pair.lock().unwrap_err();
    /// let repaired = inherited.recover(|pair| {
    ///     pair.1 = pair.0;
    ///     Ok::<(), std::fmt::Error>(())
    /// })?;
    /// assert_eq!(*repaired, (7, 7));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn recover<E>(
        mut self,
        repair: impl FnOnce(&mut T) -> Result<(), E>,
    ) -> Result<ProcessGuard<'a, T>, E> {
        repair(&mut self.0)?;
        self.0.0.is_in_order();
        Ok(self.0)
    }
}
