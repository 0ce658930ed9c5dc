//! Why an operation on a manager failed.

use std::io;

use ipc_pipe::{DecodeError, EncodeError};

/// Why a manager could not be started, or an operation on what it keeps not be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The manager's process could not be started.
    #[error("cannot start a manager")]
    Start(#[source] io::Error),
    /// The manager's process could not be started.
    #[error(transparent)]
    Process(#[from] processes::Error),
    /// The manager has gone, and with it all that it kept.
    #[error("the manager, process {pid}, has gone, and with it all that it kept")]
    Gone {
        /// The manager's process, as it was.
        pid: u32,
    },
    /// The manager serves as many clients as it has file descriptors for; it answers
    /// others once one of those has ended.
    #[error("the manager, process {pid}, has no file descriptor for another client")]
    Busy {
        /// The manager's process.
        pid: u32,
    },
    /// This process is out of descriptors or memory, for instance.
    #[error("cannot reach the manager")]
    Connection(#[source] io::Error),
    /// The request or the answer takes more than 16 MiB. Of the values that are added
    /// to a list at once each counts for at least 16 bytes.
    #[error(
        "a request to a manager, or its answer, takes more than {} bytes",
        ipc_pipe::LIMIT
    )]
    TooLong,
    /// A key or a value cannot be encoded.
    #[error(transparent)]
    Encode(EncodeError),
    /// The manager keeps a value of another type than expected.
    #[error("the value that the manager keeps cannot be decoded: {0}")]
    Decode(DecodeError),
    /// A list has no such place.
    #[error("there is no place {index} in a list of {length}")]
    OutOfRange {
        /// The place.
        index: usize,
        /// How long the list is.
        length: usize,
    },
}

impl From<EncodeError> for Error {
    fn from(error: EncodeError) -> Self {
        match error {
            EncodeError::TooLong => Self::TooLong,
            error => Self::Encode(error),
        }
    }
}
