//! `io_uring`: clients are accepted, received from and answered by the kernel.

#![expect(unsafe_code, reason = "the kernel reads and writes memory of this process")]

use std::io;
use std::marker::PhantomData;
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsRawFd as _, BorrowedFd};
use std::time::{Duration, Instant};

use io_uring::opcode;
use io_uring::types::Fd;

use crate::Error;

mod buffers;
mod complete;
mod connection;
mod done;
mod id;
mod peer;
mod queues;
#[cfg(test)]
mod tests;

use buffers::{Buffers, GROUP};
use connection::Connection;
use done::Told;
use peer::Peer;
use queues::{Kind, Queues};

pub use buffers::BUFFERS;
pub use connection::LIMIT;
pub use done::Done;
pub use id::Id;

/// How long a ring that is dropped waits for the kernel, each time.
const PATIENCE: Duration = Duration::from_secs(1);

/// Two queues shared with the kernel, and the connections that it serves.
///
/// Nothing here waits for a socket to be ready: a request asks that something be
/// *done*, and [`wait`](Self::wait) tells that it has been. One
/// [`receive`](Self::receive) goes on by itself (*multishot*), and gives all that a
/// client sends. A request is an entry in memory; the system call `io_uring_enter`
/// hands over all that have gathered, and is made only when no completion is there to
/// be told.
///
/// The ring owns its connections, and what is sent and received, for as long as the
/// kernel may use them. A ring that is dropped cancels all that is under way, and waits
/// until the kernel is done with it.
///
/// ```no_run
/// use coroutine_server::{Done, Ring};
///
/// let listener = std::net::TcpListener::bind("127.0.0.1:8080")?;
/// let mut ring = Ring::new()?;
/// ring.accept(&listener)?;
/// while let Some(done) = ring.wait(None)? {
///     match done {
///         Done::Accepted(client) => drop(ring.receive(client?.0)?),
///         Done::Received(client, []) => ring.close(client)?,
///         Done::Received(client, bytes) => {
///             let answer = bytes.to_ascii_uppercase();
///             ring.send(client, &answer)?;
///         }
///         Done::Sent(..) | Done::Ready => {}
///         Done::Broken(client, _) => ring.close(client)?,
///     }
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A listener cannot be closed while the ring accepts from it (E0505):
/// ```compile_fail,E0505
/// # use coroutine_server::Ring;
/// let listener = std::net::TcpListener::bind("127.0.0.1:8080").unwrap();
/// let mut ring = Ring::new().unwrap();
/// ring.accept(&listener).unwrap();
/// drop(listener);
/// ring.wait(None).unwrap();
/// ```
///
/// What was received cannot be used once its buffer may be written anew (E0499):
/// ```compile_fail,E0499
/// # use coroutine_server::{Done, Ring};
/// # let mut ring = Ring::new().unwrap();
/// let first = ring.wait(None).unwrap();
/// let second = ring.wait(None).unwrap();
/// drop(first);
/// ```
pub struct Ring<'fd> {
    queues: Queues,
    buffers: Buffers,
    /// The buffer whose bytes the caller has been given.
    lent: Option<u16>,
    listener: Option<&'fd TcpListener>,
    /// Where the kernel writes the next client's address to.
    peer: Box<Peer>,
    is_accepting: bool,
    connections: Vec<Option<Connection>>,
    free: Vec<u32>,
    /// How many connections there have been.
    begun: u32,
    receives: u64,
    /// The kernel lets only the thread that has made the ring use it.
    of_one_thread: PhantomData<(*const (), BorrowedFd<'fd>)>,
}

impl<'fd> Ring<'fd> {
    /// A ring, for the thread that calls.
    ///
    /// # Errors
    /// [`Error::Refused`] if the kernel has no `io_uring`, has one older than Linux
    /// 6.1, or does not let this process use it, as in most containers.
    pub fn new() -> Result<Self, Error> {
        let mut ring = Self {
            queues: Queues::new()?,
            buffers: Buffers::new(),
            lent: None,
            listener: None,
            peer: Peer::new(),
            is_accepting: false,
            connections: Vec::new(),
            free: Vec::new(),
            begun: 0,
            receives: 0,
            of_one_thread: PhantomData,
        };
        // SAFETY: the buffers live as long as the ring, which at its end waits for the
        // receives into them, or leaks them.
        unsafe { ring.queues.put_aside(ring.buffers.give_all())? };
        Ok(ring)
    }

    /// Accepts all clients of a listener, one after the other, until an error.
    ///
    /// The kernel could go on by itself here as well, but then it would not tell where
    /// a client comes from: one that has left again has no address any more.
    ///
    /// # Errors
    /// [`Error::Os`].
    pub fn accept(&mut self, listener: &'fd TcpListener) -> Result<(), Error> {
        self.listener = Some(listener);
        if std::mem::replace(&mut self.is_accepting, true) {
            return Ok(());
        }
        let (place, length) = self.peer.place();
        let accept = opcode::Accept::new(Fd(listener.as_raw_fd()), place, length);
        let accept = accept.flags(libc::SOCK_CLOEXEC).build();
        // SAFETY: the address is in a box of its own, for one accept at a time, and the
        // ring keeps it as it keeps the buffers. The listener outlives the ring.
        unsafe { self.queues.put(accept, Kind::Accept, Id(0)) }
    }

    /// Ceases to accept. A client that has been accepted already may still be told.
    ///
    /// # Errors
    /// [`Error::Os`].
    pub fn stop_accepting(&mut self) -> Result<(), Error> {
        self.listener = None;
        self.queues.cancel(Kind::Accept, Id(0))
    }

    /// Tells once, by [`Done::Ready`], that a file can be read.
    ///
    /// # Errors
    /// [`Error::Os`].
    pub fn watch(&mut self, file: BorrowedFd<'fd>) -> Result<(), Error> {
        let fd = Fd(file.as_raw_fd());
        let watch = opcode::PollAdd::new(fd, libc::POLLIN as u32).build();
        // SAFETY: it refers to no memory, and the file outlives the ring.
        unsafe { self.queues.put(watch, Kind::Watch, Id(0)) }
    }

    /// Takes over a connection, and receives all that its client sends.
    ///
    /// # Errors
    /// [`Error::Os`].
    pub fn receive(&mut self, stream: TcpStream) -> Result<Id, Error> {
        let place = self.free.pop().unwrap_or_else(|| {
            self.connections.push(None);
            (self.connections.len() - 1) as u32
        });
        self.begun = self.begun.wrapping_add(1);
        let id = Id::new(self.begun, place);
        self.connections[id.place()] = Some(Connection::new(id, stream));
        self.receive_on(id)?;
        Ok(id)
    }

    /// Sends after all that is being sent. The bytes are kept until the client has
    /// taken them, and [paused](LIMIT) is a client that takes too few.
    ///
    /// # Errors
    /// [`Error::Os`].
    pub fn send(&mut self, id: Id, bytes: &[u8]) -> Result<(), Error> {
        let Some(connection) = self.connection(id) else { return Ok(()) };
        connection.owe(bytes);
        if connection.pauses() {
            self.queues.cancel(Kind::Receive, id)?;
        }
        self.send_on(id)
    }

    /// How many bytes a client is owed; none if its connection is closed.
    #[must_use]
    pub fn owed(&self, id: Id) -> usize {
        let connection = self.connections.get(id.place()).and_then(Option::as_ref);
        connection.filter(|it| it.id == id).map_or(0, Connection::owed)
    }

    /// The socket of a connection that is open.
    #[must_use]
    pub fn stream(&self, id: Id) -> Option<&TcpStream> {
        let connection = self.connections.get(id.place())?.as_ref()?;
        (connection.id == id && !connection.is_closing).then_some(&connection.stream)
    }

    /// Closes a connection, and discards what its client is owed. Nothing more is told
    /// of it.
    ///
    /// # Errors
    /// [`Error::Os`].
    pub fn close(&mut self, id: Id) -> Result<(), Error> {
        let Some(connection) = self.connection(id) else { return Ok(()) };
        connection.is_closing = true;
        let (is_receiving, is_sending) =
            (connection.is_receiving, connection.is_sending);
        if is_receiving {
            self.queues.cancel(Kind::Receive, id)?;
        }
        if is_sending {
            self.queues.cancel(Kind::Send, id)?;
        }
        self.finish(id);
        Ok(())
    }

    /// How many system calls the ring has made.
    #[must_use]
    pub fn enters(&self) -> u64 {
        self.queues.enters
    }

    /// How many requests to receive it has made: one for each connection, and one each
    /// time that a client is no longer [paused](LIMIT) or that buffers had run out.
    #[must_use]
    pub fn receives(&self) -> u64 {
        self.receives
    }

    /// Gives the next thing that the kernel has done, and sleeps until there is one;
    /// none if the time is over, or if nothing is under way.
    ///
    /// # Errors
    /// [`Error::Os`].
    pub fn wait(&mut self, until: Option<Instant>) -> Result<Option<Done<'_>>, Error> {
        if let Some(number) = self.lent.take() {
            self.give_back(number)?;
        }
        let told = loop {
            if let Some(told) = self.completed()? {
                break told;
            }
            if self.queues.under_way == 0 {
                return Ok(None);
            }
            let left = until.map(|it| it.saturating_duration_since(Instant::now()));
            if !self.queues.enter(1, left)? {
                return Ok(None);
            }
        };
        Ok(Some(match told {
            Told::Accepted(accepted) => Done::Accepted(accepted),
            Told::Received(id, count) => Done::Received(id, self.lent_bytes(count)),
            Told::Sent(id, count) => Done::Sent(id, count),
            Told::Broken(id, error) => Done::Broken(id, error),
            Told::Ready => Done::Ready,
        }))
    }

    fn lent_bytes(&self, count: usize) -> &[u8] {
        let Some(number) = self.lent else { return &[] };
        // SAFETY: the kernel has written so many bytes into this buffer, of no more
        // than its length, and does not touch it before it is given back: by `wait`,
        // which needs the ring for itself.
        unsafe { std::slice::from_raw_parts(self.buffers.place(number), count) }
    }

    /// A connection that is open.
    fn connection(&mut self, id: Id) -> Option<&mut Connection> {
        self.any_connection(id).filter(|it| !it.is_closing)
    }

    fn any_connection(&mut self, id: Id) -> Option<&mut Connection> {
        self.connections.get_mut(id.place())?.as_mut().filter(|it| it.id == id)
    }

    /// Begins a receive, if one is to begin.
    fn receive_on(&mut self, id: Id) -> Result<(), Error> {
        let Some(connection) = self.connection(id) else { return Ok(()) };
        if !connection.receives_again() {
            return Ok(());
        }
        connection.is_receiving = true;
        let fd = Fd(connection.stream.as_raw_fd());
        self.receives += 1;
        let receive = opcode::RecvMulti::new(fd, GROUP).build();
        // SAFETY: it refers to buffers that the kernel has been given. The connection
        // is not closed before its requests are complete.
        unsafe { self.queues.put(receive, Kind::Receive, id) }
    }

    /// Begins a send, if there is something to send and none is under way.
    fn send_on(&mut self, id: Id) -> Result<(), Error> {
        let Some(connection) = self.connection(id) else { return Ok(()) };
        let fd = Fd(connection.stream.as_raw_fd());
        let Some(bytes) = connection.next_to_send() else { return Ok(()) };
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let send = opcode::Send::new(fd, bytes.as_ptr(), length)
            .flags(libc::MSG_NOSIGNAL)
            .build();
        connection.is_sending = true;
        // SAFETY: the connection keeps these bytes in place while it `is_sending`, and
        // is not closed before.
        unsafe { self.queues.put(send, Kind::Send, id) }
    }

    /// Forgets a connection that is closed and for which nothing is under way.
    fn finish(&mut self, id: Id) {
        if self.any_connection(id).is_some_and(|it| it.is_done()) {
            self.connections[id.place()] = None;
            self.free.push(id.place() as u32);
        }
    }

    fn give_back(&mut self, number: u16) -> Result<(), Error> {
        // SAFETY: as for all buffers at the beginning. This one is lent no more.
        unsafe { self.queues.put_aside(self.buffers.give_back(number)) }
    }

    /// Cancels all that is under way, and waits until the kernel is done with it.
    fn give_up(&mut self) -> Result<(), Error> {
        self.listener = None;
        for connection in self.connections.iter_mut().flatten() {
            connection.is_closing = true;
        }
        while self.queues.under_way > 0 {
            self.queues.cancel_all()?;
            let before = self.queues.under_way;
            let in_time = self.queues.enter(1, Some(PATIENCE))?;
            drop(self.completed()?);
            if !in_time && self.queues.under_way == before {
                return Err(Error::os("cancel requests")(io::ErrorKind::TimedOut));
            }
        }
        Ok(())
    }
}

impl Drop for Ring<'_> {
    fn drop(&mut self) {
        if self.give_up().is_err() {
            // The kernel may still read from and write into them.
            std::mem::forget(std::mem::take(&mut self.connections));
            std::mem::forget(std::mem::replace(&mut self.buffers, Buffers::new()));
            std::mem::forget(std::mem::replace(&mut self.peer, Peer::new()));
        }
    }
}

impl std::fmt::Debug for Ring<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut it = formatter.debug_struct("Ring");
        it.field("under_way", &self.queues.under_way)
            .field("enters", &self.queues.enters);
        it.finish_non_exhaustive()
    }
}
