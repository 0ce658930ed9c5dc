//! The mutex, the condvar, the deadline and the threads that the signals are built on.
//! They are std's, until a program that uses them is explored; loom's under `--cfg
//! loom`.
//!
//! Nothing here is poisoned by a panic. The crate's own critical sections call no code
//! of the user, so they cannot panic half done; only [`Condition`](crate::Condition)
//! runs its user's code under its lock, and its docs say what that means.

use std::ops::{Deref, DerefMut};
use std::sync::{PoisonError, TryLockError};
use std::time::{Duration, Instant};

use interleavings::sync as platform;
pub(crate) use interleavings::thread;

/// A mutex whose guard can wait.
#[derive(Debug)]
pub(crate) struct Mutex<T>(platform::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(platform::Mutex::new(value))
    }

    #[track_caller]
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        MutexGuard {
            held: Some(self.0.lock().unwrap_or_else(PoisonError::into_inner)),
            #[cfg(loom)]
            mutex: self,
        }
    }

    #[track_caller]
    pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        let held = match self.0.try_lock() {
            Ok(held) => held,
            Err(TryLockError::Poisoned(held)) => held.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        Some(MutexGuard {
            held: Some(held),
            #[cfg(loom)]
            mutex: self,
        })
    }
}

/// The mutex, held.
#[derive(Debug)]
pub(crate) struct MutexGuard<'a, T> {
    /// Empty only within [`MutexGuard::wait`], for as long as it waits.
    held: Option<platform::MutexGuard<'a, T>>,
    #[cfg(loom)]
    mutex: &'a Mutex<T>,
}

impl<T> MutexGuard<'_, T> {
    /// Releases the mutex, waits until `condvar` is notified or the deadline has
    /// passed, and takes the mutex again.
    ///
    /// May also return spuriously, as condvars do.
    #[track_caller]
    pub(crate) fn wait(&mut self, condvar: &Condvar, deadline: Deadline) {
        let Some(held) = self.held.take() else { unreachable!("{HELD}") };
        #[cfg(not(loom))]
        let held = condvar.wait(held, deadline);
        #[cfg(loom)]
        let held = condvar.wait(held, deadline, self.mutex);
        self.held = Some(held);
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

    #[cfg(not(loom))]
    #[track_caller]
    fn wait<'a, T>(
        &self,
        held: platform::MutexGuard<'a, T>,
        deadline: Deadline,
    ) -> platform::MutexGuard<'a, T> {
        let Some(instant) = deadline.0 else {
            return self.condvar.wait(held).unwrap_or_else(PoisonError::into_inner);
        };
        let left = instant.saturating_duration_since(Instant::now());
        self.condvar.wait_timeout(held, left).unwrap_or_else(PoisonError::into_inner).0
    }

    /// loom's condvar has no timeouts and no spurious wake-ups. Here every deadline has
    /// passed, and each condvar wakes its waiter spuriously once: between the two steps
    /// the other threads do whatever they can, and the waiter is late for it. Those are
    /// the schedules in which a wait can go wrong.
    #[cfg(loom)]
    fn wait<'a, T>(
        &self,
        held: platform::MutexGuard<'a, T>,
        deadline: Deadline,
        mutex: &'a Mutex<T>,
    ) -> platform::MutexGuard<'a, T> {
        let spurious =
            !self.woken_spuriously.swap(true, std::sync::atomic::Ordering::Relaxed);
        if spurious || deadline.0.is_some() {
            drop(held);
            mutex.0.lock().unwrap_or_else(PoisonError::into_inner)
        } else {
            self.condvar.wait(held).unwrap_or_else(PoisonError::into_inner)
        }
    }
}

/// When a wait ends at the latest, if ever.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    pub(crate) const NEVER: Self = Self(None);

    /// `timeout` from now. A time beyond the clock's range, such as [`Duration::MAX`],
    /// never comes.
    pub(crate) fn after(timeout: Duration) -> Self {
        Self(Instant::now().checked_add(timeout))
    }

    pub(crate) fn has_passed(self) -> bool {
        self.0.is_some_and(|instant| cfg!(loom) || Instant::now() >= instant)
    }
}
