//! A number of permits, of which each thread inside holds one: Python's
//! `threading.BoundedSemaphore`.

use std::fmt;
use std::time::Duration;

use crate::Condition;
use crate::condition::ConditionGuard;
use crate::sync::Deadline;

/// So many permits and never more (N5.5).
///
/// [`acquire`](Self::acquire) gives a [`Permit`] that goes back when it is dropped,
/// also by a panic: the release that Python's `with` makes and that a bare `acquire`
/// forgets.
///
/// ```
/// # use thread_signals::BoundedSemaphore;
/// let seats = BoundedSemaphore::new(2);
/// let (_mine, _yours) = (seats.acquire(), seats.acquire());
/// assert!(seats.try_acquire().is_none());
/// ```
///
/// To give one permit back twice does not compile, since giving it back uses it up:
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
/// the one that has waited longest, and nobody can snatch it in between. So none
/// starves, unlike in Python, where a thread that releases and at once acquires again
/// may win every time. The price is a switch of threads for each permit that is waited
/// for.
pub struct BoundedSemaphore {
    bound: usize,
    state: Condition<State>,
}

/// `available`, `forgotten` and the permits that are held add up to the bound. Threads
/// wait only while none is available.
struct State {
    available: usize,
    forgotten: usize,
}

const FOR_A_PERMIT: &str = "for a permit";

/// More releases than permits that were forgotten; nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("semaphore of {bound} released too often: no permit is out without its guard")]
pub struct TooManyReleases {
    /// How many permits the semaphore has.
    pub bound: usize,
}

impl BoundedSemaphore {
    /// A semaphore of `bound` permits, all available.
    ///
    /// A negative bound, a `ValueError` in Python, cannot be written. With a bound of 0
    /// nobody ever gets in.
    #[must_use]
    pub fn new(bound: usize) -> Self {
        Self { bound, state: Condition::new(State { available: bound, forgotten: 0 }) }
    }

    /// Takes a permit, and waits for one if none is available.
    pub fn acquire(&self) -> Permit<'_> {
        let mut state = self.state.lock();
        if !state.take() {
            // Who gives a permit back hands it to the one whom it notifies.
            state.wait_until(Deadline::NEVER, FOR_A_PERMIT);
        }
        Permit { semaphore: self }
    }

    /// Takes a permit if one is available.
    #[must_use = "the permit goes back when it is dropped"]
    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        self.state.lock().take().then(|| Permit { semaphore: self })
    }

    /// Takes a permit, and waits for one for so long at most.
    #[must_use = "the permit goes back when it is dropped"]
    pub fn acquire_timeout(&self, timeout: Duration) -> Option<Permit<'_>> {
        let mut state = self.state.lock();
        let taken =
            state.take() || state.wait_until(Deadline::after(timeout), FOR_A_PERMIT);
        taken.then(|| Permit { semaphore: self })
    }

    /// Gives back a permit whose guard was [forgotten](Permit::forget), from whichever
    /// thread.
    ///
    /// # Errors
    /// [`TooManyReleases`] if none was forgotten. Python counts the releases alone, so
    /// one too many while others are inside goes unnoticed and lets one more in than
    /// the bound; here it is refused where it is made.
    ///
    /// ```
    /// # use thread_signals::BoundedSemaphore;
    /// let seats = BoundedSemaphore::new(2);
    /// seats.acquire().forget();
    /// assert!(seats.release().is_ok());
    /// assert!(seats.release().is_err());
    /// assert_eq!(seats.available(), 2);
    /// ```
    pub fn release(&self) -> Result<(), TooManyReleases> {
        let mut state = self.state.lock();
        state.forgotten = state
            .forgotten
            .checked_sub(1)
            .ok_or(TooManyReleases { bound: self.bound })?;
        give_back(&mut state);
        Ok(())
    }

    /// How many permits are available at the moment; a hint only, since others may take
    /// them.
    #[must_use]
    pub fn available(&self) -> usize {
        self.state.lock().available
    }
}

impl State {
    fn take(&mut self) -> bool {
        let any = self.available > 0;
        self.available -= usize::from(any);
        any
    }
}

fn give_back(state: &mut ConditionGuard<'_, State>) {
    if state.waiting() == 0 {
        state.available += 1;
    } else {
        state.notify(1);
    }
}

/// The right to be inside; goes back to its [`BoundedSemaphore`] when it is dropped.
#[must_use = "the permit goes back when it is dropped"]
#[derive(Debug)]
pub struct Permit<'a> {
    semaphore: &'a BoundedSemaphore,
}

impl Permit<'_> {
    /// Keeps the permit out without its guard, until somebody calls
    /// [`BoundedSemaphore::release`].
    ///
    /// [`std::mem::forget`] in its place loses the permit for good.
    pub fn forget(self) {
        self.semaphore.state.lock().forgotten += 1;
        std::mem::forget(self);
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        give_back(&mut self.semaphore.state.lock());
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
