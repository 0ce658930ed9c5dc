//! Why a server could not serve.

use std::io;

/// Why a server could not serve, or a ring could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The kernel has no `io_uring`, has one that is too old, or does not let this
    /// process use it.
    #[error("the kernel refuses io_uring: {error}")]
    Refused {
        /// What the kernel said.
        error: io::Error,
    },
    /// The server itself failed.
    #[error(transparent)]
    Server(#[from] socket_server::Error),
    /// The kernel said no.
    #[error("cannot {what}")]
    Os {
        /// What was tried.
        what: &'static str,
        /// What the kernel said.
        source: io::Error,
    },
}

impl Error {
    /// Makes the error of a call that the kernel refused, for `map_err`.
    pub(crate) fn os<E: Into<io::Error>>(what: &'static str) -> impl FnOnce(E) -> Self {
        move |error| Self::Os { what, source: error.into() }
    }
}
