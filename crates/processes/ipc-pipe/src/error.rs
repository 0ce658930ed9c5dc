//! Why a message could not be sent or received.

use std::fmt;
use std::io;

use crate::{DecodeError, EncodeError, TooLong};

/// Why a message was not sent. It gives the message back, where the connection had
/// taken it.
#[derive(thiserror::Error)]
#[error("{cause}")]
pub struct SendError<T = ()> {
    /// The message.
    pub message: T,
    /// What was wrong.
    pub cause: SendCause,
}

/// What kept a message from being sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendCause {
    /// The peer has gone.
    #[error("the other end of the pipe is closed")]
    Disconnected,
    /// The message does not fit into a frame.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// This process is a child to which this end of the pipe was not handed over.
    #[error("{NOT_HANDED_OVER}")]
    NotHandedOver,
    /// The kernel said no.
    #[error("cannot send through the pipe")]
    Os(#[source] io::Error),
}

/// Why no message was received.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecvError {
    /// The peer has gone, and all that it had sent has been received. Python's
    /// `EOFError`.
    #[error("the other end of the pipe is closed")]
    Disconnected,
    /// The peer has gone in the middle of a message.
    #[error("the other end of the pipe was closed in the middle of a message")]
    Truncated,
    /// What comes are no frames. The connection is of no use any more.
    #[error(transparent)]
    TooLong(#[from] TooLong),
    /// The message is none of the type that was expected. The next one may be.
    #[error("a message of {length} bytes cannot be decoded: {error}")]
    Decode {
        /// How long the message was.
        length: usize,
        /// What is wrong with it.
        error: DecodeError,
    },
    /// This process is a child to which this end of the pipe was not handed over.
    #[error("{NOT_HANDED_OVER}")]
    NotHandedOver,
    /// The kernel said no.
    #[error("cannot receive from the pipe")]
    Os(#[source] io::Error),
}

const NOT_HANDED_OVER: &str =
    "this process was not given this end of the pipe: `spawn_with` hands it over";

impl<T> SendError<T> {
    /// Whether the peer has gone.
    pub fn is_disconnected(&self) -> bool {
        matches!(self.cause, SendCause::Disconnected)
    }
}

/// Without the message, which may have no `Debug`, or many megabytes.
impl<T> fmt::Debug for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendError").field("cause", &self.cause).finish_non_exhaustive()
    }
}
