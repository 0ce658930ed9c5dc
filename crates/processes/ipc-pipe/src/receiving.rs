//! Bytes from the peer: waiting for them, keeping them, and what the kernel says when
//! the peer has gone.

use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::time::Instant;

use processes::held::PrivateFd;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{RecvFlags, recv};

use crate::frame::NEXT;
use crate::{Inbox, RecvError};

/// The side of a socket that receives, with what has come in and has not been asked for
/// yet.
#[derive(Debug)]
pub(crate) struct Incoming {
    socket: Arc<PrivateFd>,
    inbox: Inbox,
    /// Whether the peer sends nothing more.
    ended: bool,
}

impl Incoming {
    pub(crate) fn new(socket: Arc<PrivateFd>) -> Self {
        Self { socket, inbox: Inbox::default(), ended: false }
    }

    pub(crate) fn socket(&self) -> &PrivateFd {
        &self.socket
    }

    /// Whether the next message, or the end, is here already.
    pub(crate) fn is_ready(&self) -> bool {
        self.ended || !matches!(self.inbox.next(), Ok(None))
    }

    /// Whether nothing more is to be taken in.
    pub(crate) fn is_full(&self) -> bool {
        self.ended || self.inbox.is_full()
    }

    /// Waits until something comes, until `deadline` at most, and takes nothing;
    /// whether something has come.
    pub(crate) fn poll(&self, deadline: Option<Instant>) -> bool {
        let Some(socket) = self.socket.get() else { return true };
        // Of an error the next one to receive is told.
        self.is_ready() || !matches!(wait_for(socket, deadline), Ok(false))
    }

    /// Waits for a whole message, until `deadline` at most if there is one; gives its
    /// length.
    pub(crate) fn wait(
        &mut self,
        deadline: Option<Instant>,
    ) -> Result<Option<usize>, RecvError> {
        loop {
            if let Some(length) = self.inbox.next()? {
                return Ok(Some(length));
            }
            if !self.take_in(deadline)? {
                return Ok(None);
            }
        }
    }

    /// Takes out a message that is there, by the length that [`wait`](Self::wait) gave.
    pub(crate) fn take(&mut self, length: usize) -> &[u8] {
        self.inbox.take(length)
    }

    /// Waits for a message and moves it into `buffer`. Of one that is not there yet,
    /// the rest goes there without a detour.
    pub(crate) fn receive_into(
        &mut self,
        buffer: &mut Vec<u8>,
    ) -> Result<(), RecvError> {
        let (mut come, length) = loop {
            if let Some(length) = self.inbox.next()? {
                buffer.clear();
                buffer.extend_from_slice(self.inbox.take(length));
                return Ok(());
            }
            if let Some((begun, length)) = self.inbox.take_part() {
                buffer.truncate(length);
                make_room(buffer, begun.len(), length);
                buffer[..begun.len()].copy_from_slice(begun);
                break (begun.len(), length);
            }
            self.take_in(None)?;
        };
        let socket = self.socket.get().ok_or(RecvError::NotHandedOver)?;
        while come < length {
            make_room(buffer, come, length);
            match receive_some(socket, &mut buffer[come..], RecvFlags::empty()) {
                Ok(0) => {
                    self.ended = true;
                    return Err(RecvError::Truncated);
                }
                Ok(count) => come += count,
                // Another program has made the socket a nonblocking one.
                Err(Errno::AGAIN) => {
                    wait_for(socket, None)
                        .map_err(|error| RecvError::Os(error.into()))?;
                }
                Err(error) => {
                    // The rest of this message must not be taken for the next one.
                    self.ended = true;
                    return Err(RecvError::Os(error.into()));
                }
            }
        }
        Ok(())
    }

    /// Waits for the peer to send something, until `deadline` at most if there is one;
    /// whether it may have.
    fn take_in(&mut self, deadline: Option<Instant>) -> Result<bool, RecvError> {
        if self.ended {
            return Err(if self.inbox.is_empty() {
                RecvError::Disconnected
            } else {
                RecvError::Truncated
            });
        }
        let socket = Arc::clone(&self.socket);
        let socket = socket.get().ok_or(RecvError::NotHandedOver)?;
        let waited = match self.receive(socket, deadline.is_some()) {
            Err(Errno::AGAIN) => wait_for(socket, deadline),
            received => received.map(|()| true),
        };
        waited.map_err(|error| RecvError::Os(error.into()))
    }

    /// Takes in what there is; waits for it, unless told not to.
    pub(crate) fn receive(
        &mut self,
        socket: BorrowedFd<'_>,
        at_once: bool,
    ) -> Result<(), Errno> {
        let flags = if at_once { RecvFlags::DONTWAIT } else { RecvFlags::empty() };
        match receive_some(socket, self.inbox.room(), flags)? {
            0 => self.ended = true,
            count => self.inbox.came(count),
        }
        Ok(())
    }
}

/// Makes room in `buffer` for the next piece of a message of this length, of which so
/// much has come. Room that the buffer has had before is used; what is new grows with
/// what has come.
fn make_room(buffer: &mut Vec<u8>, come: usize, length: usize) {
    let next = length.min(come + NEXT);
    if buffer.len() < next {
        let room = buffer.capacity().max(2 * come).clamp(next, length);
        buffer.reserve_exact(room - buffer.len());
        buffer.resize(room, 0);
    }
}

/// Receives a piece; 0 is the end.
fn receive_some(
    socket: BorrowedFd<'_>,
    room: &mut [u8],
    flags: RecvFlags,
) -> Result<usize, Errno> {
    loop {
        match recv(socket, &mut *room, flags) {
            Ok((count, _)) => return Ok(count),
            // A peer that goes and leaves something unread resets the connection, which
            // is told once, and of some sockets before what it had sent.
            Err(Errno::INTR | Errno::CONNRESET) => {}
            Err(error) => return Err(error),
        }
    }
}

/// Waits until there is something to receive, or the deadline; whether there is.
fn wait_for(socket: BorrowedFd<'_>, deadline: Option<Instant>) -> Result<bool, Errno> {
    let mut polled = [PollFd::from_borrowed_fd(socket, PollFlags::IN)];
    poll_until(&mut polled, deadline)
}

/// Waits until one of the descriptors is ready, or the deadline; whether one is.
pub(crate) fn poll_until(
    polled: &mut [PollFd<'_>],
    deadline: Option<Instant>,
) -> Result<bool, Errno> {
    loop {
        let left =
            deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        // A time that the kernel's clock does not hold is for ever.
        let left = left.and_then(|left| Timespec::try_from(left).ok());
        match poll(polled, left.as_ref()) {
            Ok(ready) => return Ok(ready > 0),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error),
        }
    }
}
