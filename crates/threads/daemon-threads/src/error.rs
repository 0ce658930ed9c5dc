//! Why a thread was not started.

use std::io;

/// Why a crew did not start a thread.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The crew has ended: the program is about to end, and would cut the thread off.
    #[error("cannot start thread {name}: the crew has ended")]
    Ended {
        /// The thread.
        name: String,
    },
    /// The system has no room for a thread.
    #[error("cannot start thread {name}")]
    Start {
        /// The thread.
        name: String,
        /// What the system said.
        source: io::Error,
    },
}
