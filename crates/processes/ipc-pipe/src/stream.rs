//! Bytes to and from the peer: waiting, draining, and what the kernel says when the
//! peer has gone.

use std::io::IoSlice;
use std::os::fd::{AsFd as _, OwnedFd};
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, retry_on_intr};
use rustix::net::{RecvFlags, SendAncillaryBuffer, SendFlags, recv, send, sendmsg};
use shared::trace;

use crate::ends::End;
use crate::frame::{HEAD, head_of, piece};
use crate::{Inbox, RecvError, SendCause};

/// A socket with what has come in through it and has not been asked for yet.
#[derive(Debug)]
pub(crate) struct Stream {
    end: End,
    inbox: Inbox,
    /// Whether the peer sends nothing more.
    ended: bool,
}

impl Stream {
    pub(crate) fn new(end: End) -> Self {
        Self { end, inbox: Inbox::default(), ended: false }
    }

    /// Sends a frame that has its head.
    pub(crate) fn send(&mut self, frame: &[u8]) -> Result<(), SendCause> {
        self.send_all(frame, &[])
    }

    /// Sends the frame of a message of at most [`LIMIT`](crate::LIMIT) bytes, without
    /// copying it first if it is long.
    pub(crate) fn send_message(&mut self, message: &[u8]) -> Result<(), SendCause> {
        // A short one is copied sooner than the kernel has made out that it is to send
        // two pieces.
        const SHORT: usize = 1 << 10;
        let head = head_of(message.len());
        if message.len() > SHORT {
            return self.send_all(&head, message);
        }
        let mut frame = [0; HEAD + SHORT];
        let frame = &mut frame[..HEAD + message.len()];
        frame[..HEAD].copy_from_slice(&head);
        frame[HEAD..].copy_from_slice(message);
        self.send_all(frame, &[])
    }

    /// Sends two parts, one behind the other, in as many pieces as it takes.
    fn send_all(
        &mut self,
        mut first: &[u8],
        mut second: &[u8],
    ) -> Result<(), SendCause> {
        let socket = self.end.socket();
        let socket = socket.as_ref().ok_or(SendCause::GivenUp)?;
        let total = first.len() + second.len();
        let mut waits = None;
        while !first.is_empty() || !second.is_empty() {
            let sent = total - first.len() - second.len();
            let more = match send_some(socket, first, second, piece(sent)) {
                Err(Errno::AGAIN) => {
                    self.end.let_go_of_the_other();
                    waits.get_or_insert_with(|| {
                        trace::waiting("for room, and takes in what comes")
                    });
                    wait_for_room(socket, &mut self.inbox, &mut self.ended).map(|()| 0)
                }
                done => done,
            };
            match more {
                Ok(count) => {
                    let of_first = count.min(first.len());
                    first = &first[of_first..];
                    second = &second[count - of_first..];
                }
                Err(error) => {
                    if sent > 0 {
                        // Half a message is out. Nothing may follow it, or the peer
                        // would take that for the other half.
                        let _ =
                            rustix::net::shutdown(socket, rustix::net::Shutdown::Write);
                    }
                    return Err(of_sending(error));
                }
            }
        }
        Ok(())
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

    /// Waits for a message and moves it into `buffer`. Of one that is not there yet,
    /// the rest goes there without a detour.
    pub(crate) fn receive_into(
        &mut self,
        buffer: &mut Vec<u8>,
    ) -> Result<(), RecvError> {
        let begun = loop {
            if let Some(length) = self.inbox.next()? {
                buffer.clear();
                buffer.extend_from_slice(self.inbox.take(length));
                return Ok(());
            }
            if let Some((begun, length)) = self.inbox.take_part() {
                buffer.resize(length, 0);
                buffer[..begun.len()].copy_from_slice(begun);
                break begun.len();
            }
            self.take_in(None)?;
        };
        let mut rest = &mut buffer[begun..];
        let socket = self.end.socket();
        let socket = socket.as_ref().ok_or(RecvError::GivenUp)?;
        while !rest.is_empty() {
            match receive_some(socket, rest, RecvFlags::empty()) {
                Ok(0) => {
                    self.ended = true;
                    return Err(RecvError::Truncated);
                }
                Ok(count) => rest = &mut rest[count..],
                Err(error) => {
                    // The rest of this message must not be taken for the next one.
                    self.ended = true;
                    return Err(RecvError::Os(error.into()));
                }
            }
        }
        Ok(())
    }

    /// Takes out a message that is there, by the length that [`wait`](Self::wait) gave.
    pub(crate) fn take(&mut self, length: usize) -> &[u8] {
        self.inbox.take(length)
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
        self.end.let_go_of_the_other();
        let socket = self.end.socket();
        let socket = socket.as_ref().ok_or(RecvError::GivenUp)?;
        let waited =
            match receive(socket, &mut self.inbox, &mut self.ended, deadline.is_some())
            {
                Err(Errno::AGAIN) => wait_for(socket, PollFlags::IN, deadline),
                received => received.map(|()| true),
            };
        waited.map_err(|error| RecvError::Os(error.into()))
    }
}

/// Sends a piece of at most this length, if there is room for it.
fn send_some(
    socket: &OwnedFd,
    first: &[u8],
    second: &[u8],
    piece: usize,
) -> Result<usize, Errno> {
    // Rust ignores SIGPIPE from the start, but who calls may have turned it on again.
    let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
    let first = &first[..first.len().min(piece)];
    let second = &second[..second.len().min(piece - first.len())];
    if second.is_empty() {
        return retry_on_intr(|| send(socket, first, flags));
    }
    if first.is_empty() {
        return retry_on_intr(|| send(socket, second, flags));
    }
    let pieces = [IoSlice::new(first), IoSlice::new(second)];
    retry_on_intr(|| {
        sendmsg(socket, &pieces, &mut SendAncillaryBuffer::default(), flags)
    })
}

/// Waits until the peer has taken something out, and takes in what comes meanwhile: the
/// peer may be sending as well, and if both only sent, both would wait for ever.
fn wait_for_room(
    socket: &OwnedFd,
    inbox: &mut Inbox,
    ended: &mut bool,
) -> Result<(), Errno> {
    loop {
        let both = PollFlags::IN | PollFlags::OUT;
        let wanted = if *ended || inbox.is_full() { PollFlags::OUT } else { both };
        let mut polled = [PollFd::from_borrowed_fd(socket.as_fd(), wanted)];
        retry_on_intr(|| poll(&mut polled, None))?;
        let events = polled[0].revents();
        if wanted == both && events.contains(PollFlags::IN) {
            match receive(socket, inbox, ended, true) {
                Ok(()) | Err(Errno::AGAIN) => {}
                Err(error) => return Err(error),
            }
        }
        // Hung up or broken counts as room: sending will say how.
        if !(events - PollFlags::IN).is_empty() {
            return Ok(());
        }
    }
}

/// Takes in what there is; waits for it, unless told not to.
fn receive(
    socket: &OwnedFd,
    inbox: &mut Inbox,
    ended: &mut bool,
    at_once: bool,
) -> Result<(), Errno> {
    let flags = if at_once { RecvFlags::DONTWAIT } else { RecvFlags::empty() };
    match receive_some(socket, inbox.room(), flags)? {
        0 => *ended = true,
        count => inbox.came(count),
    }
    Ok(())
}

/// Receives a piece; 0 is the end.
fn receive_some(
    socket: &OwnedFd,
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

/// Waits until the socket is ready, or the deadline; whether it is.
fn wait_for(
    socket: &OwnedFd,
    wanted: PollFlags,
    deadline: Option<Instant>,
) -> Result<bool, Errno> {
    let mut polled = [PollFd::from_borrowed_fd(socket.as_fd(), wanted)];
    loop {
        let left =
            deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        // A time that the kernel's clock does not hold is for ever.
        let left = left.and_then(|left| Timespec::try_from(left).ok());
        match poll(&mut polled, left.as_ref()) {
            Ok(ready) => return Ok(ready > 0),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error),
        }
    }
}

fn of_sending(error: Errno) -> SendCause {
    match error {
        Errno::PIPE | Errno::CONNRESET => SendCause::Disconnected,
        error => SendCause::Os(error.into()),
    }
}
