//! The mutex, the condvar, the deadline and the threads that the signals are built on.
//! They are std's, until a program that uses them is explored; loom's under `--cfg
//! loom`.
//!
//! Nothing here is poisoned by a panic. The crate's own critical sections call no code
//! of the user, so they cannot panic half done; only [`Condition`](crate::Condition)
//! runs its user's code under its lock, and its docs say what that means.

use std::ops::{Deref, DerefMut};
use std::sync::{PoisonError, TryLockError};

use interleavings::sync as platform;
pub(crate) use interleavings::{Deadline, thread};

/// A mutex whose guard can wait.
#[derive(Debug)]
pub(crate) struct Mutex<T>(platform::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(platform::Mutex::new(value))
    }

    #[track_caller]
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        MutexGuard { held: Some(held), mutex: self }
    }

    #[track_caller]
    pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        let held = match self.0.try_lock() {
            Ok(held) => held,
            Err(TryLockError::Poisoned(held)) => held.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        Some(MutexGuard { held: Some(held), mutex: self })
    }
}

/// The mutex, held.
#[derive(Debug)]
pub(crate) struct MutexGuard<'a, T> {
    /// Empty only within [`MutexGuard::wait`], for as long as it waits.
    held: Option<platform::MutexGuard<'a, T>>,
    mutex: &'a Mutex<T>,
}

impl<T> MutexGuard<'_, T> {
    /// Releases the mutex, waits until `condvar` is notified or the deadline has
    /// passed, and takes the mutex again.
    ///
    /// May also return spuriously, as condvars do.
    #[track_caller]
    pub(crate) fn wait(&mut self, condvar: &Condvar, deadline: &Deadline) {
        let Some(held) = self.held.take() else { unreachable!("{HELD}") };
        self.held = Some(condvar.wait(held, deadline, self.mutex));
    }
}

const HELD: &str = "a wait takes the mutex again before it returns";

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        let Some(held) = &self.held else { unreachable!("{HELD}") };
        held
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        let Some(held) = &mut self.held else { unreachable!("{HELD}") };
        held
    }
}

/// What a [`MutexGuard`] waits for.
#[derive(Debug)]
pub(crate) struct Condvar {
    condvar: platform::Condvar,
    #[cfg(loom)]
    woken_spuriously: std::sync::atomic::AtomicBool,
}

impl Condvar {
    pub(crate) fn new() -> Self {
        Self {
            condvar: platform::Condvar::new(),
            #[cfg(loom)]
            woken_spuriously: false.into(),
        }
    }

    #[track_caller]
    pub(crate) fn notify_one(&self) {
        self.condvar.notify_one();
    }

    /// loom's condvar wakes no thread spuriously, so each condvar does here, once: the
    /// other threads do whatever they can meanwhile, and the waiter is late for it.
    #[track_caller]
    fn wait<'a, T>(
        &self,
        held: platform::MutexGuard<'a, T>,
        deadline: &Deadline,
        mutex: &'a Mutex<T>,
    ) -> platform::MutexGuard<'a, T> {
        #[cfg(loom)]
        if !self.woken_spuriously.swap(true, std::sync::atomic::Ordering::Relaxed) {
            drop(held);
            return mutex.0.lock().unwrap_or_else(PoisonError::into_inner);
        }
        deadline.wait(&self.condvar, held, &mutex.0)
    }
}
