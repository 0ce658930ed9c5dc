//! One of the clients of a load: what it asks, and whether the answer is right.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::kit::Answer;
use crate::{Error, Protocol};

/// A client of the load.
#[derive(Debug)]
pub(crate) struct Loader {
    pub(crate) stream: TcpStream,
    /// Begins with the client's number and the request's, so that an answer to another
    /// one is not taken for right.
    message: Vec<u8>,
    /// The answer in one piece, as it nearly always comes.
    usual: Vec<u8>,
    protocol: Protocol,
    /// When it has asked, until it is answered.
    pub(crate) asked_at: Option<Instant>,
    sent: usize,
    /// Whether epoll watches it for room to send as well.
    pub(crate) watched_for_sending: bool,
    greeting: Option<Answer>,
    /// The answer, when it comes in pieces.
    answer: Option<Answer>,
    requests: u64,
    /// How many answers it has had in this run.
    pub(crate) served: u64,
}

impl Loader {
    pub(crate) fn new(
        number: usize,
        stream: TcpStream,
        size: usize,
        protocol: Protocol,
    ) -> Self {
        let mut message = format!("{number:06}:{:012}:", 0).into_bytes();
        message.resize(size, b'.');
        Self {
            stream,
            message,
            usual: Vec::new(),
            protocol,
            asked_at: None,
            sent: 0,
            watched_for_sending: false,
            greeting: greeting(protocol),
            answer: None,
            requests: 0,
            served: 0,
        }
    }

    /// Goes on with a new connection, and resets the old one.
    pub(crate) fn begin_with(&mut self, stream: TcpStream) -> Result<(), Error> {
        let old = std::mem::replace(&mut self.stream, stream);
        (self.greeting, self.answer, self.asked_at) =
            (greeting(self.protocol), None, None);
        self.watched_for_sending = false;
        socket2::SockRef::from(&old)
            .set_linger(Some(Duration::ZERO))
            .map_err(Error::os("make the close a reset"))
    }

    /// Begins the next request; [`go_on`](Self::go_on) sends it.
    pub(crate) fn ask(&mut self, now: Instant) {
        self.requests += 1;
        let number = format!("{:012}", self.requests);
        if let Some(place) = self.message.get_mut(7..19) {
            place.copy_from_slice(number.as_bytes());
        }
        self.usual.clear();
        self.protocol.answer(&self.message, &mut self.usual);
        (self.asked_at, self.sent, self.answer) = (Some(now), 0, None);
    }

    /// Whether a part of the request is still to be sent.
    pub(crate) fn is_sending(&self) -> bool {
        self.asked_at.is_some()
            && self.greeting.is_none()
            && self.sent < self.message.len()
    }

    /// Sends and receives what can be without waiting; the time since the question, if
    /// the answer is whole.
    pub(crate) fn go_on(&mut self) -> io::Result<Option<Duration>> {
        while self.is_sending() {
            match self.stream.write(&self.message[self.sent..]) {
                Ok(count) => self.sent += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
            if self.sent == self.message.len() {
                // The answer to what was sent just now is hardly there; reading would
                // be a system call for nothing.
                return Ok(None);
            }
        }
        let mut buffer = [0; 16 * 1024];
        match self.stream.read(&mut buffer) {
            Ok(0) => Err(io::Error::other("the server closed the connection")),
            Ok(count) => self.take(&buffer[..count]),
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::WouldBlock | ErrorKind::Interrupted
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn take(&mut self, bytes: &[u8]) -> io::Result<Option<Duration>> {
        if let Some(greeting) = &mut self.greeting {
            if greeting.take(bytes).map_err(io::Error::other)? {
                self.greeting = None;
                return self.go_on();
            }
            return Ok(None);
        }
        let whole = (self.answer.is_none() && bytes == self.usual) || {
            let answer =
                self.answer.get_or_insert_with(|| self.protocol.expect(&self.message));
            answer.take(bytes).map_err(io::Error::other)?
        };
        if !whole {
            return Ok(None);
        }
        self.served += 1;
        Ok(self.asked_at.take().map(|asked_at| asked_at.elapsed()))
    }
}

fn greeting(protocol: Protocol) -> Option<Answer> {
    Some(protocol.expect_greeting()).filter(|greeting| !greeting.is_whole())
}
