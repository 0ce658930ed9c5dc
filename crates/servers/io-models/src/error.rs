//! Why something could not be read.

use std::io;

/// Why a read could not be begun, or a means of waiting not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The kernel has no such thing, or does not let this process have it.
    #[error("the kernel refuses {what}: {source}")]
    Refused {
        /// What it refuses.
        what: &'static str,
        /// What the kernel said.
        source: io::Error,
    },
    /// As many reads are under way as there is room for.
    #[error("{limit} reads are under way, and there is room for no more")]
    Full {
        /// The most that may be under way.
        limit: usize,
        /// The buffer that was given for the read.
        buffer: Vec<u8>,
    },
    /// The process has one set of handlers, and another part of it waits for signals.
    #[error("another wait for signals is under way in this process")]
    SignalTaken,
    /// The kernel said no.
    #[error("cannot {what}: {source}")]
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
