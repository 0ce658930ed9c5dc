//! A lock with a queue of threads that wait for its value to change: Python's
//! `threading.Condition`.

use std::collections::VecDeque;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use shared::trace;

use crate::sync::{Condvar, Deadline, Mutex, MutexGuard};

/// A value under a lock, and the threads that wait for it to change (N5.7).
///
/// Python's Condition has a lock and protects no particular value; here the value is
/// inside the lock and cannot be reached without it. Waiting and notifying are methods
/// of the guard that [`lock`](Self::lock) returns: doing either without the lock, a
/// `RuntimeError` in Python, does not compile.
///
/// ```
/// # use thread_signals::Condition;
/// let apples = Condition::new(0);
/// std::thread::scope(|scope| {
///     scope.spawn(|| {
///         let mut apples = apples.lock();
///         apples.wait_for(|apples| *apples == 3);
///     });
///     for _ in 0..3 {
///         let mut apples = apples.lock();
///         *apples += 1;
///         apples.notify(1);
///     }
/// });
/// ```
///
/// ```compile_fail,E0599
/// # use thread_signals::Condition;
/// Condition::new(0).notify(1); // Without the lock.
/// ```
///
/// ```compile_fail,E0614
/// # use thread_signals::Condition;
/// let apples = Condition::new(0);
/// *apples += 1; // Without the lock.
/// ```
///
/// # What it promises
/// - [`notify(n)`](ConditionGuard::notify) lets exactly `n` of the present waiters
///   pass, those that have waited longest; all of them, if they are fewer. No thread
///   passes without having been notified: std's condvar may wake a thread spuriously
///   and cannot wake exactly `n`, so this one keeps a queue, in which each waiter has a
///   condvar to itself.
/// - A waiter that times out leaves the queue, so it never takes the notification of
///   another. If it was notified just as its time was up, it reports the notification.
/// - Every wait holds the lock again when it returns, however it ended.
///
/// # Panics and poison
/// A thread that panics releases the lock, as Python's `with` does, and the next holder
/// sees the value as it was left: there is no poison. Code that breaks an invariant for
/// a moment has to restore it before anything can panic.
pub struct Condition<T> {
    mutex: Mutex<State<T>>,
}

#[derive(Debug)]
struct State<T> {
    value: T,
    /// The threads that wait and have not been notified, in the order in which they
    /// came, so in the order of their tickets.
    waiters: VecDeque<Waiter>,
    next_ticket: u64,
}

#[derive(Debug)]
struct Waiter {
    ticket: u64,
    wake: Arc<Condvar>,
}

const FOR_A_NOTIFICATION: &str = "for a notification";

impl<T> Condition<T> {
    /// A condition on `value`, with no thread waiting.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self {
            mutex: Mutex::new(State {
                value,
                waiters: VecDeque::new(),
                next_ticket: 0,
            }),
        }
    }

    /// Takes the lock (Python's `acquire`); dropping the guard releases it.
    ///
    /// Python's is re-entrant by default. Here a thread that holds the lock must not
    /// take it again: it would wait for itself for ever.
    #[track_caller]
    pub fn lock(&self) -> ConditionGuard<'_, T> {
        ConditionGuard { state: self.mutex.lock() }
    }

    /// Takes the lock if it is free.
    #[must_use = "dropping the guard releases the lock"]
    #[track_caller]
    pub fn try_lock(&self) -> Option<ConditionGuard<'_, T>> {
        Some(ConditionGuard { state: self.mutex.try_lock()? })
    }
}

impl<T: Default> Default for Condition<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: fmt::Debug> fmt::Debug for Condition<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Condition");
        match self.try_lock() {
            Some(state) => shown
                .field("value", &*state)
                .field("waiting", &state.waiting())
                .finish(),
            None => shown.finish_non_exhaustive(),
        }
    }
}

/// The lock of a [`Condition`], held: the way to its value, and to wait and notify.
#[must_use = "dropping the guard releases the lock"]
#[derive(Debug)]
pub struct ConditionGuard<'a, T> {
    state: MutexGuard<'a, State<T>>,
}

impl<T> ConditionGuard<'_, T> {
    /// Releases the lock, waits to be notified, and takes the lock again.
    #[track_caller]
    pub fn wait(&mut self) {
        self.wait_until(&Deadline::never(), FOR_A_NOTIFICATION);
    }

    /// Waits for `timeout` at most, and returns whether it was notified.
    ///
    /// Even a timeout of zero releases the lock for a moment, so that a thread that
    /// waits in a loop does not keep the others out. [`Duration::MAX`] waits for ever.
    #[track_caller]
    pub fn wait_timeout(&mut self, timeout: Duration) -> bool {
        self.wait_until(&Deadline::after(timeout), FOR_A_NOTIFICATION)
    }

    /// Waits until `predicate` holds: calls it at once, and again each time this thread
    /// is notified.
    ///
    /// The lock is held during the call and from then on, so the predicate still holds
    /// when this returns.
    ///
    /// ```compile_fail,E0308
    /// # use thread_signals::Condition;
    /// let basket = Condition::new(0);
    /// // In Python a string that is not empty is true.
    /// basket.lock().wait_for(|_apples| "False");
    /// ```
    #[track_caller]
    pub fn wait_for(&mut self, mut predicate: impl FnMut(&mut T) -> bool) {
        while !predicate(self) {
            self.wait();
        }
    }

    /// Waits until `predicate` holds, but for `timeout` at most, and returns its last
    /// answer.
    #[track_caller]
    pub fn wait_for_timeout(
        &mut self,
        predicate: impl FnMut(&mut T) -> bool,
        timeout: Duration,
    ) -> bool {
        self.wait_for_until(predicate, &Deadline::after(timeout), FOR_A_NOTIFICATION)
    }

    #[track_caller]
    pub(crate) fn wait_for_until(
        &mut self,
        mut predicate: impl FnMut(&mut T) -> bool,
        deadline: &Deadline,
        what_for: &str,
    ) -> bool {
        let mut in_time = true;
        while !predicate(self) {
            if !in_time {
                return false;
            }
            in_time = self.wait_until(deadline, what_for);
        }
        true
    }

    /// Lets the `n` threads that have waited longest pass, or all if they are fewer.
    /// They go on when they get the lock.
    #[track_caller]
    pub fn notify(&mut self, n: usize) {
        let n = n.min(self.waiting());
        for waiter in self.state.waiters.drain(..n) {
            waiter.wake.notify_one();
        }
    }

    /// Lets all threads pass that wait at this moment.
    #[track_caller]
    pub fn notify_all(&mut self) {
        self.notify(usize::MAX);
    }

    /// The number of threads that wait and have not been notified; exact for as long as
    /// this guard lives.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.state.waiters.len()
    }

    #[track_caller]
    pub(crate) fn wait_until(&mut self, deadline: &Deadline, what_for: &str) -> bool {
        let _waiting = trace::waiting(what_for);
        let (ticket, wake) = self.join_queue();
        loop {
            self.state.wait(&wake, deadline);
            // A thread that is no longer in the queue was notified, whatever woke it up
            // and however late: a notification is never lost.
            let Ok(place) = self
                .state
                .waiters
                .binary_search_by_key(&ticket, |waiter| waiter.ticket)
            else {
                return true;
            };
            if deadline.has_passed() {
                self.state.waiters.remove(place);
                return false;
            }
        }
    }

    fn join_queue(&mut self) -> (u64, Arc<Condvar>) {
        let ticket = self.state.next_ticket;
        let wake = Arc::new(Condvar::new());
        self.state.next_ticket += 1;
        self.state.waiters.push_back(Waiter { ticket, wake: Arc::clone(&wake) });
        (ticket, wake)
    }
}

impl<T> Deref for ConditionGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.state.value
    }
}

impl<T> DerefMut for ConditionGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.state.value
    }
}

#[cfg(all(test, loom))]
mod loom_models;
#[cfg(all(test, not(loom)))]
mod tests;
