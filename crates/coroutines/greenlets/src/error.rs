//! Why a greenlet could not be given a function or killed.

use std::io;

/// Why a greenlet was not given a function or not killed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It has a function already, or is dead.
    #[error("greenlet {0} takes no function: it has one or is dead")]
    Taken(String),
    /// The system has no memory for its stack.
    #[error("greenlet {name} gets no stack: {source}")]
    NoStack {
        /// The greenlet's name.
        name: String,
        /// The system's error.
        source: io::Error,
    },
    /// It runs, or waits for a greenlet that it kills, so it cannot be killed.
    #[error("greenlet {0} cannot be killed: it does not wait in a switch")]
    Runs(String),
}
