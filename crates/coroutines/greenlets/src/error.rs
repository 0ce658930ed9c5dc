//! Why a greenlet could not be given a function or killed.

use std::io;

/// Why a greenlet does not do as it is told.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It has a function already, or is dead.
    #[error("greenlet {0} takes no function: it has one or is dead")]
    Taken(String),
    /// The system gives no memory for its stack.
    #[error("greenlet {name} gets no stack: {source}")]
    NoStack {
        /// The greenlet's name.
        name: String,
        /// What the system says.
        source: io::Error,
    },
    /// It runs, so it cannot be killed.
    #[error("greenlet {0} cannot be killed: only one that waits in a switch can")]
    Runs(String),
}
