//! The two halves of an end, one that sends and one that receives, for two threads or
//! two processes.

use std::fmt;
use std::marker::PhantomData;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use processes::held::{HandOver, PrivateFd};
use serde::Serialize;
use serde::de::DeserializeOwned;
use shared::trace;

use crate::frame::LIMIT;
use crate::receiving::Incoming;
use crate::sending::Outgoing;
use crate::{EncodeError, RecvError, SendError, decode, streaming};

/// The half of a [`Connection`](crate::Connection) that sends; made by
/// [`Connection::split`](crate::Connection::split).
///
/// The peer is told that this end has gone when both halves have been dropped.
pub struct Sender<T> {
    outgoing: Outgoing,
    /// What is copied of the frame that is being sent; kept for the next one.
    outbox: Vec<u8>,
    messages: PhantomData<fn(T)>,
}

/// The half of a [`Connection`](crate::Connection) that receives; made by
/// [`Connection::split`](crate::Connection::split).
///
/// The peer is told that this end has gone when both halves have been dropped.
pub struct Receiver<T> {
    pub(crate) incoming: Incoming,
    messages: PhantomData<fn() -> T>,
}

impl<T> Sender<T> {
    pub(crate) fn new(socket: Arc<PrivateFd>) -> Self {
        Self {
            outgoing: Outgoing::new(socket),
            outbox: Vec::new(),
            messages: PhantomData,
        }
    }

    #[cfg(test)]
    pub(crate) fn into_outgoing(self) -> Outgoing {
        self.outgoing
    }

    /// Sends bytes as they are, as
    /// [`Connection::send_bytes`](crate::Connection::send_bytes) does.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn send_bytes(&mut self, bytes: &[u8]) -> Result<(), SendError> {
        self.send_bytes_and(bytes, None)
    }

    pub(crate) fn send_bytes_and(
        &mut self,
        bytes: &[u8],
        incoming: Option<&mut Incoming>,
    ) -> Result<(), SendError> {
        if bytes.len() > LIMIT {
            return Err(SendError { message: (), cause: EncodeError::TooLong.into() });
        }
        self.outgoing
            .send_message(bytes, incoming)
            .map_err(|cause| SendError { message: (), cause })
    }
}

impl<T: Serialize> Sender<T> {
    /// Sends a message, and waits while there is no room between the two. Unlike
    /// [`Connection::send`](crate::Connection::send) it takes in nothing meanwhile:
    /// that is for the [`Receiver`] to do, at the same time.
    ///
    /// # Errors
    /// As [`Connection::send`](crate::Connection::send).
    pub fn send(&mut self, message: T) -> Result<(), SendError<T>> {
        self.send_and(message, None)
    }

    /// Sends a message; while there is no room for it `incoming` takes in what comes.
    pub(crate) fn send_and(
        &mut self,
        message: T,
        incoming: Option<&mut Incoming>,
    ) -> Result<(), SendError<T>> {
        streaming::send(&message, &mut self.outgoing, &mut self.outbox, incoming)
            .map_err(|cause| SendError { message, cause })
    }
}

impl<T> Receiver<T> {
    pub(crate) fn new(socket: Arc<PrivateFd>) -> Self {
        Self { incoming: Incoming::new(socket), messages: PhantomData }
    }

    /// Waits until there is something to receive, as
    /// [`Connection::poll`](crate::Connection::poll) does.
    #[must_use]
    pub fn poll(&self, timeout: Duration) -> bool {
        self.incoming.poll(deadline(timeout))
    }

    /// Waits for a message and puts its bytes as they are into `buffer`, as
    /// [`Connection::recv_bytes_into`](crate::Connection::recv_bytes_into) does.
    ///
    /// # Errors
    /// As [`recv`](Self::recv), except that any bytes will do.
    pub fn recv_bytes_into(&mut self, buffer: &mut Vec<u8>) -> Result<(), RecvError> {
        self.incoming.receive_into(buffer)
    }
}

impl<T: DeserializeOwned> Receiver<T> {
    /// Waits for a message.
    ///
    /// # Errors
    /// As [`Connection::recv`](crate::Connection::recv).
    pub fn recv(&mut self) -> Result<T, RecvError> {
        let _waits = trace::waiting("for a message");
        loop {
            if let Some(message) = self.recv_until(None)? {
                return Ok(message);
            }
        }
    }

    /// A message, if there is one already.
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    pub fn try_recv(&mut self) -> Result<Option<T>, RecvError> {
        self.recv_timeout(Duration::ZERO)
    }

    /// Waits for a message, but no longer than `timeout`, as
    /// [`Connection::recv_timeout`](crate::Connection::recv_timeout) does.
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    pub fn recv_timeout(&mut self, timeout: Duration) -> Result<Option<T>, RecvError> {
        self.recv_until(deadline(timeout))
    }

    fn recv_until(
        &mut self,
        deadline: Option<Instant>,
    ) -> Result<Option<T>, RecvError> {
        let Some(length) = self.incoming.wait(deadline)? else { return Ok(None) };
        match decode(self.incoming.take(length)) {
            Ok(message) => Ok(Some(message)),
            Err(error) => Err(RecvError::Decode { length, error }),
        }
    }
}

/// The end of a time that begins now; none if the clock does not reach it.
pub(crate) fn deadline(timeout: Duration) -> Option<Instant> {
    Instant::now().checked_add(timeout)
}

impl<T> HandOver for Sender<T> {
    fn hand_over(&self, give: &mut dyn FnMut(&PrivateFd)) {
        give(self.outgoing.socket());
    }
}

impl<T> HandOver for Receiver<T> {
    fn hand_over(&self, give: &mut dyn FnMut(&PrivateFd)) {
        give(self.incoming.socket());
    }
}

/// The socket: what is read from it or written to it is missing from a frame.
impl<T> AsFd for Sender<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.outgoing.socket().as_fd()
    }
}

/// The socket: what is read from it or written to it is missing from a frame.
impl<T> AsFd for Receiver<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.incoming.socket().as_fd()
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("outgoing", &self.outgoing)
            .finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("incoming", &self.incoming)
            .finish_non_exhaustive()
    }
}
