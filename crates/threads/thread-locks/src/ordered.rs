//! An order of locks that the compiler enforces.

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::sync::PoisonError;

use interleavings::sync::{Mutex, MutexGuard};

use crate::sync;

/// What a thread holds that holds no lock of any level.
#[derive(Debug)]
pub enum Ground {}

/// A level of locks that comes before the level `Later`. [`levels!`](crate::levels)
/// implements it.
#[diagnostic::on_unimplemented(
    message = "a lock of level `{Later}` cannot be taken after one of level `{Self}`",
    label = "the order of the levels is that of `levels!`"
)]
pub trait Before<Later> {}

/// Declares levels of locks, in the order in which they have to be taken.
///
/// ```
/// use thread_locks::{Key, Ordered, levels};
///
/// levels!(Fork, Knife);
///
/// let fork = Ordered::<Fork, _>::new("fork");
/// let knife = Ordered::<Knife, _>::new("knife");
/// let mut key = Key::of_this_thread().expect("the only one");
/// let (fork, mut key) = fork.lock(&mut key);
/// let (knife, _) = knife.lock(&mut key);
/// assert_eq!((*fork, *knife), ("fork", "knife"));
/// ```
#[macro_export]
macro_rules! levels {
    ($visible:vis $first:ident $(, $rest:ident)* $(,)?) => {
        #[doc = concat!("The level `", stringify!($first), "` of locks.")]
        #[derive(Debug)]
        $visible enum $first {}
        impl $crate::Before<$first> for $crate::Ground {}
        $(impl $crate::Before<$rest> for $first {})*
        $crate::levels!($visible $($rest),*);
    };
    ($visible:vis) => {};
}

/// What a thread may take next: any lock of a level after `Held`.
///
/// A thread has one key. A lock that it takes borrows the key for as long as it is
/// held, and gives out one for the levels after it.
#[derive(Debug)]
pub struct Key<'a, Held> {
    /// Only the first of a thread's keys returns it.
    is_first: bool,
    before: PhantomData<&'a mut ()>,
    held: PhantomData<(Held, *const ())>,
}

interleavings::thread_local! {
    static KEY_IS_OUT: Cell<bool> = Cell::new(false);
}

impl Key<'static, Ground> {
    /// The key of this thread, unless it is in use. It is there again when it has been
    /// dropped.
    #[must_use]
    pub fn of_this_thread() -> Option<Self> {
        let is_out = KEY_IS_OUT.with(|is_out| is_out.replace(true));
        (!is_out).then_some(Self {
            is_first: true,
            before: PhantomData,
            held: PhantomData,
        })
    }
}

impl<Held> Drop for Key<'_, Held> {
    fn drop(&mut self) {
        if self.is_first {
            KEY_IS_OUT.with(|is_out| is_out.set(false));
        }
    }
}

/// A lock of a level: taking it while one of the same level, or of a later one, is held
/// does not compile.
///
/// So threads cannot wait for each other in a circle: the thread that holds the lock of
/// the last level waits for none. This is checked by types alone, and costs nothing;
/// [`Detector`](crate::Detector) finds the same by watching the program run.
///
/// ```compile_fail,E0277
/// # use thread_locks::{Key, Ordered, levels};
/// levels!(Fork, Knife);
///
/// let fork = Ordered::<Fork, _>::new(());
/// let knife = Ordered::<Knife, _>::new(());
/// let mut key = Key::of_this_thread().unwrap();
/// let (_knife, mut key) = knife.lock(&mut key);
/// let (_fork, _) = fork.lock(&mut key);
/// ```
///
/// Nor does it help to use the key from before, which the guard borrows:
///
/// ```compile_fail,E0499
/// # use thread_locks::{Key, Ordered, levels};
/// # levels!(Fork, Knife);
/// # let fork = Ordered::<Fork, _>::new(());
/// # let knife = Ordered::<Knife, _>::new(());
/// let mut key = Key::of_this_thread().unwrap();
/// let (knife, _) = knife.lock(&mut key);
/// let (_fork, _) = fork.lock(&mut key);
/// drop(knife);
/// ```
///
/// A guard that is leaked keeps its lock locked for ever, and returns the key.
pub struct Ordered<Level, T> {
    value: Mutex<T>,
    level: PhantomData<fn(Level)>,
}

/// Holds an [`Ordered`] until it is dropped.
#[must_use = "dropping the guard releases the lock"]
pub struct OrderedGuard<'a, T>(MutexGuard<'a, T>);

impl<Level, T> Ordered<Level, T> {
    /// A lock that is free.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self { value: Mutex::new(value), level: PhantomData }
    }

    /// Waits until the lock is free, and takes it. With the new key locks of later
    /// levels can be taken.
    #[track_caller]
    pub fn lock<'a, Held>(
        &'a self,
        _key: &'a mut Key<'_, Held>,
    ) -> (OrderedGuard<'a, T>, Key<'a, Level>)
    where
        Held: Before<Level>,
    {
        let guard = OrderedGuard(sync::lock(&self.value));
        (guard, Key { is_first: false, before: PhantomData, held: PhantomData })
    }

    /// The value, which is not shared any more.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.value.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Deref for OrderedGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for OrderedGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

/// Shows that it is a lock: to show the value would be to take it.
impl<Level, T> fmt::Debug for Ordered<Level, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ordered").finish_non_exhaustive()
    }
}
