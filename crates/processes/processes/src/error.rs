//! Why a call of this crate failed.

use std::io;

use crate::Exit;

/// Why a process could not be started, signalled or waited for, or that it ended badly.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Fork is refused: this process has several threads.
    #[error(
        "cannot start {name}: this process has {threads} threads, and a child made by \
         fork would have only one of them, with every lock of the others as it stood"
    )]
    Threads {
        /// The process to be started.
        name: String,
        /// How many threads the caller has.
        threads: usize,
    },
    /// Fork is refused: this thread holds what two processes must not have.
    #[error(
        "cannot start {name}: this thread holds {what}, and a child made by fork would \
         hold a copy of it"
    )]
    Held {
        /// The process to be started.
        name: String,
        /// What is held.
        what: &'static str,
    },
    /// A child used what belongs to its parent.
    #[error(
        "{name} belongs to process {owner}, which alone can start, signal or wait for \
         its children"
    )]
    NotYours {
        /// The child, or `the family`.
        name: String,
        /// The process that it belongs to.
        owner: u32,
    },
    /// A child ended badly, and the caller has not asked how it ended.
    #[error("process {name} ended badly: {exit}")]
    Failed {
        /// The child.
        name: String,
        /// How it ended.
        exit: Exit,
    },
    /// All children have ended, and the event that the caller waits for is not set.
    #[error("all children have ended, and none has set the event")]
    NeverSet,
    /// The kernel said no.
    #[error("cannot {what}")]
    Os {
        /// What was tried, on which process.
        what: String,
        /// What the kernel said.
        source: io::Error,
    },
}

impl Error {
    /// Makes the error of a call that the kernel refused, for `map_err`.
    pub(crate) fn os<E: Into<io::Error>>(
        what: impl FnOnce() -> String,
    ) -> impl FnOnce(E) -> Self {
        move |error| Self::Os { what: what(), source: error.into() }
    }
}
