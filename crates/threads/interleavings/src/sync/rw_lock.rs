//! A lock for one writer or many readers.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::panic::Location;
use std::sync::{
    LockResult, PoisonError, RwLock as Platform, RwLockReadGuard as PlatformRead,
    RwLockWriteGuard as PlatformWrite, TryLockError, TryLockResult,
};

use crate::op::{Needs, Op};
use crate::run::{self, exploring};
use crate::schedule::Effect;

/// [`std::sync::RwLock`]. To lock it, either way, and to unlock it are steps.
///
/// Std does not say whether a reader may pass a writer that waits, and so an
/// exploration tries both.
///
/// ```
/// use interleavings::sync::RwLock;
///
/// let apples = RwLock::new(1);
/// assert_eq!(*apples.read().unwrap(), 1);
/// *apples.write().unwrap() += 1;
/// ```
#[derive(Default)]
pub struct RwLock<T: ?Sized>(Platform<T>);

impl<T> RwLock<T> {
    /// A lock that is free.
    #[must_use]
    pub const fn new(value: T) -> Self {
        Self(Platform::new(value))
    }

    /// The value, which is not shared any more: no step.
    ///
    /// # Errors
    /// The value as well, if a thread has panicked while it wrote.
    pub fn into_inner(self) -> LockResult<T> {
        self.0.into_inner()
    }
}

impl<T: ?Sized> RwLock<T> {
    /// The value, through an exclusive borrow: no step.
    ///
    /// # Errors
    /// As [`into_inner`](Self::into_inner).
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        self.0.get_mut()
    }

    /// Whether a thread has panicked while it wrote.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.0.is_poisoned()
    }

    fn address(&self) -> usize {
        (&raw const *self).addr()
    }

    fn is_free_for_readers(&self) -> bool {
        !matches!(self.0.try_read(), Err(TryLockError::WouldBlock))
    }

    fn is_free_for_all(&self) -> bool {
        !matches!(self.0.try_write(), Err(TryLockError::WouldBlock))
    }
}

macro_rules! way_to_lock {
    (
        $lock:ident, $try_lock:ident, $Guard:ident, $Platform:ident,
        $op:ident, $Needs:ident, $is_free:ident, $readers_may_come:literal, $doc:literal
    ) => {
        #[doc = concat!("Holds a [`RwLock`] for ", $doc, " until it is dropped.")]
        #[must_use = "dropping the guard unlocks the lock"]
        pub struct $Guard<'a, T: ?Sized> {
            /// Empty once it is released.
            held: Option<$Platform<'a, T>>,
            lock: &'a RwLock<T>,
        }

        impl<T: ?Sized> RwLock<T> {
            #[doc = concat!("Waits for the lock, and takes it for ", $doc, ".")]
            ///
            /// # Errors
            /// The guard as well, if a thread has panicked while it wrote.
            #[track_caller]
            pub fn $lock(&self) -> LockResult<$Guard<'_, T>> {
                let place = Location::caller();
                let run = run::current();
                if let Some(run) = &run {
                    let needs = Needs::$Needs(self.$is_free());
                    run.turn(Op::$op(self.address()), needs, place);
                }
                let result = match self.0.$lock() {
                    Ok(held) => Ok($Guard { held: Some(held), lock: self }),
                    Err(held) => Err($Guard::poisoned(held, self)),
                };
                if let Some(run) = &run {
                    run.locked(self.address(), $readers_may_come, place);
                }
                result
            }

            #[doc = concat!("Takes the lock if it is free for ", $doc, ".")]
            ///
            /// # Errors
            #[doc = concat!("If it is not; and as `", stringify!($lock), "`.")]
            #[track_caller]
            pub fn $try_lock(&self) -> TryLockResult<$Guard<'_, T>> {
                let place = Location::caller();
                let run = run::current();
                if let Some(run) = &run {
                    run.turn(Op::$op(self.address()), Needs::Nothing, place);
                }
                let result = match self.0.$try_lock() {
                    Ok(held) => Ok($Guard { held: Some(held), lock: self }),
                    Err(TryLockError::Poisoned(held)) => {
                        Err(TryLockError::Poisoned($Guard::poisoned(held, self)))
                    }
                    Err(TryLockError::WouldBlock) => Err(TryLockError::WouldBlock),
                };
                if let Some(run) = &run {
                    if matches!(result, Err(TryLockError::WouldBlock)) {
                        run.did(place, Effect::FailsToLock);
                    } else {
                        run.locked(self.address(), $readers_may_come, place);
                    }
                }
                result
            }
        }

        impl<'a, T: ?Sized> $Guard<'a, T> {
            #[cold]
            fn poisoned(
                held: PoisonError<$Platform<'a, T>>,
                lock: &'a RwLock<T>,
            ) -> PoisonError<Self> {
                PoisonError::new(Self { held: Some(held.into_inner()), lock })
            }
        }

        impl<T: ?Sized> Drop for $Guard<'_, T> {
            fn drop(&mut self) {
                if exploring()
                    && let Some(held) = self.held.take()
                {
                    let Some(run) = run::current() else { return };
                    let object = self.lock.address();
                    run.unlock(object, Op::$op(object), || {
                        drop(held);
                        (self.lock.is_free_for_readers(), self.lock.is_free_for_all())
                    });
                }
            }
        }

        impl<T: ?Sized> Deref for $Guard<'_, T> {
            type Target = T;

            fn deref(&self) -> &T {
                let Some(held) = &self.held else { unreachable!("{HELD}") };
                held
            }
        }

        impl<T: ?Sized + fmt::Debug> fmt::Debug for $Guard<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }
    };
}

const HELD: &str = "the lock is held until the guard is dropped";

way_to_lock!(
    read,
    try_read,
    RwLockReadGuard,
    PlatformRead,
    read,
    Shared,
    is_free_for_readers,
    true,
    "reading"
);
way_to_lock!(
    write,
    try_write,
    RwLockWriteGuard,
    PlatformWrite,
    write,
    Exclusive,
    is_free_for_all,
    false,
    "writing"
);

impl<T: ?Sized> DerefMut for RwLockWriteGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        let Some(held) = &mut self.held else { unreachable!("{HELD}") };
        held
    }
}

impl<T> From<T> for RwLock<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
