//! Semaphores: a number of permits, of which each thread inside holds one. Python's
//! `threading.Semaphore` and `threading.BoundedSemaphore`.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use shared::trace::{self, Span};

use crate::Condition;
use crate::condition::ConditionGuard;
use crate::sync::Deadline;

/// A number of permits to which any thread may add (N5.5).
///
/// [`acquire`](Self::acquire) returns a [`Permit`] that goes back when it is dropped. A
/// permit that is [forgotten](Permit::forget) does not, and [`release`](Self::release)
/// adds permits, so that a semaphore can also count the items that one thread makes and
/// another uses up. It is as fair as a [`BoundedSemaphore`].
///
/// ```
/// # use thread_signals::Semaphore;
/// let apples = Semaphore::new(0);
/// std::thread::scope(|scope| {
///     for _ in 0..3 {
///         scope.spawn(|| apples.acquire().forget()); // Eats an apple.
///     }
///     apples.release(3);
/// });
/// assert_eq!(apples.available(), 0);
/// ```
pub struct Semaphore {
    permits: Arc<Permits>,
}

/// A number of permits that never grows (N5.5).
///
/// [`acquire`](Self::acquire) returns a [`Permit`] that goes back when it is dropped,
/// also by a panic: the release that Python's `with` makes and that is easily missing
/// after a bare `acquire`.
///
/// ```
/// # use thread_signals::BoundedSemaphore;
/// let seats = BoundedSemaphore::new(2);
/// let (_mine, _yours) = (seats.acquire(), seats.acquire());
/// assert!(seats.try_acquire().is_none());
/// ```
///
/// Giving one permit back twice does not compile, since giving it back consumes it:
///
/// ```compile_fail,E0382
/// # use thread_signals::BoundedSemaphore;
/// let seats = BoundedSemaphore::new(2);
/// let seat = seats.acquire();
/// drop(seat);
/// drop(seat);
/// ```
///
/// # Fairness
/// First come, first served: a permit that goes back while threads wait is handed to
/// the one that has waited longest, and no other thread can take it in between. So no
/// thread starves, unlike in Python, where a thread that releases and at once acquires
/// again may win every time. The price is a context switch for each permit that a
/// thread waits for.
pub struct BoundedSemaphore {
    bound: usize,
    permits: Arc<Permits>,
}

/// The permits of a semaphore.
#[derive(Debug)]
struct Permits(Condition<State>);

/// In a bounded semaphore `available`, `forgotten` and the permits that are held add up
/// to the bound. Threads wait only while none is available.
#[derive(Debug)]
struct State {
    available: usize,
    forgotten: usize,
}

const FOR_A_PERMIT: &str = "for a permit";

/// More releases than permits that were forgotten; nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("semaphore of {bound} released too often: no permit is out without its guard")]
pub struct TooManyReleases {
    /// The number of permits of the semaphore.
    pub bound: usize,
}

impl Semaphore {
    /// A semaphore of `permits` permits, all available.
    ///
    /// A negative number, a `ValueError` in Python, cannot be written.
    #[must_use]
    pub fn new(permits: usize) -> Self {
        Self { permits: Permits::new(permits) }
    }

    /// Takes a permit, and waits for one if none is available.
    pub fn acquire(&self) -> Permit<'_> {
        self.permits.acquire()
    }

    /// Takes a permit if one is available.
    #[must_use = "the permit goes back when it is dropped"]
    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        self.permits.try_acquire()
    }

    /// Takes a permit, and waits for one for `timeout` at most.
    #[must_use = "the permit goes back when it is dropped"]
    pub fn acquire_timeout(&self, timeout: Duration) -> Option<Permit<'_>> {
        self.permits.acquire_timeout(timeout)
    }

    /// Adds `n` permits. They go to the threads that have waited longest.
    ///
    /// # Panics
    /// If more than [`usize::MAX`] permits would be available; then nothing has
    /// changed.
    pub fn release(&self, n: usize) {
        let mut state = self.permits.0.lock();
        let most = state.available.checked_add(n);
        assert!(most.is_some(), "a semaphore of more than {} permits", usize::MAX);
        give_back(&mut state, n);
    }

    /// The number of permits that are available at the moment; a hint only, since other
    /// threads may take them.
    #[must_use]
    pub fn available(&self) -> usize {
        self.permits.0.lock().available
    }
}

impl BoundedSemaphore {
    /// A semaphore of `bound` permits, all available.
    ///
    /// A negative bound, a `ValueError` in Python, cannot be written. With a bound of 0
    /// no thread ever gets a permit.
    #[must_use]
    pub fn new(bound: usize) -> Self {
        Self { bound, permits: Permits::new(bound) }
    }

    /// Takes a permit, and waits for one if none is available.
    pub fn acquire(&self) -> Permit<'_> {
        self.permits.acquire()
    }

    /// Takes a permit if one is available.
    #[must_use = "the permit goes back when it is dropped"]
    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        self.permits.try_acquire()
    }

    /// Takes a permit, and waits for one for `timeout` at most.
    #[must_use = "the permit goes back when it is dropped"]
    pub fn acquire_timeout(&self, timeout: Duration) -> Option<Permit<'_>> {
        self.permits.acquire_timeout(timeout)
    }

    /// Gives back `n` permits whose guards were [forgotten](Permit::forget), from any
    /// thread.
    ///
    /// # Errors
    /// [`TooManyReleases`] if fewer were forgotten. Python only counts, so a release
    /// too many while other threads are inside goes unnoticed and lets one more in than
    /// the bound; here it is refused where it is made.
    ///
    /// ```
    /// # use thread_signals::BoundedSemaphore;
    /// let seats = BoundedSemaphore::new(2);
    /// seats.acquire().forget();
    /// assert!(seats.release(2).is_err());
    /// assert!(seats.release(1).is_ok());
    /// assert_eq!(seats.available(), 2);
    /// ```
    pub fn release(&self, n: usize) -> Result<(), TooManyReleases> {
        let mut state = self.permits.0.lock();
        let too_many = TooManyReleases { bound: self.bound };
        state.forgotten = state.forgotten.checked_sub(n).ok_or(too_many)?;
        give_back(&mut state, n);
        Ok(())
    }

    /// The number of permits that are available at the moment; a hint only, since other
    /// threads may take them.
    #[must_use]
    pub fn available(&self) -> usize {
        self.permits.0.lock().available
    }
}

impl Permits {
    fn new(available: usize) -> Arc<Self> {
        Arc::new(Self(Condition::new(State { available, forgotten: 0 })))
    }

    fn acquire(self: &Arc<Self>) -> Permit<'_> {
        let mut state = self.0.lock();
        if !state.take() {
            // The thread that gives a permit back hands it to the one that it notifies.
            state.wait_until(&Deadline::never(), FOR_A_PERMIT);
        }
        Permit::of(self)
    }

    fn try_acquire(self: &Arc<Self>) -> Option<Permit<'_>> {
        self.0.lock().take().then(|| Permit::of(self))
    }

    fn acquire_timeout(self: &Arc<Self>, timeout: Duration) -> Option<Permit<'_>> {
        let mut state = self.0.lock();
        let taken =
            state.take() || state.wait_until(&Deadline::after(timeout), FOR_A_PERMIT);
        taken.then(|| Permit::of(self))
    }
}

impl State {
    fn take(&mut self) -> bool {
        let any = self.available > 0;
        self.available -= usize::from(any);
        any
    }
}

fn give_back(state: &mut ConditionGuard<'_, State>, n: usize) {
    let handed_over = n.min(state.waiting());
    state.notify(handed_over);
    state.available += n - handed_over;
}

/// The right to be inside; goes back to its semaphore when it is dropped.
#[must_use = "the permit goes back when it is dropped"]
#[derive(Debug)]
pub struct Permit<'a> {
    // Ends before the next thread can begin its own.
    _inside: Span,
    held: Held<'a>,
}

impl<'a> Permit<'a> {
    /// A permit that has just been taken.
    fn of(permits: &'a Arc<Permits>) -> Self {
        Self { _inside: trace::span("holds a permit"), held: Held(permits) }
    }

    /// Keeps the permit out without its guard, until it comes back by
    /// [`Semaphore::release`] or [`BoundedSemaphore::release`].
    ///
    /// [`std::mem::forget`] in its place loses a permit of a bounded semaphore for
    /// good.
    pub fn forget(self) {
        let mut state = self.held.0.0.lock();
        // Only a bounded semaphore uses the number; in another it may overflow.
        state.forgotten = state.forgotten.saturating_add(1);
        drop(state);
        std::mem::forget(self.held);
    }

    /// The same permit, which no longer borrows its semaphore, so that it can be moved
    /// into a thread, or kept in a struct.
    ///
    /// ```
    /// # use thread_signals::BoundedSemaphore;
    /// let seats = BoundedSemaphore::new(2);
    /// let seat = seats.acquire().into_owned();
    /// std::thread::spawn(move || drop(seat)).join().unwrap();
    /// assert_eq!(seats.available(), 2);
    /// ```
    pub fn into_owned(self) -> OwnedPermit {
        let permits = Arc::clone(self.held.0);
        std::mem::forget(self.held);
        OwnedPermit { permits }
    }
}

/// A permit that is out; dropping it gives it back.
#[derive(Debug)]
struct Held<'a>(&'a Arc<Permits>);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        give_back(&mut self.0.0.lock(), 1);
    }
}

/// A [`Permit`] that does not borrow its semaphore; made by [`Permit::into_owned`].
#[must_use = "the permit goes back when it is dropped"]
#[derive(Debug)]
pub struct OwnedPermit {
    permits: Arc<Permits>,
}

impl Drop for OwnedPermit {
    fn drop(&mut self) {
        give_back(&mut self.permits.0.lock(), 1);
    }
}

impl fmt::Debug for Semaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Semaphore({})", self.available())
    }
}

impl fmt::Debug for BoundedSemaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BoundedSemaphore({}/{})", self.available(), self.bound)
    }
}

#[cfg(all(test, loom))]
mod loom_models;
#[cfg(all(test, not(loom)))]
mod tests;
