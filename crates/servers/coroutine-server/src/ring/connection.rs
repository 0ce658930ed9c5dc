//! A connection of a ring: what is under way for it, and what its client is owed.

use std::net::TcpStream;

use super::id::Id;

/// From so many bytes on that a client is owed nothing more is received from it, until
/// it has taken half of that.
pub const LIMIT: usize = 64 * 1024;

/// So much memory a connection may keep that owes nothing.
const KEPT: usize = 4 * 1024;

/// A connection, from [`receive`](super::Ring::receive) until it is closed and the
/// kernel is done with it.
#[expect(
    clippy::struct_excessive_bools,
    reason = "a connection receives, sends and ends independently"
)]
pub(super) struct Connection {
    pub(super) id: Id,
    pub(super) stream: TcpStream,
    /// What the kernel is sending, and must stay where it is; and how much it has sent.
    sending: Vec<u8>,
    sent: usize,
    /// What is to be sent after that.
    later: Vec<u8>,
    /// Whether a send is under way.
    pub(super) is_sending: bool,
    /// Whether a receive is under way.
    pub(super) is_receiving: bool,
    /// Whether the client owes it to its slowness that nothing is received from it.
    is_paused: bool,
    /// Whether there is nothing more to receive: the end has come, or an error.
    pub(super) has_ended: bool,
    /// Whether it is closed as soon as nothing is under way.
    pub(super) is_closing: bool,
}

impl Connection {
    pub(super) fn new(id: Id, stream: TcpStream) -> Self {
        Self {
            id,
            stream,
            sending: Vec::new(),
            sent: 0,
            later: Vec::new(),
            is_sending: false,
            is_receiving: false,
            is_paused: false,
            has_ended: false,
            is_closing: false,
        }
    }

    /// How many bytes the client is owed.
    pub(super) fn owed(&self) -> usize {
        self.sending.len() - self.sent + self.later.len()
    }

    pub(super) fn owe(&mut self, bytes: &[u8]) {
        self.later.extend_from_slice(bytes);
    }

    /// Whether the client is owed so much that its receive must be cancelled.
    pub(super) fn pauses(&mut self) -> bool {
        let pauses = self.is_receiving && self.owed() >= LIMIT;
        self.is_paused |= pauses;
        pauses
    }

    /// Whether a receive is to begin.
    pub(super) fn receives_again(&mut self) -> bool {
        let idle = !self.is_receiving && !self.has_ended && !self.is_closing;
        let again = idle && (!self.is_paused || self.owed() <= LIMIT / 2);
        self.is_paused &= !again;
        again
    }

    /// The bytes that are to be sent next, unless a send is under way or there are
    /// none. They stay where they are until it has ended.
    pub(super) fn next_to_send(&mut self) -> Option<&[u8]> {
        if self.is_sending || self.is_closing {
            return None;
        }
        if self.sent == self.sending.len() {
            self.sending.clear();
            self.sent = 0;
            std::mem::swap(&mut self.sending, &mut self.later);
            if self.sending.is_empty() && self.later.capacity() > KEPT {
                self.later = Vec::new();
            }
        }
        let rest = &self.sending[self.sent..];
        (!rest.is_empty()).then_some(rest)
    }

    /// A send has ended, and has taken so many bytes.
    pub(super) fn has_sent(&mut self, count: usize) {
        self.is_sending = false;
        self.sent += count;
    }

    /// Whether it is to be closed, and can be.
    pub(super) fn is_done(&self) -> bool {
        self.is_closing && !self.is_sending && !self.is_receiving
    }
}
