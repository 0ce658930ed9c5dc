//! An end of a pipe: typed messages and plain bytes, sent and received.

use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde::de::DeserializeOwned;
use shared::trace;

use crate::ends::End;
use crate::frame::{LIMIT, encode};
use crate::stream::Stream;
use crate::{EncodeError, RecvError, SendCause, SendError};

/// Makes a pipe and gives its two ends. Python's `Pipe()`.
///
/// What is sent into one end is received from the other, in both directions. Move an
/// end into the process that is to have it.
///
/// ```
/// let (mut one, mut other) = ipc_pipe::pipe()?;
/// one.send((1, "xixi".to_owned(), 2))?;
/// other.send((3, "haha".to_owned(), 4))?;
/// assert_eq!(other.recv()?, (1, "xixi".to_owned(), 2));
/// assert_eq!(one.recv()?, (3, "haha".to_owned(), 4));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the process is out of file descriptors.
pub fn pipe<T>() -> io::Result<(Connection<T>, Connection<T>)> {
    let (one, other) = End::pair()?;
    Ok((Connection::new(one), Connection::new(other)))
}

/// One end of a pipe, for messages of type `T` both ways.
///
/// It is closed when it is dropped, or when its process ends, however that ends.
///
/// Both ends of a pipe have the same type of messages, and nothing else goes in
/// (E0308):
///
/// ```compile_fail,E0308
/// let (mut one, other) = ipc_pipe::pipe::<(i32, String, i32)>()?;
/// one.send((1, 2, "xixi".to_owned())).unwrap();
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Connection<T> {
    stream: Stream,
    /// The frame that is being sent; kept for the next one.
    outbox: Vec<u8>,
    messages: PhantomData<fn(T) -> T>,
}

impl<T> Connection<T> {
    fn new(end: End) -> Self {
        Self { stream: Stream::new(end), outbox: Vec::new(), messages: PhantomData }
    }

    /// Waits until there is something to receive, or until the time is up; whether
    /// there is. Python's `poll`, and as there a peer that has gone is something: the
    /// next `recv` does not wait, and says so.
    pub fn poll(&mut self, timeout: Duration) -> bool {
        !matches!(self.stream.wait(Some(deadline(timeout))), Ok(None))
    }

    /// Sends bytes as they are, without encoding or copying them first. Python's
    /// `send_bytes`.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn send_bytes(&mut self, bytes: &[u8]) -> Result<(), SendError> {
        if bytes.len() > LIMIT {
            return Err(SendError { message: (), cause: EncodeError::TooLong.into() });
        }
        self.stream
            .send_message(bytes)
            .map_err(|cause| SendError { message: (), cause })
    }

    /// Waits for a message and puts its bytes as they are into `buffer`, in the place
    /// of what is there. Python's `recv_bytes_into`.
    ///
    /// A buffer that is used again has nothing to allocate, and of a long message most
    /// goes straight into it. It gets the length that is announced, of [`LIMIT`] at
    /// most, before all of the message is there.
    ///
    /// # Errors
    /// As [`recv`](Self::recv), except that any bytes will do.
    pub fn recv_bytes_into(&mut self, buffer: &mut Vec<u8>) -> Result<(), RecvError> {
        self.stream.receive_into(buffer)
    }
}

impl<T: Serialize> Connection<T> {
    /// Sends a message: the peer gets a copy.
    ///
    /// Waits while there is no room between the two, and takes in meanwhile what the
    /// peer sends: so both may send at once, up to 32 MiB each, before either receives.
    ///
    /// To send is to give away (E0382); who wants to keep the message sends a clone.
    ///
    /// ```compile_fail,E0382
    /// let (mut one, other) = ipc_pipe::pipe()?;
    /// let list = vec![1, 2, 3];
    /// one.send(list).unwrap();
    /// println!("{list:?}");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the peer has gone, or the message cannot be encoded in [`LIMIT`] bytes. The
    /// error gives the message back, and nothing of it has been sent, unless the peer
    /// has gone meanwhile.
    pub fn send(&mut self, message: T) -> Result<(), SendError<T>> {
        self.outbox.clear();
        let sent = encode(&message, &mut self.outbox)
            .map_err(SendCause::from)
            .and_then(|()| self.stream.send(&self.outbox));
        sent.map_err(|cause| SendError { message, cause })
    }
}

impl<T: DeserializeOwned> Connection<T> {
    /// Waits for a message.
    ///
    /// # Errors
    /// If the peer has gone (what it had sent before can still be received), or what
    /// comes is no such message.
    pub fn recv(&mut self) -> Result<T, RecvError> {
        let _waits = trace::waiting("for a message");
        loop {
            if let Some(length) = self.stream.wait(None)? {
                return decode(self.stream.take(length));
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

    /// Waits for a message, but no longer than `timeout`; `None` if there is none by
    /// then. A message of which only a part has come by then is not lost.
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    pub fn recv_timeout(&mut self, timeout: Duration) -> Result<Option<T>, RecvError> {
        match self.stream.wait(Some(deadline(timeout)))? {
            Some(length) => decode(self.stream.take(length)).map(Some),
            None => Ok(None),
        }
    }
}

fn decode<T: DeserializeOwned>(message: &[u8]) -> Result<T, RecvError> {
    let length = message.len();
    match postcard::take_from_bytes(message) {
        Ok((value, [])) => Ok(value),
        // Bytes that no one asked for: so it was another type that was sent.
        Ok((_, _)) => Err(RecvError::Decode {
            length,
            error: postcard::Error::DeserializeBadEncoding,
        }),
        Err(error) => Err(RecvError::Decode { length, error }),
    }
}

fn deadline(timeout: Duration) -> Instant {
    const A_YEAR: Duration = Duration::from_hours(365 * 24);
    Instant::now() + timeout.min(A_YEAR)
}

/// One end of a pipe that somebody else has made: any connected Unix socket, a stream
/// or one of packets (`SOCK_SEQPACKET`), whose peer speaks in frames as well.
impl<T> From<OwnedFd> for Connection<T> {
    fn from(socket: OwnedFd) -> Self {
        Self::new(End::alone(socket))
    }
}

impl<T> fmt::Debug for Connection<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("stream", &self.stream)
            .finish_non_exhaustive()
    }
}
