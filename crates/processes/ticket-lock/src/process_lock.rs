//! A lock between processes, with the value that it protects.

use std::cell::UnsafeCell;
use std::fmt;
use std::io;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use processes::{Shareable, SharedMemory};
use shared::trace::{self, Span};

use crate::robust_lock::{RobustGuard, RobustLock};

/// A mutex whose value lies in memory that processes share: Python's
/// `multiprocessing.Lock`, `Value` and `Array` in one.
///
/// Processes forked after it was made lock the same lock and see the same value. When
/// one is killed while it holds the lock, Python's stays locked for ever. This one goes
/// on to the next, who is told that it has [`Inherited`] a value that may be half
/// changed; and so is everybody after it, until somebody has put the value in order.
///
/// It is taken by whoever is quickest, not in the order in which processes came. A
/// thread that locks it again while it holds it gets a panic that says so.
///
/// ```
/// # use processes::scope;
/// use ticket_lock::{Inherited, ProcessLock};
///
/// let apples = ProcessLock::new(0)?;
/// scope(|family| {
///     for name in ["x", "y", "z"] {
///         family.spawn(name, || {
///             *apples.lock().unwrap_or_else(Inherited::into_inner) += 1;
///         })?;
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
/// There is no way to the value but through the guard (E0608):
///
/// ```compile_fail,E0608
/// let numbers = ticket_lock::ProcessLock::new([10; 10])?;
/// numbers[0] -= 1; // Without the lock.
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct ProcessLock<T: Shareable>(ManuallyDrop<SharedMemory<Locked<T>>>);

struct Locked<T> {
    lock: RobustLock,
    /// Whether the value may be half changed; used by the holder alone.
    inherited: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: the value is used by the holder alone; the rest is `Sync`.
unsafe impl<T: Shareable> Sync for Locked<T> {}
// SAFETY: the same, and all of its parts may lie in the memory of several processes.
unsafe impl<T: Shareable> Shareable for Locked<T> {}

impl<T: Shareable> ProcessLock<T> {
    /// A lock that nobody holds.
    ///
    /// # Errors
    /// If the kernel gives no memory, or no such locks.
    pub fn new(value: T) -> io::Result<Self> {
        let locked = Locked {
            lock: RobustLock::new()?,
            inherited: AtomicBool::new(false),
            value: UnsafeCell::new(value),
        };
        Ok(Self(ManuallyDrop::new(SharedMemory::new(locked, 0)?)))
    }

    /// Waits for the lock, and holds it until the guard is dropped.
    ///
    /// That the last holder may have died cannot be overlooked: the guard is inside a
    /// `Result` (E0614).
    ///
    /// ```compile_fail,E0614
    /// let sold = ticket_lock::ProcessLock::new(0)?;
    /// *sold.lock() += 1; // What if it is inherited?
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Inherited`], which has the guard, if somebody has died or panicked while it
    /// held the lock, and nobody has put the value in order since.
    ///
    /// # Panics
    /// If the thread holds the lock already.
    pub fn lock(&self) -> Result<ProcessGuard<'_, T>, Inherited<'_, T>> {
        loop {
            // Without a deadline it comes back with the lock.
            if let Some(turn) = self.acquire(None) {
                return self.guard(turn);
            }
        }
    }

    /// As [`lock`](Self::lock), but waits for so long at most; `None` when the time is
    /// up.
    ///
    /// # Errors
    /// As [`lock`](Self::lock).
    pub fn lock_timeout(
        &self,
        timeout: Duration,
    ) -> Result<Option<ProcessGuard<'_, T>>, Inherited<'_, T>> {
        // A timeout beyond the end of time is none.
        match self.acquire(Instant::now().checked_add(timeout)) {
            Some(turn) => self.guard(turn).map(Some),
            None => Ok(None),
        }
    }

    /// The lock itself; only who does not get it at once waits.
    fn acquire(&self, deadline: Option<Instant>) -> Option<RobustGuard<'_>> {
        self.0.lock.try_acquire().or_else(|| {
            let _waits = trace::waiting("for the lock");
            self.0.lock.acquire(deadline)
        })
    }

    fn guard<'a>(
        &'a self,
        turn: RobustGuard<'a>,
    ) -> Result<ProcessGuard<'a, T>, Inherited<'a, T>> {
        // Should this process die between the two: it holds the lock, so the next one
        // inherits it again.
        if turn.inherited() {
            self.0.inherited.store(true, Ordering::Relaxed);
        }
        let held = trace::span("holds the lock");
        let guard = ProcessGuard {
            locked: &self.0,
            owner: std::process::id(),
            _held: held,
            _turn: turn,
        };
        if self.0.inherited.load(Ordering::Relaxed) {
            Err(Inherited(guard))
        } else {
            Ok(guard)
        }
    }
}

impl<T: Shareable> Drop for ProcessLock<T> {
    fn drop(&mut self) {
        // A guard that was forgotten is still in the system's list of the locks that
        // its thread holds, which lies in the locks themselves. Then the memory must
        // stay for ever.
        match self.0.lock.try_acquire() {
            // Should the last holder be dead, other processes are still to be told.
            Some(turn) => drop(self.guard(turn)),
            None => return,
        }
        // SAFETY: it is dropped here only, and nobody uses it afterwards.
        unsafe { ManuallyDrop::drop(&mut self.0) };
    }
}

impl<T: Shareable> fmt::Debug for ProcessLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessLock").finish_non_exhaustive()
    }
}

/// Holds a [`ProcessLock`] until it is dropped.
///
/// A process forked meanwhile has a copy of the guard, but not the lock. When the guard
/// has gone, so has the way to the value (E0382):
///
/// ```compile_fail,E0382
/// let tickets = ticket_lock::ProcessLock::new(1)?;
/// let mut left = tickets.lock().unwrap();
/// drop(left);
/// *left -= 1; // Somebody else may hold the lock by now.
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use = "the lock is let go of when the guard is dropped"]
pub struct ProcessGuard<'a, T: Shareable> {
    locked: &'a Locked<T>,
    owner: u32,
    /// Stands before the turn: it ends before the next one can begin.
    _held: Span,
    _turn: RobustGuard<'a>,
}

impl<T: Shareable> ProcessGuard<'_, T> {
    /// The place of the value, for the process that holds the lock.
    fn value(&self) -> *mut T {
        let me = std::process::id();
        assert!(
            me == self.owner,
            "the lock is held by process {}, not by its child {me}",
            self.owner
        );
        self.locked.value.get()
    }
}

/// # Panics
/// In a child of the process that holds the lock.
impl<T: Shareable> Deref for ProcessGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: this process holds the lock, and the guard is not borrowed for
        // changes meanwhile.
        unsafe { &*self.value() }
    }
}

/// # Panics
/// In a child of the process that holds the lock.
impl<T: Shareable> DerefMut for ProcessGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: this process holds the lock, and the guard is borrowed by nobody
        // else.
        unsafe { &mut *self.value() }
    }
}

impl<T: Shareable> Drop for ProcessGuard<'_, T> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.locked.inherited.store(true, Ordering::Relaxed);
        }
    }
}

impl<T: Shareable + fmt::Debug> fmt::Debug for ProcessGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// The lock is held, but whoever held it before has died or panicked, and the value may
/// be half changed.
#[must_use = "it holds the lock"]
pub struct Inherited<'a, T: Shareable>(ProcessGuard<'a, T>);

impl<'a, T: Shareable> Inherited<'a, T> {
    /// Puts the value in order, after which the next one inherits nothing any more.
    ///
    /// # Errors
    /// That of `repair`. Then the lock is let go of, and the next one inherits it
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
        self.0.locked.inherited.store(false, Ordering::Relaxed);
        Ok(self.0)
    }

    /// The guard, for a value that no death can spoil; the next one inherits it again.
    pub fn into_inner(self) -> ProcessGuard<'a, T> {
        self.0
    }
}

impl<T: Shareable> fmt::Display for Inherited<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "whoever held the lock has died or panicked, and what it protects may be \
             half changed",
        )
    }
}

impl<T: Shareable> fmt::Debug for Inherited<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inherited").finish_non_exhaustive()
    }
}

impl<T: Shareable> std::error::Error for Inherited<'_, T> {}
