//! A place where threads wait until all have come: Python's `threading.Barrier`.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::Condition;
use crate::condition::ConditionGuard;
use crate::sync::Deadline;

/// Blocks each thread until a given number of them have come, then lets all pass, and
/// is ready for the next round.
///
/// Unlike [`std::sync::Barrier`] it can be broken: by a timeout, or by a thread that
/// will not come ([`abort`](Self::abort)). Then no thread waits at it until it is
/// [reset](Self::reset).
///
/// ```
/// # use thread_signals::Barrier;
/// let barrier = Barrier::new(3)?;
/// std::thread::scope(|scope| {
///     for _ in 0..3 {
///         scope.spawn(|| barrier.wait().expect("not broken"));
///     }
/// });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A barrier may have an action, which the last thread to come runs before all go on
/// (Python's `Barrier(parties, action)`):
///
/// ```
/// # use thread_signals::Barrier;
/// let mut rounds = 0;
/// let barrier = Barrier::with_action(3, || rounds += 1)?;
/// std::thread::scope(|scope| {
///     for _ in 0..3 {
///         scope.spawn(|| {
///             barrier.wait().expect("not broken");
///             barrier.wait().expect("not broken");
///         });
///     }
/// });
/// drop(barrier);
/// assert_eq!(rounds, 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Barrier<A = fn()> {
    parties: usize,
    state: Condition<State<A>>,
}

struct State<A> {
    action: A,
    arrived: usize,
    broken: bool,
    /// Whether the present round has been passed. Each round has its own, so that a
    /// waiter that wakes up late, when other rounds have come and gone, still learns
    /// how its own ended. Python makes the next round wait until the last waiter of the
    /// old one has left.
    passed: Arc<AtomicBool>,
}

/// A barrier of no threads was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a barrier needs at least one party")]
pub struct NoParties;

/// The barrier was broken, by a timeout, an abort or a reset, before all had come.
/// Python's `BrokenBarrierError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the barrier is broken")]
pub struct BrokenBarrier;

impl Barrier {
    /// A barrier for `parties` threads.
    ///
    /// # Errors
    /// [`NoParties`] if `parties` is 0: a barrier that no arrival can open.
    pub fn new(parties: usize) -> Result<Self, NoParties> {
        Self::with_action(parties, || ())
    }
}

impl<A: FnMut()> Barrier<A> {
    /// A barrier for `parties` threads, with an action: in each round the last thread
    /// to come runs it before any of them goes on.
    ///
    /// If the action panics, the barrier is broken, and the panic goes on in the thread
    /// that ran it. An action that uses the barrier itself deadlocks.
    ///
    /// # Errors
    /// [`NoParties`] if `parties` is 0.
    pub fn with_action(parties: usize, action: A) -> Result<Self, NoParties> {
        if parties == 0 {
            return Err(NoParties);
        }
        let passed = Arc::default();
        let state = State { action, arrived: 0, broken: false, passed };
        Ok(Self { parties, state: Condition::new(state) })
    }

    /// Waits until all have come, and returns the place of this thread among them: 0
    /// for the first, `parties - 1` for the last.
    ///
    /// # Errors
    /// [`BrokenBarrier`] if it is broken, or breaks before all have come.
    ///
    /// # Panics
    /// If this thread runs the action, and the action panics.
    pub fn wait(&self) -> Result<usize, BrokenBarrier> {
        self.wait_until(&Deadline::never())
    }

    /// Waits for `timeout` at most; then it breaks the barrier, for the threads that
    /// wait and for those that come.
    ///
    /// # Errors
    /// [`BrokenBarrier`] if it is broken, or breaks before all have come.
    ///
    /// # Panics
    /// As [`wait`](Self::wait).
    pub fn wait_timeout(&self, timeout: Duration) -> Result<usize, BrokenBarrier> {
        self.wait_until(&Deadline::after(timeout))
    }

    fn wait_until(&self, deadline: &Deadline) -> Result<usize, BrokenBarrier> {
        let mut state = self.state.lock();
        if state.broken {
            return Err(BrokenBarrier);
        }
        let index = state.arrived;
        state.arrived += 1;
        if state.arrived == self.parties {
            let done = catch_unwind(AssertUnwindSafe(|| (state.action)()));
            match done {
                Ok(()) => end_round(&mut state, true),
                Err(_) => break_for_all(&mut state),
            }
            drop(state);
            return done.map_or_else(|panic| resume_unwind(panic), |()| Ok(index));
        }
        let passed = Arc::clone(&state.passed);
        if !state.wait_until(deadline, "for the others") {
            break_for_all(&mut state);
        }
        if passed.load(Ordering::Relaxed) { Ok(index) } else { Err(BrokenBarrier) }
    }

    /// Breaks the barrier: the threads that wait and those that come get
    /// [`BrokenBarrier`], until it is reset.
    ///
    /// Meant for a thread that will not come, so that the others do not wait for it in
    /// vain. A round that all had reached before stays passed, also for a thread that
    /// has not woken up yet.
    pub fn abort(&self) {
        break_for_all(&mut self.state.lock());
    }

    /// Makes the barrier as new; the threads that wait get [`BrokenBarrier`].
    pub fn reset(&self) {
        let mut state = self.state.lock();
        state.broken = false;
        end_round(&mut state, false);
    }

    /// Whether the barrier is broken.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.state.lock().broken
    }

    /// The number of threads that have to come.
    #[must_use]
    pub fn parties(&self) -> usize {
        self.parties
    }

    /// The number of threads that wait now; a hint only, since others may come.
    #[must_use]
    pub fn n_waiting(&self) -> usize {
        self.state.lock().arrived
    }
}

fn break_for_all<A>(state: &mut ConditionGuard<'_, State<A>>) {
    state.broken = true;
    end_round(state, false);
}

fn end_round<A>(state: &mut ConditionGuard<'_, State<A>>, passed: bool) {
    // Read and written under the lock only, which orders it.
    std::mem::take(&mut state.passed).store(passed, Ordering::Relaxed);
    state.arrived = 0;
    state.notify_all();
}

impl<A> fmt::Debug for Barrier<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.lock();
        if state.broken {
            f.write_str("Barrier(broken)")
        } else {
            write!(f, "Barrier({}/{})", state.arrived, self.parties)
        }
    }
}

#[cfg(all(test, loom))]
mod loom_models;
#[cfg(all(test, not(loom)))]
mod tests;
