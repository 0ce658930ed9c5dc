//! The parts of a process lock: a robust lock and its value in shared memory, and the
//! turn of the thread that holds it.

use std::cell::UnsafeCell;
use std::io;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use processes::held::NoFork;
use processes::{ProcessToken, Shareable, SharedMemory};
use shared::trace::{self, Span};

use crate::robust_lock::{Refused, RobustLock};
use crate::{Inherited, TryLockError};

/// A value in shared memory with the lock that protects it.
pub(crate) struct Locked<T: Shareable>(ManuallyDrop<SharedMemory<Parts<T>>>);

pub(crate) struct Parts<T> {
    lock: RobustLock,
    /// Whether the value may be half changed; used by the holder alone.
    inherited: AtomicBool,
    /// The number of guards of the holder; used by the holder alone.
    guards: AtomicU64,
    value: UnsafeCell<T>,
}

// SAFETY: the value is used by the holder alone, and by its other threads only through
// a shared guard of a `Sync` value; the rest is `Sync`.
unsafe impl<T: Shareable> Sync for Parts<T> {}
// SAFETY: the same, and all of its parts may lie in the memory of several processes.
unsafe impl<T: Shareable> Shareable for Parts<T> {}

impl<T: Shareable> Locked<T> {
    pub(crate) fn new(value: T) -> io::Result<Self> {
        let parts = Parts {
            lock: RobustLock::new()?,
            inherited: AtomicBool::new(false),
            guards: AtomicU64::new(0),
            value: UnsafeCell::new(value),
        };
        Ok(Self(ManuallyDrop::new(SharedMemory::new(parts, 0)?)))
    }

    /// Waits for the lock until the deadline, or for ever if there is none.
    pub(crate) fn acquire(
        &self,
        deadline: Option<Instant>,
    ) -> Result<Turn<'_, T>, Refused> {
        let lock = &self.0.lock;
        let acquired = match lock.try_acquire() {
            Err(Refused::Busy) => {
                let _waits = trace::waiting("for the lock");
                lock.acquire(deadline)
            }
            acquired => acquired,
        };
        acquired.map(|inherited| self.turn(inherited))
    }

    /// Takes the lock if no other thread or process holds it.
    pub(crate) fn try_acquire(&self) -> Result<Turn<'_, T>, Refused> {
        self.0.lock.try_acquire().map(|inherited| self.turn(inherited))
    }

    /// The first turn of the thread that has just acquired the lock.
    fn turn(&self, inherited: bool) -> Turn<'_, T> {
        // A dead holder has left its number of guards.
        self.0.guards.store(1, Ordering::Relaxed);
        // If this process dies before this is stored, it holds the lock, and the next
        // holder inherits it again.
        if inherited {
            self.0.inherited.store(true, Ordering::Relaxed);
        }
        Turn::new(&self.0)
    }

    /// One more turn of the thread that holds the lock already.
    pub(crate) fn turn_again(&self) -> Turn<'_, T> {
        // It cannot overflow: that would take centuries.
        self.0.guards.fetch_add(1, Ordering::Relaxed);
        Turn::new(&self.0)
    }
}

impl<T: Shareable> Drop for Locked<T> {
    fn drop(&mut self) {
        // A forgotten guard is still in the system's list of the locks that its thread
        // holds, which lies in the locks themselves. Then the memory must stay for
        // ever.
        let Ok(inherited) = self.0.lock.try_acquire() else { return };
        // If the last holder has died, the next one in another process has to know.
        if inherited {
            self.0.inherited.store(true, Ordering::Relaxed);
        }
        // SAFETY: this thread has just acquired it.
        unsafe { self.0.lock.unlock() };
        // SAFETY: it is dropped here only, and not used afterwards.
        unsafe { ManuallyDrop::drop(&mut self.0) };
    }
}

/// The turn of the thread that holds the lock; it ends when this is dropped.
pub(crate) struct Turn<'a, T: Shareable> {
    /// Stands before the end: it ends before the next turn can begin.
    _held: Span,
    end: End<'a, T>,
}

struct End<'a, T: Shareable> {
    parts: &'a Parts<T>,
    owner: ProcessToken,
    /// For the message.
    pid: u32,
    /// Whether a panic was under way when the turn began.
    panicking: bool,
    /// It also binds the turn to its thread, which alone may unlock a mutex.
    _no_fork: NoFork,
}

impl<'a, T: Shareable> Turn<'a, T> {
    fn new(parts: &'a Parts<T>) -> Self {
        let end = End {
            parts,
            owner: ProcessToken::current(),
            pid: std::process::id(),
            panicking: std::thread::panicking(),
            _no_fork: NoFork::new("the guard of a lock between processes"),
        };
        Self { _held: trace::span("holds the lock"), end }
    }

    /// The guard that `make` makes of the turn; an error if a holder has died or
    /// panicked, and the value has not been put in order since.
    pub(crate) fn guard<G>(
        self,
        make: impl FnOnce(Self) -> G,
    ) -> Result<G, Inherited<G>> {
        let inherited = self.end.parts.inherited.load(Ordering::Relaxed);
        let guard = make(self);
        if inherited { Err(Inherited(guard)) } else { Ok(guard) }
    }

    /// The place of the value, for the process that holds the lock.
    ///
    /// # Panics
    /// In a child of this process.
    pub(crate) fn value(&self) -> *mut T {
        assert!(
            self.end.owner == ProcessToken::current(),
            "the lock is held by process {}, not by its child {}",
            self.end.pid,
            std::process::id()
        );
        self.end.parts.value.get()
    }

    /// Records that the value is in order.
    pub(crate) fn is_in_order(&self) {
        self.end.parts.inherited.store(false, Ordering::Relaxed);
    }
}

impl<T: Shareable> Drop for End<'_, T> {
    fn drop(&mut self) {
        // A child has a copy of the turn, but not the lock.
        if self.owner != ProcessToken::current() {
            return;
        }
        if std::thread::panicking() && !self.panicking {
            self.parts.inherited.store(true, Ordering::Relaxed);
        }
        if self.parts.guards.fetch_sub(1, Ordering::Relaxed) == 1 {
            // SAFETY: this thread has acquired the lock, and this is the last of its
            // turns.
            unsafe { self.parts.lock.unlock() };
        }
    }
}

impl<T: Shareable> Deref for Locked<T> {
    type Target = Parts<T>;

    fn deref(&self) -> &Parts<T> {
        &self.0
    }
}

/// The error of a lock that was refused to a thread that does not wait for ever.
impl<G> From<Refused> for TryLockError<G> {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Busy => Self::Busy,
            Refused::AlreadyHeld => Self::AlreadyHeld,
        }
    }
}
