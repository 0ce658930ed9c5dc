//! A client of the model: what it has sent, and what has become of it.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use socket2::SockRef;

use super::LONG;
use crate::ring::Id;

#[derive(Debug)]
pub(super) struct Client {
    /// Which bytes it sends: no other client sends the same.
    number: usize,
    /// None if it has left.
    stream: Option<TcpStream>,
    pub(super) address: SocketAddr,
    /// What its socket has taken.
    pub(super) sent: Sent,
    /// How many bytes it has got back.
    got: usize,
    /// Whether it has ended its sending side.
    pub(super) has_ended: bool,
    /// Whether it has found the end of its answers, or its connection broken.
    is_at_end: bool,

    /// Its connection in the ring, once that has it.
    pub(super) id: Option<Id>,
    /// How many bytes the ring has received from it, and has sent to it.
    pub(super) received: usize,
    pub(super) answered: usize,
    /// How the service has closed its connection, once it has.
    pub(super) closed: Option<Closed>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closed {
    /// When the client was owed nothing more.
    Answered,
    /// Before.
    Cut,
}

/// Bytes that follow from their places, of which only the number is kept.
#[derive(Debug)]
pub(super) struct Sent {
    number: usize,
    count: usize,
}

impl Sent {
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// Whether these are the bytes from this place on.
    pub(super) fn has(&self, place: usize, bytes: &[u8]) -> bool {
        place + bytes.len() <= self.count
            && (place..).zip(bytes).all(|(place, byte)| self.byte(place) == *byte)
    }

    fn byte(&self, place: usize) -> u8 {
        let mixed = (self.number as u64) << 40 | place as u64;
        (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8
    }
}

impl Client {
    pub(super) fn connect(number: usize, listener: &TcpListener) -> Self {
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        stream.set_nonblocking(true).unwrap();
        let address = stream.local_addr().unwrap();
        Self {
            number,
            stream: Some(stream),
            address,
            sent: Sent { number, count: 0 },
            got: 0,
            has_ended: false,
            is_at_end: false,
            id: None,
            received: 0,
            answered: 0,
            closed: None,
        }
    }

    /// Sends at most so many bytes.
    pub(super) fn send(&mut self, most: usize) {
        let Some(mut stream) = self.stream.as_ref().filter(|_| !self.has_ended) else {
            return;
        };
        let first = self.sent.count;
        let bytes: Vec<_> =
            (first..first + most).map(|place| self.sent.byte(place)).collect();
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            match stream.write(rest) {
                Ok(count) => rest = &rest[count..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => {
                    assert!(self.is_cut(), "{error} of client {}", self.number);
                    break;
                }
            }
        }
        self.sent.count += most - rest.len();
    }

    /// Takes at most so many bytes of its answers.
    pub(super) fn take(&mut self, most: usize) {
        let Some(mut stream) = self.stream.as_ref().filter(|_| !self.is_at_end) else {
            return;
        };
        let mut left = most;
        let mut buffer = vec![0; 32 << 10];
        while left > 0 {
            let room = left.min(buffer.len());
            match stream.read(&mut buffer[..room]) {
                Ok(0) => {
                    self.is_at_end = true;
                    assert!(self.closed.is_some(), "the end comes too early: {self:?}");
                    assert!(self.is_cut() || self.got == self.sent.len(), "{self:?}");
                    break;
                }
                Ok(count) => {
                    let is_its_own = self.sent.has(self.got, &buffer[..count]);
                    assert!(is_its_own, "a wrong answer to {self:?}");
                    self.got += count;
                    left -= count;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => {
                    self.is_at_end = true;
                    assert!(self.is_cut(), "{error} of {self:?}");
                    break;
                }
            }
        }
    }

    pub(super) fn end(&mut self) {
        if let Some(stream) = self.stream.as_ref().filter(|_| !self.has_ended) {
            // It fails only if the service has cut it off.
            let ended = stream.shutdown(Shutdown::Write);
            assert!(ended.is_ok() || self.is_cut(), "{ended:?}");
            self.has_ended = true;
        }
    }

    pub(super) fn reset(&mut self) {
        if let Some(stream) = self.stream.take() {
            SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
        }
    }

    pub(super) fn leave(&mut self) {
        self.stream = None;
    }

    pub(super) fn has_left(&self) -> bool {
        self.stream.is_none()
    }

    fn is_cut(&self) -> bool {
        self.closed == Some(Closed::Cut)
    }

    /// Whether the service is done with it, and it with the service.
    pub(super) fn is_done(&self) -> bool {
        self.closed.is_some() && (self.has_left() || self.is_at_end)
    }

    /// The ring is gone, so the client finds its end after what had been sent.
    pub(super) fn finds_the_ring_dropped(&mut self) {
        self.closed = Some(Closed::Cut);
        let begin = Instant::now();
        while !self.has_left() && !self.is_at_end {
            self.take(usize::MAX);
            assert!(begin.elapsed() < LONG, "it is still connected: {self:?}");
        }
    }
}
