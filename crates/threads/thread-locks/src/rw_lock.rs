//! `RwLock`: many readers or one writer, and the question which of them goes first.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{
    PoisonError, RwLock as Cell, RwLockReadGuard as CellRead,
    RwLockWriteGuard as CellWrite, TryLockError,
};

use interleavings::sync::{Condvar, Mutex, MutexGuard};

use crate::sync::lock;

/// A lock for many readers or one writer.
///
/// A fair one ([`new`](Self::new)) lets no reader pass a writer that waits, and no
/// writer pass a reader that waited before the last writer was done: each side waits
/// for the other once. One that [prefers readers](Self::preferring_readers) lets a
/// reader in whenever there is no writer inside; then a writer can wait for ever.
///
/// Python's standard library has none. As with [`Lock`](crate::Lock) there is no
/// poison. It is not watched: a thread that asks for it twice may wait for itself.
///
/// ```
/// use thread_locks::RwLock;
///
/// let apples = RwLock::new(10);
/// *apples.write() -= 1;
/// let (one, other) = (apples.read(), apples.read());
/// assert_eq!((*one, *other), (9, 9));
/// ```
pub struct RwLock<T> {
    state: Mutex<State>,
    /// A writer has ended.
    for_readers: Condvar,
    /// The last reader, or a writer, has ended.
    for_writers: Condvar,
    fair: bool,
    /// Taken without a wait, always: the state says when. So it needs no `unsafe`, and
    /// a fault of the state would be a panic.
    value: Cell<T>,
}

#[derive(Default)]
struct State {
    readers: usize,
    writing: bool,
    waiting_readers: usize,
    waiting_writers: usize,
    /// How many writers have ended.
    ended: u64,
    overtaken: u64,
}

/// Holds a [`RwLock`] as one of its readers.
#[must_use = "dropping the guard releases the lock"]
pub struct ReadGuard<'a, T> {
    /// Empty once it is released.
    value: Option<CellRead<'a, T>>,
    lock: &'a RwLock<T>,
}

/// Holds a [`RwLock`] as its only writer.
#[must_use = "dropping the guard releases the lock"]
pub struct WriteGuard<'a, T> {
    /// Empty once it is released.
    value: Option<CellWrite<'a, T>>,
    lock: &'a RwLock<T>,
}

const HELD: &str = "the value is held until the guard is dropped";
const GUARDED: &str = "the state lets readers in or one writer";

impl<T> RwLock<T> {
    /// A fair lock that is free.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self::with(value, true)
    }

    /// A lock that is free, and lets readers pass writers that wait.
    #[must_use]
    pub fn preferring_readers(value: T) -> Self {
        Self::with(value, false)
    }

    fn with(value: T, fair: bool) -> Self {
        Self {
            state: Mutex::new(State::default()),
            for_readers: Condvar::new(),
            for_writers: Condvar::new(),
            fair,
            value: Cell::new(value),
        }
    }

    /// Waits until a reader may come in, and takes the lock as one.
    #[track_caller]
    pub fn read(&self) -> ReadGuard<'_, T> {
        let mut state = lock(&self.state);
        if state.writing || (self.fair && state.waiting_writers > 0) {
            // The writer that ends next counts in all readers that wait, before they
            // run again, so that no other writer comes before them.
            let ended = state.ended;
            state.waiting_readers += 1;
            while state.ended == ended {
                state = wait(&self.for_readers, state);
            }
        } else {
            state.readers += 1;
            state.overtaken += u64::from(state.waiting_writers > 0);
        }
        drop(state);
        let value = match self.value.try_read() {
            Ok(value) => value,
            Err(TryLockError::Poisoned(value)) => value.into_inner(),
            Err(TryLockError::WouldBlock) => unreachable!("{GUARDED}"),
        };
        ReadGuard { value: Some(value), lock: self }
    }

    /// Waits until there is neither a reader nor a writer, and takes the lock.
    #[track_caller]
    pub fn write(&self) -> WriteGuard<'_, T> {
        let mut state = lock(&self.state);
        state.waiting_writers += 1;
        while state.writing || state.readers > 0 {
            state = wait(&self.for_writers, state);
        }
        state.waiting_writers -= 1;
        state.writing = true;
        drop(state);
        let value = match self.value.try_write() {
            Ok(value) => value,
            Err(TryLockError::Poisoned(value)) => value.into_inner(),
            Err(TryLockError::WouldBlock) => unreachable!("{GUARDED}"),
        };
        WriteGuard { value: Some(value), lock: self }
    }

    /// How often a reader has passed a writer that was waiting. 0 for a fair lock.
    #[must_use]
    #[track_caller]
    pub fn overtaken(&self) -> u64 {
        lock(&self.state).overtaken
    }

    /// The value, which is not shared any more.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.value.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

#[track_caller]
fn wait<'a>(condvar: &Condvar, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
    condvar.wait(state).unwrap_or_else(PoisonError::into_inner)
}

impl<T> Drop for ReadGuard<'_, T> {
    fn drop(&mut self) {
        self.value = None;
        let mut state = lock(&self.lock.state);
        state.readers -= 1;
        if state.readers == 0 && state.waiting_writers > 0 {
            self.lock.for_writers.notify_one();
        }
    }
}

impl<T> Drop for WriteGuard<'_, T> {
    fn drop(&mut self) {
        self.value = None;
        let mut state = lock(&self.lock.state);
        state.writing = false;
        state.ended += 1;
        state.readers = std::mem::take(&mut state.waiting_readers);
        if state.readers > 0 {
            self.lock.for_readers.notify_all();
        } else if state.waiting_writers > 0 {
            self.lock.for_writers.notify_one();
        }
    }
}

impl<T> Deref for ReadGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        let Some(value) = &self.value else { unreachable!("{HELD}") };
        value
    }
}

impl<T> Deref for WriteGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        let Some(value) = &self.value else { unreachable!("{HELD}") };
        value
    }
}

impl<T> DerefMut for WriteGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        let Some(value) = &mut self.value else { unreachable!("{HELD}") };
        value
    }
}

/// Shows that it is a lock: to show the value would be to take it.
impl<T> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RwLock").field("fair", &self.fair).finish_non_exhaustive()
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
