//! One end of a pipe: messages of one type both ways.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use processes::held::{HandOver, PrivateFd};
use rustix::net::sockopt::set_socket_send_buffer_size;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Receiver, RecvError, SendError, Sender};

/// Makes a pipe and gives its two ends. Python's `Pipe()`.
///
/// What is sent into one end is received from the other, in both directions. A child
/// gets an end through [`Family::spawn_with`](processes::Family::spawn_with).
///
/// The kernel keeps up to 2 MiB for each direction until they are received.
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
    // Of packets, not a stream: the kernel passes a packet on in four fifths of the
    // time.
    let (one, other) = socketpair(
        AddressFamily::UNIX,
        SocketType::SEQPACKET,
        SocketFlags::CLOEXEC,
        None,
    )?;
    for end in [&one, &other] {
        // The kernel may grant less than is asked for, and that will do.
        let _ = set_socket_send_buffer_size(end, BUFFER);
    }
    Ok((one.into(), other.into()))
}

/// The send buffer that an end asks for. The kernel doubles it (socket(7)), and grants
/// at most twice `/proc/sys/net/core/wmem_max`. Its default of 208 KiB holds so little
/// of a long message that sender and receiver would wait for each other at each piece.
const BUFFER: usize = 1 << 20;

/// One end of a pipe, for messages of type `T` both ways.
///
/// It is closed when it is dropped, or when its process ends, however that ends. It
/// belongs to the process that made it, and to each child that it is given to:
/// [`Family::spawn_with`](processes::Family::spawn_with) moves it there, or, given a
/// `&mut`, leaves the parent its own copy.
///
/// Both ends of a pipe have the same type of messages, and nothing else goes in
/// (E0308):
///
/// ```compile_fail,E0308
/// let (mut one, other) = ipc_pipe::pipe::<(i32, String, i32)>()?;
/// one.send((1, 2, "xixi".to_owned())).unwrap();
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Connection<T> {
    sender: Sender<T>,
    pub(crate) receiver: Receiver<T>,
}

impl<T> Connection<T> {
    /// Splits this end into a half that sends and one that receives, for two threads:
    /// one may send while the other waits for a message.
    ///
    /// ```
    /// let (here, mut there) = ipc_pipe::pipe::<String>()?;
    /// let (mut sender, mut receiver) = here.split();
    /// std::thread::scope(|scope| {
    ///     scope.spawn(move || {
    ///         let text = there.recv().unwrap();
    ///         there.send(text + "haha").unwrap();
    ///     });
    ///     let receives = scope.spawn(move || receiver.recv());
    ///     sender.send("xixi".to_owned()).unwrap();
    ///     assert_eq!(receives.join().unwrap().unwrap(), "xixihaha");
    /// });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn split(self) -> (Sender<T>, Receiver<T>) {
        (self.sender, self.receiver)
    }

    /// Waits until there is something to receive, or until the time is up; whether
    /// there is. Python's `poll`, and as there a peer that has gone is something: the
    /// next `recv` does not wait, and says so.
    ///
    /// It takes nothing out of the pipe. If only a part of a message has come, the next
    /// `recv` waits for the rest; [`recv_timeout`](Self::recv_timeout) does so for a
    /// limited time.
    #[must_use]
    pub fn poll(&self, timeout: Duration) -> bool {
        self.receiver.poll(timeout)
    }

    /// Sends bytes as they are, without encoding or copying them first. Python's
    /// `send_bytes`.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn send_bytes(&mut self, bytes: &[u8]) -> Result<(), SendError> {
        self.sender.send_bytes_and(bytes, Some(&mut self.receiver.incoming))
    }

    /// Waits for a message and puts its bytes as they are into `buffer`, in the place
    /// of what is there. Python's `recv_bytes_into`.
    ///
    /// A buffer that is used again has nothing to allocate, and of a long message most
    /// goes straight into it. A new one grows with what comes.
    ///
    /// # Errors
    /// As [`recv`](Self::recv), except that any bytes will do.
    pub fn recv_bytes_into(&mut self, buffer: &mut Vec<u8>) -> Result<(), RecvError> {
        self.receiver.recv_bytes_into(buffer)
    }
}

impl<T: Serialize> Connection<T> {
    /// Sends a message: the peer gets a copy.
    ///
    /// Waits while there is no room between the two, and takes in meanwhile what the
    /// peer sends: so both may send at once, up to 32 MiB each, before either receives.
    ///
    /// To send is to give away (E0382); a program that wants to keep the message sends
    /// a clone.
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
    /// If the peer has gone, or the message cannot be encoded in
    /// [`LIMIT`](crate::LIMIT) bytes. The error gives the message back, and nothing of
    /// it has been sent, unless the peer has gone meanwhile.
    ///
    /// A message with a text or bytes of 64 KiB and more in one piece is encoded twice:
    /// to learn its length, and while it is sent. If its `Serialize` writes something
    /// else the second time, or panics then, this end can send nothing more, and its
    /// peer receives [`RecvError::Truncated`].
    pub fn send(&mut self, message: T) -> Result<(), SendError<T>> {
        self.sender.send_and(message, Some(&mut self.receiver.incoming))
    }
}

impl<T: DeserializeOwned> Connection<T> {
    /// Waits for a message.
    ///
    /// # Errors
    /// If the peer has gone (what it had sent before can still be received), or what
    /// comes is no such message.
    pub fn recv(&mut self) -> Result<T, RecvError> {
        self.receiver.recv()
    }

    /// A message, if there is one already.
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    pub fn try_recv(&mut self) -> Result<Option<T>, RecvError> {
        self.receiver.try_recv()
    }

    /// Waits for a message, but no longer than `timeout`; `None` if there is none by
    /// then. A message of which only a part has come by then is not lost.
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    pub fn recv_timeout(&mut self, timeout: Duration) -> Result<Option<T>, RecvError> {
        self.receiver.recv_timeout(timeout)
    }
}

/// One end of a pipe that another program has made: any connected Unix socket, a stream
/// or one of packets (`SOCK_SEQPACKET`), whose peer speaks in frames as well.
impl<T> From<OwnedFd> for Connection<T> {
    fn from(socket: OwnedFd) -> Self {
        let socket = Arc::new(PrivateFd::new(socket));
        Self {
            sender: Sender::new(Arc::clone(&socket)),
            receiver: Receiver::new(socket),
        }
    }
}

impl<T> HandOver for Connection<T> {
    fn hand_over(&self, give: &mut dyn FnMut(&PrivateFd)) {
        self.receiver.hand_over(give);
    }
}

/// The socket: what is read from it or written to it is missing from a frame. To wait
/// for a message with others, use [`wait`](crate::wait), which also knows what has been
/// taken in. Python's `fileno`.
impl<T> AsFd for Connection<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.receiver.as_fd()
    }
}
