//! Why a server could not serve, or a client got no answer.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// Why a server could not serve, or a client got no good answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another program listens there already.
    #[error("{address} is in use: another program listens there")]
    PortInUse {
        /// The host and the port asked for.
        address: String,
    },
    /// The host has no address, or none of this machine.
    #[error("cannot listen on {address}")]
    Listen {
        /// The host and the port asked for.
        address: String,
        /// What the kernel or the resolver said.
        source: io::Error,
    },
    /// A pool without threads would serve no client.
    #[error("a pool needs at least one thread")]
    NoThreads,
    /// No server is there.
    #[error("nothing listens on {address}")]
    NothingListens {
        /// Where one was looked for.
        address: String,
    },
    /// The server could not be reached for another reason.
    #[error("cannot connect to {address}")]
    Connect {
        /// Where the server was looked for.
        address: String,
        /// What the kernel or the resolver said.
        source: io::Error,
    },
    /// The server closed the connection before its answer was whole.
    #[error("{server} closed the connection before its answer was whole")]
    Closed {
        /// The server.
        server: SocketAddr,
    },
    /// The server's answer did not come in time.
    #[error("no answer from {server} within {} s", waited.as_secs())]
    NoAnswer {
        /// The server.
        server: SocketAddr,
        /// How long it was waited for.
        waited: Duration,
    },
    /// A byte of the answer is not the one that the protocol demands.
    #[error("{server} answered wrongly: {}", String::from_utf8_lossy(answer))]
    WrongAnswer {
        /// The server.
        server: SocketAddr,
        /// The bytes that do not fit.
        answer: Vec<u8>,
    },
    /// More descriptors are needed than this process may have.
    #[error("{needed} open files are needed, but the limit is {limit} (ulimit -n)")]
    Descriptors {
        /// How many are needed.
        needed: u64,
        /// How many the hard limit allows.
        limit: u64,
    },
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
    pub(crate) fn os<E: Into<io::Error>>(what: &str) -> impl FnOnce(E) -> Self {
        move |error| Self::Os { what: what.to_owned(), source: error.into() }
    }
}
