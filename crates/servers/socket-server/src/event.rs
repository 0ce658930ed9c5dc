//! What happens at a server.

use std::fmt;
use std::net::SocketAddr;

/// What happens at a server, for its log and for a caller that waits until it has
/// happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A client was accepted.
    Connected {
        /// The client.
        peer: SocketAddr,
    },
    /// A client has ended its connection, and has been told all that it was owed.
    Closed {
        /// The client.
        peer: SocketAddr,
    },
    /// A connection broke.
    Broken {
        /// The client.
        peer: SocketAddr,
        /// How: reset by the client, say.
        error: String,
    },
    /// A connection was cut by the server, for it had to stop and the client did not
    /// take its answers in time.
    Cut {
        /// The client.
        peer: SocketAddr,
    },
    /// A client was disconnected, for it neither sent nor took anything for too long.
    Idle {
        /// The client.
        peer: SocketAddr,
    },
    /// A client was sent away, for it could not be served.
    Refused {
        /// The client.
        peer: SocketAddr,
        /// Why.
        error: String,
    },
    /// No more clients can be accepted for now.
    Exhausted {
        /// What is lacking: descriptors, say.
        error: String,
    },
    /// Clients are accepted again.
    Accepting,
}

impl Event {
    /// The client whose connection is over with this event, if one is.
    #[must_use]
    pub fn ended(&self) -> Option<SocketAddr> {
        match *self {
            Self::Closed { peer }
            | Self::Broken { peer, .. }
            | Self::Cut { peer }
            | Self::Idle { peer }
            | Self::Refused { peer, .. } => Some(peer),
            Self::Connected { .. } | Self::Exhausted { .. } | Self::Accepting => None,
        }
    }

    /// Whether it is of the everyday kind, which only a reader of details wants to see.
    #[must_use]
    pub fn is_detail(&self) -> bool {
        matches!(self, Self::Connected { .. } | Self::Closed { .. })
    }
}

impl fmt::Display for Event {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connected { peer } => write!(formatter, "{peer} connected"),
            Self::Closed { peer } => write!(formatter, "{peer} closed"),
            Self::Broken { peer, error } => write!(formatter, "{peer} broke: {error}"),
            Self::Cut { peer } => write!(formatter, "{peer} cut off, the server stops"),
            Self::Idle { peer } => write!(formatter, "{peer} idle, disconnected"),
            Self::Refused { peer, error } => {
                write!(formatter, "{peer} refused: {error}")
            }
            Self::Exhausted { error } => {
                write!(formatter, "cannot accept for now: {error}")
            }
            Self::Accepting => write!(formatter, "accepting again"),
        }
    }
}
