//! `RLock`: a lock that its holder may take again.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::panic::Location;
use std::sync::PoisonError;

use interleavings::sync::{Condvar, Mutex, MutexGuard};
use interleavings::thread::{self, ThreadId};

use crate::detector::{Detector, Watched};
use crate::report::WouldDeadlock;
use crate::sync;

/// A re-entrant lock, Python's `threading.RLock`: the thread that holds it may take it
/// again, and other threads get it when all of its guards have been dropped.
///
/// Two guards of one thread lead to the same value at the same time, so it is shared,
/// and not exclusive, as it would be in a [`Lock`](crate::Lock). To change it, put a
/// [`Cell`](std::cell::Cell) or a [`RefCell`](std::cell::RefCell) inside.
///
/// ```
/// use std::cell::Cell;
/// use thread_locks::{Detector, RLock};
///
/// let n = RLock::new(&Detector::new(), "n", Cell::new(10));
/// let outer = n.lock()?;
/// let inner = n.lock()?; // A Lock would say that it would deadlock.
/// inner.set(outer.get() - 1);
/// assert_eq!((outer.get(), n.count()), (9, 2));
/// # Ok::<(), thread_locks::WouldDeadlock>(())
/// ```
///
/// Its value cannot be borrowed exclusively:
///
/// ```compile_fail,E0594
/// # use thread_locks::{Detector, RLock};
/// let n = RLock::new(&Detector::new(), "n", 10);
/// *n.lock().unwrap() -= 1;
/// ```
///
/// Nor may the value be one that other threads could reach past the lock, such as an
/// `Rc`, whose count is not made for two threads:
///
/// ```compile_fail,E0277
/// # use std::rc::Rc;
/// # use thread_locks::{Detector, RLock};
/// let apple = Rc::new("apple");
/// let lock = RLock::new(&Detector::new(), "lock", Rc::clone(&apple));
/// std::thread::scope(|scope| {
///     scope.spawn(|| drop(lock.lock()));
/// });
/// ```
pub struct RLock<T> {
    state: Mutex<State>,
    released: Condvar,
    watched: Watched,
    value: T,
}

/// What the note says of Python's: a lock, and how often it was acquired.
struct State {
    owner: Option<ThreadId>,
    count: usize,
    /// How many threads wait. To notify none would still be a system call.
    waiting: usize,
}

// SAFETY: a guard is the only way to the value of a lock that is shared. All guards
// that exist at a time are of one thread, as `State` has one owner, and a guard neither
// leaves its thread nor is seen by another. So the value is used by one thread after
// another, each time with the mutex taken in between, which is what `Send` allows.
unsafe impl<T: Send> Sync for RLock<T> {}

/// One acquire of an [`RLock`], until it is dropped. The guards of a lock may be
/// dropped in any order.
#[must_use = "dropping the guard releases the lock"]
pub struct RLockGuard<'a, T> {
    lock: &'a RLock<T>,
    /// It stays in its thread, and is not lent to another.
    stays: PhantomData<*const ()>,
}

impl<T> RLock<T> {
    /// A lock that is free, watched by `detector`.
    #[must_use]
    #[track_caller]
    pub fn new(detector: &Detector, name: &str, value: T) -> Self {
        Self {
            state: Mutex::new(State { owner: None, count: 0, waiting: 0 }),
            released: Condvar::new(),
            watched: Watched::new(detector, name),
            value,
        }
    }

    /// Waits until no other thread holds the lock, and takes it, once more if this
    /// thread holds it already.
    ///
    /// # Errors
    /// [`WouldDeadlock`] if the holder waits for a lock that this thread holds, itself
    /// or through others. The lock is not taken.
    #[track_caller]
    pub fn lock(&self) -> Result<RLockGuard<'_, T>, WouldDeadlock> {
        let place = Location::caller();
        let me = thread::current().id();
        let mut state = sync::lock(&self.state);
        if state.owner != Some(me) {
            if state.owner.is_some() {
                let waiting = self.watched.wait(place)?;
                state = self.wait_for_release(state);
                drop(waiting);
            }
            state.owner = Some(me);
            self.watched.took(place);
        }
        state.count += 1;
        Ok(RLockGuard { lock: self, stays: PhantomData })
    }

    /// Takes the lock if no other thread holds it.
    #[track_caller]
    pub fn try_lock(&self) -> Option<RLockGuard<'_, T>> {
        let me = thread::current().id();
        let mut state = sync::lock(&self.state);
        match state.owner {
            None => {
                state.owner = Some(me);
                self.watched.took_at_once(Location::caller());
            }
            Some(owner) if owner == me => (),
            Some(_) => return None,
        }
        state.count += 1;
        Some(RLockGuard { lock: self, stays: PhantomData })
    }

    /// Whether this thread holds the lock: Python's `RLock._is_owned`.
    #[must_use]
    #[track_caller]
    pub fn is_owned(&self) -> bool {
        sync::lock(&self.state).owner == Some(thread::current().id())
    }

    /// How many guards there are. A hint, but for the thread that holds the lock.
    #[must_use]
    #[track_caller]
    pub fn count(&self) -> usize {
        sync::lock(&self.state).count
    }

    /// The name that it was given.
    #[must_use]
    pub fn name(&self) -> &str {
        self.watched.name()
    }

    /// The value, which is not shared any more.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.value
    }

    #[track_caller]
    fn wait_for_release<'a>(
        &self,
        mut state: MutexGuard<'a, State>,
    ) -> MutexGuard<'a, State> {
        state.waiting += 1;
        while state.owner.is_some() {
            state = self.released.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.waiting -= 1;
        state
    }
}

impl<T> Drop for RLockGuard<'_, T> {
    fn drop(&mut self) {
        let mut state = sync::lock(&self.lock.state);
        state.count -= 1;
        if state.count == 0 {
            self.lock.watched.releases();
            state.owner = None;
            if state.waiting > 0 {
                self.lock.released.notify_one();
            }
        }
    }
}

impl<T> Deref for RLockGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.lock.value
    }
}

/// Shows the name alone: to show the value would be to take the lock.
impl<T> fmt::Debug for RLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RLock").field("name", &self.name()).finish_non_exhaustive()
    }
}

impl<T: fmt::Debug> fmt::Debug for RLockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
