//! Why a pool cannot be made or ends badly, why a task is refused, and why it has no
//! result.

use std::io;

use processes::Exit;
use serde::{Deserialize, Serialize};

/// Why a pool could not be made, or did not end well.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A pool has one worker at least, and a limited number at most.
    #[error("a pool has 1 to {limit} workers, not {asked}")]
    Workers {
        /// How many were asked for.
        asked: usize,
        /// How many there may be.
        limit: usize,
    },
    /// The processes of the pool could not be started, or waited for.
    #[error(transparent)]
    Processes(#[from] processes::Error),
    /// The keeper of a process pool has ended badly, and the pool with it.
    #[error("the pool is broken: its keeper {0}")]
    Broken(Exit),
    /// The pool belongs to another process: this one is a child of it.
    #[error("{NOT_YOURS}")]
    NotYours,
    /// The kernel said no.
    #[error("cannot {what}")]
    Os {
        /// What was tried.
        what: &'static str,
        /// What the kernel said.
        source: io::Error,
    },
}

/// Why a task was not submitted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[non_exhaustive]
pub enum SubmitError {
    /// The pool takes no more tasks.
    #[error("the pool has been shut down")]
    ShutDown,
    /// The pool's workers are gone, or their initializer has failed.
    #[error("the pool is broken")]
    Broken,
    /// The argument cannot be sent to another process.
    #[error("the task's argument cannot be sent: {0}")]
    Encode(String),
    /// The pool belongs to another process: this one is a child of it.
    #[error("{NOT_YOURS}")]
    NotYours,
}

/// Why a task has no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[non_exhaustive]
pub enum TaskError {
    /// The task panicked, with this message.
    #[error("the task panicked: {0}")]
    Panicked(String),
    /// The task was cancelled before it began.
    #[error("the task was cancelled")]
    Cancelled,
    /// The worker process that ran the task ended before the task did.
    #[error("the worker process that ran the task ended: {exit}")]
    BrokenWorker {
        /// How it ended.
        #[serde(with = "ExitOnTheWire")]
        exit: Exit,
    },
    /// The pool was terminated, or has broken, before the task was done.
    #[error("the pool ended before the task was done")]
    BrokenPool,
    /// The result cannot be sent to the process that waits for it.
    #[error("the task's result cannot be sent: {0}")]
    Encode(String),
    /// The argument or the result cannot be read where it has arrived.
    #[error("the task's argument or result cannot be read: {0}")]
    Decode(String),
    /// The task was not submitted; only [`map`](crate::Executor::map) reports it so.
    #[error(transparent)]
    NotSubmitted(#[from] SubmitError),
    /// The future belongs to another process: this one is a child of it.
    #[error("{NOT_YOURS}")]
    NotYours,
}

const NOT_YOURS: &str = "the pool belongs to the process that has made it, not to a \
                         child of that process";

/// As [`Exit`], which knows nothing of serde.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Exit")]
enum ExitOnTheWire {
    Ok,
    Code(i32),
    Fatal(i32),
    Killed(i32),
}
