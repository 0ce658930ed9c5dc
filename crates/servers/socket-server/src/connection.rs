//! A server's side of one connection, on a thread that waits for it.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use nix::poll::PollFlags;
use shared::trace;

use crate::server::{GRACE, RECEIVE};
use crate::wait::{Woken, wait};
use crate::{Error, Event, Server};

/// Answers a client until it ends the connection, or the server stops. What ends it is
/// reported.
///
/// Nothing is read before the last answer has been sent, so a client that does not read
/// costs no memory: it fills the kernel's buffers, and then it is its turn.
pub(crate) fn serve(
    server: &Server,
    stream: &TcpStream,
    peer: SocketAddr,
) -> Result<(), Error> {
    server.tell(&Event::Connected { peer });
    let _serving = trace::span("serving a client");
    let mut conversation = Conversation { server, stream, give_up: None };
    let end = match conversation.run()? {
        End::Closed => Event::Closed { peer },
        End::Broken(error) => Event::Broken { peer, error },
        End::Cut => Event::Cut { peer },
        End::Idle => Event::Idle { peer },
    };
    server.tell(&end);
    Ok(())
}

/// How a connection ended.
enum End {
    Closed,
    Broken(String),
    Cut,
    Idle,
}

struct Conversation<'a> {
    server: &'a Server,
    stream: &'a TcpStream,
    /// When the client is cut off, once the server stops.
    give_up: Option<Instant>,
}

/// What goes on, or the end.
type Step<T> = Result<T, End>;

impl Conversation<'_> {
    fn run(&mut self) -> Result<End, Error> {
        let mut answer = self.server.protocol().greeting.as_bytes().to_vec();
        let mut received = [0; RECEIVE];
        loop {
            if let Err(end) = self.send(&answer)? {
                return Ok(end);
            }
            let count = match self.receive(&mut received)? {
                Ok(0) => return Ok(End::Closed),
                Ok(count) => count,
                Err(end) => return Ok(end),
            };
            self.server.statistics().count_received(count);
            answer.clear();
            self.server.protocol().answer(&received[..count], &mut answer);
        }
    }

    /// Receives something, or nothing if the client has ended its side.
    fn receive(&mut self, received: &mut [u8]) -> Result<Step<usize>, Error> {
        loop {
            if let Err(end) = self.ready(PollFlags::POLLIN)? {
                return Ok(Err(end));
            }
            match self.stream.read(received) {
                Ok(count) => return Ok(Ok(count)),
                Err(error) if is_harmless(error.kind()) => {}
                Err(error) => return Ok(Err(End::Broken(error.to_string()))),
            }
        }
    }

    /// Sends all of the answer, in as many parts as the client takes it.
    fn send(&mut self, mut answer: &[u8]) -> Result<Step<()>, Error> {
        self.server.statistics().note_buffer(answer.len());
        while !answer.is_empty() {
            match self.stream.write(answer) {
                Ok(count) => {
                    self.server.statistics().count_sent(count);
                    answer = &answer[count..];
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if let Err(end) = self.ready(PollFlags::POLLOUT)? {
                        return Ok(Err(end));
                    }
                }
                Err(error) if is_harmless(error.kind()) => {}
                Err(error) => return Ok(Err(End::Broken(error.to_string()))),
            }
        }
        Ok(Ok(()))
    }

    /// Waits until the connection can be read or written, or the client has been idle
    /// for too long. When the server stops meanwhile, the client may still be told what
    /// it has asked before, for a moment.
    fn ready(&mut self, what: PollFlags) -> Result<Step<()>, Error> {
        loop {
            let Some(give_up) = self.give_up else {
                let (stop, idle) = (self.server.stop(), self.server.idle_timeout());
                match wait(self.stream, what, Some(stop), idle)? {
                    Woken::Ready => return Ok(Ok(())),
                    Woken::TimedOut => return Ok(Err(End::Idle)),
                    Woken::Stopped => self.begin_to_stop(),
                }
                continue;
            };
            let left = give_up.saturating_duration_since(Instant::now());
            let woken = wait(
                self.stream,
                what,
                None,
                Some(left.max(Duration::from_millis(1))),
            )?;
            let in_time = woken == Woken::Ready && !left.is_zero();
            return Ok(in_time.then_some(()).ok_or(End::Cut));
        }
    }

    /// From now on nothing new is received: what has come is read, and then the end, as
    /// if the client had closed.
    fn begin_to_stop(&mut self) {
        self.give_up = Some(Instant::now() + GRACE);
        // It fails only if the client has gone already, which the next read tells as
        // well.
        let _gone = self.stream.shutdown(Shutdown::Read);
    }
}

fn is_harmless(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
