//! Bytes to the peer, in pieces, as there is room for them.

use std::io::IoSlice;
use std::os::fd::{AsFd as _, BorrowedFd};
use std::sync::Arc;

use processes::held::PrivateFd;
use rustix::event::{PollFd, PollFlags};
use rustix::io::{Errno, retry_on_intr};
use rustix::net::sockopt::socket_send_buffer_size;
use rustix::net::{SendAncillaryBuffer, SendFlags, Shutdown, send, sendmsg, shutdown};
use shared::trace;

use crate::SendCause;
use crate::frame::{HEAD, NEXT, head_of, piece};
use crate::receiving::{Incoming, poll_until};

/// The side of a socket that sends.
#[derive(Debug)]
pub(crate) struct Outgoing {
    socket: Arc<PrivateFd>,
    /// The longest piece that the socket takes, as far as is known.
    longest: usize,
}

/// The longest piece to send into a socket whose send buffer has this size: two fit in,
/// with what each costs the kernel besides. So the sender goes on while the receiver
/// takes out what was sent before.
fn longest_piece(buffer: usize) -> usize {
    const STEP: usize = 32 << 10;
    (buffer / 2 / STEP * STEP).clamp(STEP, NEXT)
}

impl Outgoing {
    pub(crate) fn new(socket: Arc<PrivateFd>) -> Self {
        let longest =
            socket_send_buffer_size(&*socket).map_or(usize::MAX, longest_piece);
        Self { socket, longest }
    }

    pub(crate) fn socket(&self) -> &PrivateFd {
        &self.socket
    }

    /// Sends a frame that has its head. While there is no room for it, `incoming` takes
    /// in what comes.
    pub(crate) fn send(
        &mut self,
        frame: &[u8],
        incoming: Option<&mut Incoming>,
    ) -> Result<(), SendCause> {
        self.send_part(&mut 0, frame, &[], incoming)
    }

    /// Sends the frame of a message of at most [`LIMIT`](crate::LIMIT) bytes, without
    /// copying it first if it is long.
    pub(crate) fn send_message(
        &mut self,
        message: &[u8],
        incoming: Option<&mut Incoming>,
    ) -> Result<(), SendCause> {
        // A short one is copied sooner than the kernel has made out that it is to send
        // two pieces.
        const SHORT: usize = 1 << 10;
        let head = head_of(message.len());
        if message.len() > SHORT {
            return self.send_part(&mut 0, &head, message, incoming);
        }
        let mut frame = [0; HEAD + SHORT];
        let frame = &mut frame[..HEAD + message.len()];
        frame[..HEAD].copy_from_slice(&head);
        frame[HEAD..].copy_from_slice(message);
        self.send_part(&mut 0, frame, &[], incoming)
    }

    /// Sends two parts of a frame, one behind the other, in as many pieces as it takes.
    /// So much of the frame is `sent` before and afterwards.
    pub(crate) fn send_part(
        &mut self,
        sent: &mut usize,
        mut first: &[u8],
        mut second: &[u8],
        mut incoming: Option<&mut Incoming>,
    ) -> Result<(), SendCause> {
        let socket = self.socket.get().ok_or(SendCause::NotHandedOver)?;
        let mut waits = None;
        while !first.is_empty() || !second.is_empty() {
            let left = first.len() + second.len();
            let length = piece(*sent).min(self.longest).min(left);
            let more = match send_some(socket, first, second, length) {
                Err(Errno::AGAIN) => {
                    waits.get_or_insert_with(|| match incoming {
                        Some(_) => trace::waiting("for room, and takes in what comes"),
                        None => trace::waiting("for room"),
                    });
                    wait_for_room(socket, incoming.as_deref_mut()).map(|()| 0)
                }
                // A socket of packets whose buffer is smaller than the packet, or a
                // kernel that has no memory in one piece for it.
                Err(Errno::MSGSIZE | Errno::NOBUFS) if length > 1 => {
                    self.longest = length / 2;
                    Ok(0)
                }
                done => done,
            };
            match more {
                Ok(count) => {
                    let of_first = count.min(first.len());
                    first = &first[of_first..];
                    second = &second[count - of_first..];
                    *sent += count;
                }
                Err(error) => {
                    if *sent > 0 {
                        self.cut_short();
                    }
                    return Err(of_sending(error));
                }
            }
        }
        Ok(())
    }

    /// Half a message is out. Nothing may follow it, or the peer would take that for
    /// the other half.
    pub(crate) fn cut_short(&self) {
        if let Some(socket) = self.socket.get() {
            let _ = shutdown(socket, Shutdown::Write);
        }
    }
}

/// Sends a piece of at most this length, if there is room for it.
fn send_some(
    socket: BorrowedFd<'_>,
    first: &[u8],
    second: &[u8],
    piece: usize,
) -> Result<usize, Errno> {
    // Rust ignores SIGPIPE from the start, but the program may have turned it on again.
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

/// Waits until the peer has taken something out. `incoming` takes in what comes
/// meanwhile: the peer may be sending as well, and if both only sent, both would wait
/// for ever.
fn wait_for_room(
    socket: BorrowedFd<'_>,
    mut incoming: Option<&mut Incoming>,
) -> Result<(), Errno> {
    loop {
        let taking = incoming.as_deref_mut().filter(|incoming| !incoming.is_full());
        let wanted = match taking {
            Some(_) => PollFlags::IN | PollFlags::OUT,
            None => PollFlags::OUT,
        };
        let mut polled = [PollFd::from_borrowed_fd(socket.as_fd(), wanted)];
        poll_until(&mut polled, None)?;
        let events = polled[0].revents();
        if let Some(incoming) = taking
            && events.contains(PollFlags::IN)
        {
            match incoming.receive(socket, true) {
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

fn of_sending(error: Errno) -> SendCause {
    match error {
        Errno::PIPE | Errno::CONNRESET => SendCause::Disconnected,
        error => SendCause::Os(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_pieces_fit_into_the_buffer() {
        // Linux's default; what it grants by default; what it grants here, or more.
        let buffers = [(212_992, 96), (425_984, 192), (2 << 20, 256), (64 << 20, 256)];
        for (buffer, piece) in buffers {
            assert_eq!(longest_piece(buffer), piece << 10, "for {buffer}");
            assert!(2 * longest_piece(buffer) < buffer);
        }
        // It is halved as often as the socket refuses it.
        assert_eq!(longest_piece(4608), 32 << 10);
    }
}
