//! The counters of a server.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::Event;

/// What a server has done so far, read and written from any thread.
///
/// Each number is right by itself; read while the server works, they need not fit each
/// other.
#[derive(Debug, Default)]
pub struct Statistics {
    connections: AtomicU64,
    open: AtomicU64,
    peak_open: AtomicU64,
    broken: AtomicU64,
    refused: AtomicU64,
    messages: AtomicU64,
    received: AtomicU64,
    sent: AtomicU64,
    peak_buffer: AtomicU64,
}

impl Statistics {
    /// How many clients have been accepted.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.connections.load(Relaxed)
    }

    /// How many are connected now.
    #[must_use]
    pub fn open(&self) -> u64 {
        self.open.load(Relaxed)
    }

    /// How many were connected at once, at most.
    #[must_use]
    pub fn peak_open(&self) -> u64 {
        self.peak_open.load(Relaxed)
    }

    /// How many connections broke or were cut.
    #[must_use]
    pub fn broken(&self) -> u64 {
        self.broken.load(Relaxed)
    }

    /// How many times something was received, which is what the notes take for a
    /// message.
    #[must_use]
    pub fn messages(&self) -> u64 {
        self.messages.load(Relaxed)
    }

    /// How many bytes have been received.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.received.load(Relaxed)
    }

    /// How many bytes have been sent.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.sent.load(Relaxed)
    }

    /// How many bytes the most indebted connection was owed at its worst, in the
    /// server's own memory.
    #[must_use]
    pub fn peak_buffer(&self) -> u64 {
        self.peak_buffer.load(Relaxed)
    }

    /// Counts a message that was received.
    pub fn count_received(&self, bytes: usize) {
        self.messages.fetch_add(1, Relaxed);
        self.received.fetch_add(bytes as u64, Relaxed);
    }

    /// Counts bytes that were sent.
    pub fn count_sent(&self, bytes: usize) {
        self.sent.fetch_add(bytes as u64, Relaxed);
    }

    /// Notes how many bytes a connection is owed.
    pub fn note_buffer(&self, bytes: usize) {
        // Nearly always there is nothing new, and to look is cheaper than to try.
        if bytes as u64 > self.peak_buffer() {
            self.peak_buffer.fetch_max(bytes as u64, Relaxed);
        }
    }

    pub(crate) fn count(&self, event: &Event) {
        match event {
            Event::Connected { .. } => {
                self.connections.fetch_add(1, Relaxed);
                let open = self.open.fetch_add(1, Relaxed) + 1;
                self.peak_open.fetch_max(open, Relaxed);
            }
            Event::Closed { .. } => {
                self.open.fetch_sub(1, Relaxed);
            }
            Event::Broken { .. } | Event::Cut { .. } | Event::Idle { .. } => {
                self.open.fetch_sub(1, Relaxed);
                self.broken.fetch_add(1, Relaxed);
            }
            Event::Refused { .. } => {
                self.refused.fetch_add(1, Relaxed);
            }
            _ => {}
        }
    }
}

impl fmt::Display for Statistics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |number: &AtomicU64| number.load(Relaxed);
        write!(
            formatter,
            "connections {} (open {}, at most {}, broken {}, refused {}), messages \
             {}, bytes {} in and {} out, peak buffer {}",
            of(&self.connections),
            of(&self.open),
            of(&self.peak_open),
            of(&self.broken),
            of(&self.refused),
            of(&self.messages),
            of(&self.received),
            of(&self.sent),
            of(&self.peak_buffer)
        )
    }
}
