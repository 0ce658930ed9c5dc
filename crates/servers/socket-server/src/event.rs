use std::fmt;
use std::net::SocketAddr;

/// What happens at a server, for its log and for whoever waits until it has happened.
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
    /// A client was sent away, for it could not be served.
    Refused {
        /// The client.
        peer: SocketAddr,
        /// Why.
        error: String,
    },
    /// A client reads its answers so slowly that nothing more is read from it until it
    /// has.
    Paused {
        /// The client.
        peer: SocketAddr,
    },
    /// A client that was too slow has taken enough to be read from again.
    Resumed {
        /// The client.
        peer: SocketAddr,
    },
    /// No more clients can be accepted for now.
    Exhausted {
        /// What is lacking: descriptors, say.
        error: String,
    },
    /// Clients are accepted again.
    Accepting,
    /// N5.2: what a round of the select server watches and finds.
    Round {
        /// How many are watched for something to read.
        inputs: usize,
        /// How many have something to read.
        readable: usize,
        /// How many can be written to.
        writable: usize,
        /// How many have something to be written.
        outputs: usize,
    },
}

impl Event {
    /// Whether it is of the everyday kind, which only a reader of details wants to see.
    #[must_use]
    pub fn is_detail(&self) -> bool {
        use Event::{Closed, Connected, Paused, Resumed, Round};
        matches!(
            self,
            Connected { .. }
                | Closed { .. }
                | Paused { .. }
                | Resumed { .. }
                | Round { .. }
        )
    }
}

impl fmt::Display for Event {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connected { peer } => write!(formatter, "{peer} connected"),
            Self::Closed { peer } => write!(formatter, "{peer} closed"),
            Self::Broken { peer, error } => write!(formatter, "{peer} broke: {error}"),
            Self::Cut { peer } => write!(formatter, "{peer} cut off, the server stops"),
            Self::Refused { peer, error } => {
                write!(formatter, "{peer} refused: {error}")
            }
            Self::Paused { peer } => {
                write!(formatter, "{peer} reads too slowly, paused")
            }
            Self::Resumed { peer } => write!(formatter, "{peer} has caught up"),
            Self::Exhausted { error } => {
                write!(formatter, "cannot accept for now: {error}")
            }
            Self::Accepting => write!(formatter, "accepting again"),
            Self::Round { inputs, readable, writable, outputs } => {
                write!(
                    formatter,
                    "inputs {inputs}, readable {readable}, writable {writable}, \
                     outputs {outputs}"
                )
            }
        }
    }
}
