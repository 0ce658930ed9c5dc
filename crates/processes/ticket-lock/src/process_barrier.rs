//! A place where processes wait until all of them are there.

use std::io::{self, PipeReader, PipeWriter, Read as _, Write as _, pipe};
use std::sync::atomic::{AtomicU64, Ordering};

use shared::trace;

use crate::memory::SharedMemory;

/// Lets nobody through until so many processes have come: Python's
/// `multiprocessing.Barrier`.
///
/// A process that is killed on its way there keeps the others waiting; who has started
/// them learns of its death and ends them (`Family::join` of the crate `processes`, at
/// the first that ends badly).
///
/// ```
/// # use processes::scope;
/// let both_are_there = ticket_lock::ProcessBarrier::new(2)?;
/// scope(|family| {
///     family.spawn("x", || both_are_there.wait())?;
///     family.spawn("y", || both_are_there.wait())?;
///     family.join()
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ProcessBarrier {
    parties: u64,
    /// How many have come, in all rounds together.
    arrived: SharedMemory<AtomicU64>,
    /// The last to come puts a pass for each into a pipe, and each takes one. The next
    /// round has another pipe, or who is quick would take the pass of one who is still
    /// to leave the round before. The third can have the first again: it begins when
    /// all have come to the second.
    passes: [(PipeReader, PipeWriter); 2],
}

impl ProcessBarrier {
    /// A barrier for so many processes, which are to be forked from this one.
    ///
    /// # Errors
    /// If it is for nobody, or the kernel gives no memory or no pipe.
    pub fn new(parties: u32) -> io::Result<Self> {
        if parties == 0 {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "a barrier is for one process at least",
            ));
        }
        let arrived = SharedMemory::new(AtomicU64::new(0), 0)?;
        Ok(Self { parties: parties.into(), arrived, passes: [pipe()?, pipe()?] })
    }

    /// Waits until all are there.
    ///
    /// # Errors
    /// If the pipe fails.
    pub fn wait(&self) -> io::Result<()> {
        let _waits = trace::waiting("for the others");
        let before_me = self.arrived.fetch_add(1, Ordering::Relaxed);
        let round = before_me / self.parties;
        let pipe = &self.passes[(round % 2) as usize];
        if before_me % self.parties == self.parties - 1 {
            (&pipe.1).write_all(&vec![0; self.parties as usize])?;
        }
        (&pipe.0).read_exact(&mut [0])
    }
}
