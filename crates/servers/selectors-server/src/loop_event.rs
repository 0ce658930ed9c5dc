//! What happens in the event loop itself, beside the events of its connections.

use std::fmt;
use std::net::SocketAddr;
use std::os::fd::AsFd;

use crate::backend::Backend;
use crate::{Events, Id, Selector, ready_for};

/// What happens in the event loop itself. The events of its connections are those of
/// the server, see [`Event`](socket_server::Event).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoopEvent {
    /// A client reads its answers so slowly that nothing more is read from it until it
    /// has caught up.
    Paused {
        /// The client.
        peer: SocketAddr,
    },
    /// A client that was too slow has taken enough to be read from again.
    Resumed {
        /// The client.
        peer: SocketAddr,
    },
    /// A round begins.
    Round(Round),
}

/// N5.2: what a round of the select server watches and finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Round {
    /// How many are watched for something to read.
    pub inputs: usize,
    /// How many have something to read.
    pub readable: usize,
    /// How many can be written to.
    pub writable: usize,
    /// How many have something to be written.
    pub outputs: usize,
}

impl Round {
    /// The counts of a round in which `selector` has found `ready`.
    pub fn of<F: AsFd, T, B: Backend>(
        selector: &Selector<F, T, B>,
        ready: &[(Id, Events)],
    ) -> Self {
        Self {
            inputs: selector.watched_for(Events::READ),
            readable: ready_for(ready, Events::READ).count(),
            writable: ready_for(ready, Events::WRITE).count(),
            outputs: selector.watched_for(Events::WRITE),
        }
    }
}

impl fmt::Display for LoopEvent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Paused { peer } => {
                write!(formatter, "{peer} reads too slowly, paused")
            }
            Self::Resumed { peer } => write!(formatter, "{peer} has caught up"),
            Self::Round(round) => round.fmt(formatter),
        }
    }
}

impl fmt::Display for Round {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { inputs, readable, writable, outputs } = self;
        write!(
            formatter,
            "inputs {inputs}, readable {readable}, writable {writable}, outputs \
             {outputs}"
        )
    }
}
