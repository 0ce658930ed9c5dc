//! A barrier for processes: each waits until all of them have come.

use shared::trace;

use crate::futex::Futex;

#[cfg(loom)]
use loom::sync::atomic::{AtomicU64, Ordering};
#[cfg(not(loom))]
use {
    crate::memory::{Shareable, SharedMemory},
    std::io,
    std::sync::atomic::{AtomicU64, Ordering},
};

/// Blocks each process until a given number of them have come: Python's
/// `multiprocessing.Barrier`.
///
/// After that it can be used again, for the next round. A process that is killed on its
/// way to the barrier keeps the others waiting; [`Family::join`](crate::Family::join)
/// returns at the first child that ends badly, and the scope then ends the others. A
/// process that is killed at the barrier, at any instruction, has either come or not.
///
/// ```
/// # use processes::scope;
/// let both_have_come = processes::ProcessBarrier::new(2)?;
/// scope(|family| {
///     family.spawn("x", || both_have_come.wait())?;
///     family.spawn("y", || both_have_come.wait())?;
///     family.join()
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[cfg(not(loom))]
#[derive(Debug)]
pub struct ProcessBarrier(SharedMemory<Arrivals>);

#[cfg(not(loom))]
impl ProcessBarrier {
    /// A barrier for `parties` processes, which are forked from this one later.
    ///
    /// # Errors
    /// If `parties` is 0, or the kernel gives no memory.
    pub fn new(parties: u32) -> io::Result<Self> {
        if parties == 0 {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "a barrier is for one process at least",
            ));
        }
        Ok(Self(SharedMemory::new(Arrivals::new(parties), 0)?))
    }

    /// Waits until all have come.
    ///
    /// Each process then sees all memory that the others wrote before they came.
    pub fn wait(&self) {
        self.0.wait();
    }
}

/// The part of the barrier that the processes share.
#[derive(Debug)]
struct Arrivals {
    parties: u64,
    /// The number of arrivals in all rounds together. A round ends with the one that
    /// makes it a multiple of the parties.
    count: AtomicU64,
    /// The number of rounds that have ended, for those that sleep until the next end.
    rounds: Futex,
}

impl Arrivals {
    fn new(parties: u32) -> Self {
        Self {
            parties: parties.into(),
            count: AtomicU64::new(0),
            rounds: Futex::shared(0),
        }
    }

    fn wait(&self) {
        // Acquire and release: the last arrival sees what was written before all the
        // others, and passes it on.
        let before = self.count.fetch_add(1, Ordering::AcqRel);
        let end_of_round = before - before % self.parties + self.parties;
        if before + 1 == end_of_round {
            self.rounds.fetch_add(1, Ordering::Release);
            self.rounds.wake(u32::MAX);
            return;
        }
        let _waits = trace::waiting("for the others");
        loop {
            // In this order: a round that ends after the look at the count has changed
            // the futex, and the sleep does not begin.
            let seen = self.rounds.load(Ordering::Acquire);
            if self.count.load(Ordering::Acquire) >= end_of_round {
                return;
            }
            self.rounds.wait(seen, None);
        }
    }
}

// SAFETY: atomics, a constant, and a futex that reaches across processes.
#[cfg(not(loom))]
unsafe impl Shareable for Arrivals {}

#[cfg(all(test, loom))]
mod loom_models;
