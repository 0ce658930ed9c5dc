//! A lock for one thread at a time.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::panic::Location;
use std::sync::{
    LockResult, Mutex as Platform, MutexGuard as PlatformGuard, PoisonError,
    TryLockError, TryLockResult,
};

use crate::op::{Needs, Op};
use crate::run::{self, exploring};
use crate::schedule::{Effect, Place};

/// [`std::sync::Mutex`]. To lock it and to unlock it are steps.
///
/// ```
/// use interleavings::sync::Mutex;
///
/// let apples = Mutex::new(1);
/// *apples.lock().unwrap() += 1;
/// assert_eq!(apples.into_inner().unwrap(), 2);
/// ```
#[derive(Default)]
pub struct Mutex<T: ?Sized>(Platform<T>);

/// Holds a [`Mutex`] until it is dropped.
#[must_use = "dropping the guard unlocks the mutex"]
pub struct MutexGuard<'a, T: ?Sized> {
    /// Empty once it is released.
    held: Option<PlatformGuard<'a, T>>,
    mutex: &'a Mutex<T>,
}

impl<T> Mutex<T> {
    /// A mutex that is free.
    #[must_use]
    pub const fn new(value: T) -> Self {
        Self(Platform::new(value))
    }

    /// The value, which is not shared any more: no step.
    ///
    /// # Errors
    /// The value as well, if a thread has panicked while it held the mutex.
    pub fn into_inner(self) -> LockResult<T> {
        self.0.into_inner()
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Waits until the mutex is free, and takes it.
    ///
    /// # Errors
    /// The guard as well, if a thread has panicked while it held the mutex.
    #[inline]
    #[track_caller]
    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        if exploring() { self.explored_lock(Location::caller()) } else { self.take() }
    }

    /// Takes the mutex if it is free.
    ///
    /// # Errors
    /// If it is held; and as [`lock`](Self::lock).
    #[inline]
    #[track_caller]
    pub fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
        if exploring() {
            self.explored_try_lock(Location::caller())
        } else {
            self.try_take()
        }
    }

    /// Whether a thread has panicked while it held the mutex.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.0.is_poisoned()
    }

    /// Forgets that a thread has panicked while it held the mutex.
    pub fn clear_poison(&self) {
        self.0.clear_poison();
    }

    /// The value, through an exclusive borrow: no step.
    ///
    /// # Errors
    /// As [`into_inner`](Self::into_inner).
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        self.0.get_mut()
    }

    /// Takes the mutex, by a step at `place`.
    #[cold]
    pub(super) fn explored_lock(&self, place: Place) -> LockResult<MutexGuard<'_, T>> {
        if let Some(run) = run::current() {
            run.turn(
                Op::write(self.address()),
                Needs::Exclusive(self.is_free()),
                place,
            );
        }
        let taken = self.take();
        if let Some(run) = run::current() {
            run.locked(self.address(), false, place);
        }
        taken
    }

    /// Takes the mutex if it is free, by a step at `place`.
    #[cold]
    fn explored_try_lock(&self, place: Place) -> TryLockResult<MutexGuard<'_, T>> {
        let run = run::current();
        if let Some(run) = &run {
            run.turn(Op::write(self.address()), Needs::Nothing, place);
        }
        let result = self.try_take();
        if let Some(run) = &run {
            if matches!(result, Err(TryLockError::WouldBlock)) {
                run.did(place, Effect::FailsToLock);
            } else {
                run.locked(self.address(), false, place);
            }
        }
        result
    }

    /// Releases the mutex, by a step of its own.
    #[cold]
    fn explored_unlock(&self, held: PlatformGuard<'_, T>) {
        if let Some(run) = run::current() {
            run.unlock(self.address(), Op::write(self.address()), || {
                drop(held);
                (true, true)
            });
        }
    }

    #[inline]
    fn take(&self) -> LockResult<MutexGuard<'_, T>> {
        match self.0.lock() {
            Ok(held) => Ok(self.guard(held)),
            Err(held) => Err(self.poisoned(held)),
        }
    }

    #[inline]
    fn try_take(&self) -> TryLockResult<MutexGuard<'_, T>> {
        match self.0.try_lock() {
            Ok(held) => Ok(self.guard(held)),
            Err(TryLockError::Poisoned(held)) => {
                Err(TryLockError::Poisoned(self.poisoned(held)))
            }
            Err(TryLockError::WouldBlock) => Err(TryLockError::WouldBlock),
        }
    }

    #[inline]
    fn guard<'a>(&'a self, held: PlatformGuard<'a, T>) -> MutexGuard<'a, T> {
        MutexGuard { held: Some(held), mutex: self }
    }

    #[cold]
    fn poisoned<'a>(
        &'a self,
        held: PoisonError<PlatformGuard<'a, T>>,
    ) -> PoisonError<MutexGuard<'a, T>> {
        PoisonError::new(self.guard(held.into_inner()))
    }

    fn address(&self) -> usize {
        (&raw const *self).addr()
    }

    fn is_free(&self) -> bool {
        !matches!(self.0.try_lock(), Err(TryLockError::WouldBlock))
    }
}

const HELD: &str = "the mutex is held until the guard is dropped or waits";

impl<'a, T: ?Sized> MutexGuard<'a, T> {
    /// What a condvar needs in order to wait with std's: the guard of std.
    pub(super) fn into_platform(mut self) -> (PlatformGuard<'a, T>, &'a Mutex<T>) {
        let Some(held) = self.held.take() else { unreachable!("{HELD}") };
        (held, self.mutex)
    }

    pub(super) fn from_platform(
        held: LockResult<PlatformGuard<'a, T>>,
        mutex: &'a Mutex<T>,
    ) -> LockResult<Self> {
        match held {
            Ok(held) => Ok(mutex.guard(held)),
            Err(held) => Err(mutex.poisoned(held)),
        }
    }

    pub(super) fn address(&self) -> usize {
        self.mutex.address()
    }

    /// Releases the mutex as part of another step.
    pub(super) fn release(mut self) -> &'a Mutex<T> {
        self.held = None;
        if let Some(run) = run::current() {
            run.gave_back(self.address());
        }
        self.mutex
    }
}

impl<T: ?Sized> Drop for MutexGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if exploring()
            && let Some(held) = self.held.take()
        {
            self.mutex.explored_unlock(held);
        }
    }
}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        let Some(held) = &self.held else { unreachable!("{HELD}") };
        held
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        let Some(held) = &mut self.held else { unreachable!("{HELD}") };
        held
    }
}

impl<T> From<T> for Mutex<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
