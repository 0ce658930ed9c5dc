//! Why a job could not be run.

use std::io;

use processes::Exit;

/// Why a job could not be run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The kernel has no room for another thread.
    #[error("cannot start thread {number}")]
    Thread {
        /// Its number among the tasks.
        number: u32,
        /// What the kernel said.
        source: io::Error,
    },
    /// A process could not be started or waited for. Fork is refused if the caller has
    /// more than one thread.
    #[error(transparent)]
    Process(#[from] processes::Error),
    /// A process ended before it had done its task.
    #[error("process {number} ended badly: {exit}")]
    Ended {
        /// Its number among the tasks.
        number: u32,
        /// How it ended.
        exit: Exit,
    },
    /// The kernel has no memory that processes could share.
    #[error("cannot map memory for the results of processes")]
    Memory(#[source] io::Error),
    /// The kernel has no descriptor for the runtime of coroutines.
    #[error("cannot build a runtime for coroutines")]
    Runtime(#[source] io::Error),
    /// The kernel does not tell on which cores this process may run.
    #[error("cannot learn which cores this process may use")]
    Cores(#[source] io::Error),
}
