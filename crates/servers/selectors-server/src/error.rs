//! Why a selector could not watch a file, or a server could not serve.

use std::io;
use std::os::fd::RawFd;

/// Why a selector could not watch something, or a server could not serve.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A descriptor is watched once; to watch it for something else there is `modify`.
    #[error("descriptor {fd} is already registered")]
    AlreadyRegistered {
        /// The descriptor.
        fd: RawFd,
    },
    /// It was never registered, or has been unregistered meanwhile.
    #[error("descriptor {fd} is not registered, or not any more")]
    NotRegistered {
        /// The descriptor.
        fd: RawFd,
    },
    /// To watch for nothing is a mistake, in Python as well: to stop watching there is
    /// `unregister`.
    #[error("descriptor {fd} is to be watched for nothing")]
    NoEvents {
        /// The descriptor.
        fd: RawFd,
    },
    /// select(2) keeps descriptors in a set of fixed size, and writes beyond its end if
    /// one is larger.
    #[error(
        "descriptor {fd} is too large for select, which watches only those below \
         {limit} (FD_SETSIZE)"
    )]
    BeyondSelect {
        /// The descriptor.
        fd: RawFd,
        /// The first descriptor that is too large.
        limit: usize,
    },
    /// The server itself failed.
    #[error(transparent)]
    Server(#[from] socket_server::Error),
    /// The kernel said no.
    #[error("cannot {what}")]
    Os {
        /// What was tried.
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
