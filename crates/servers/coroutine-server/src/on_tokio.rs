//! The server by tokio: a task for each client, all on the calling thread.

#![expect(unsafe_code, reason = "tokio watches a borrowed descriptor")]

use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::net::{Shutdown, SocketAddr};
use std::os::fd::{AsFd as _, BorrowedFd};
use std::sync::Arc;
use std::time::Duration;

use socket_server::kit::Statistics;
use socket_server::{Event, GRACE, Protocol, RECEIVE, RETRY, Server};
use socket2::SockRef;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::Error;
use crate::next::{Next, next};

/// N1.21 without stacks: serves on this thread, with a task of tokio for each client.
///
/// A task may not borrow the server, because tokio might keep it longer than the
/// server lives. So a task ends with the [`Event`] that is to be told, and the loop
/// that accepts tells it.
///
/// Returns when the server is stopped.
///
/// # Errors
/// [`Error`] if the runtime cannot be had or the listener itself fails. Errors of a
/// single connection are reported as an [`Event`].
///
/// # Panics
/// Within another runtime of tokio.
///
/// ```
/// use coroutine_server::serve_on_tokio;
/// use socket_server::kit::Client;
/// use socket_server::{Protocol, Server};
///
/// Server::local(Protocol::UPPER)?.during(serve_on_tokio, |address| {
///     let mut client = Client::connect(address, Protocol::UPPER)?;
///     assert_eq!(client.ask("hello")?, "HELLO");
///     Ok::<(), coroutine_server::Error>(())
/// })?;
/// # Ok::<(), coroutine_server::Error>(())
/// ```
pub fn serve_on_tokio(server: &Server) -> Result<(), Error> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::os("start a runtime"))?
        .block_on(serve(server))
}

async fn serve(server: &Server) -> Result<(), Error> {
    let listener = watched(server.listener().as_fd())?;
    let stop = watched(server.stop().as_fd())?;
    let mut clients = Clients { server, open: HashMap::new(), tasks: JoinSet::new() };
    loop {
        tokio::select! {
            // Stopping goes first, or a crowd that never pauses would keep the server
            // from it.
            biased;
            stopped = stop.readable() => {
                // It stays readable, as nothing reads it.
                stopped.map_err(Error::os("wait for the stop"))?.retain_ready();
                break;
            }
            Some(end) = clients.ended() => clients.tell(&end),
            accepted = accept(server, &listener) => {
                let (stream, peer) = accepted?;
                clients.begin(stream, peer);
            }
        }
    }
    clients.end().await;
    Ok(())
}

fn watched(file: BorrowedFd<'_>) -> Result<AsyncFd<BorrowedFd<'_>>, Error> {
    // SAFETY: a borrowed descriptor is open, and that of the same file, for as long as
    // it is borrowed.
    let watched = unsafe { AsyncFd::register_with_interest(file, Interest::READABLE) };
    watched.map_err(|error| Error::os("watch a file")(io::Error::from(error)))
}

/// Waits for the next client. It may be dropped while it waits, and no client is lost.
async fn accept(
    server: &Server,
    listener: &AsyncFd<BorrowedFd<'_>>,
) -> Result<(std::net::TcpStream, SocketAddr), Error> {
    loop {
        let ready = listener.readable().await;
        let mut ready = ready.map_err(Error::os("wait for a client"))?;
        match next(server)? {
            Next::Client(stream, peer) => return Ok((stream, peer)),
            Next::Nobody => ready.clear_ready(),
            Next::Exhausted => tokio::time::sleep(RETRY).await,
        }
    }
}

/// The clients that are connected, and the tasks that serve them.
struct Clients<'a> {
    server: &'a Server,
    open: HashMap<SocketAddr, Arc<TcpStream>>,
    tasks: JoinSet<Event>,
}

impl Clients<'_> {
    fn begin(&mut self, stream: std::net::TcpStream, peer: SocketAddr) {
        self.server.tell(&Event::Connected { peer });
        let stream = match TcpStream::from_std(stream) {
            Ok(stream) => Arc::new(stream),
            Err(error) => return self.tell(&broken(peer, &error)),
        };
        self.open.insert(peer, Arc::clone(&stream));
        let conversation = Conversation {
            stream,
            protocol: self.server.protocol(),
            statistics: Arc::clone(self.server.statistics()),
            idle: self.server.idle_timeout(),
        };
        self.tasks.spawn(async move {
            match conversation.run().await {
                Ok(()) => Event::Closed { peer },
                Err(error) if error.kind() == ErrorKind::TimedOut => {
                    Event::Idle { peer }
                }
                Err(error) => broken(peer, &error),
            }
        });
    }

    /// The next task that has ended; none if there are no tasks.
    async fn ended(&mut self) -> Option<Event> {
        let ended = self.tasks.join_next().await?;
        // A task is not cancelled before all others have been told of, and its panic
        // is this thread's.
        Some(
            ended.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic())),
        )
    }

    fn tell(&mut self, end: &Event) {
        if let Some(peer) = end.ended() {
            self.open.remove(&peer);
        }
        self.server.tell(end);
    }

    /// Lets each client come to its end: what it has sent is answered, and nothing
    /// later. One that does not take its answers is cut off.
    async fn end(mut self) {
        for stream in self.open.values() {
            // It fails only if the client has gone already, which the next read tells
            // as well.
            let _gone = SockRef::from(&**stream).shutdown(Shutdown::Read);
        }
        let all = async {
            while let Some(end) = self.ended().await {
                self.tell(&end);
            }
        };
        let _some_are_left = timeout(GRACE, all).await;
        self.tasks.shutdown().await;
        for (peer, _) in self.open.drain() {
            self.server.tell(&Event::Cut { peer });
        }
    }
}

fn broken(peer: SocketAddr, error: &io::Error) -> Event {
    Event::Broken { peer, error: error.to_string() }
}

/// A task's side of one connection.
struct Conversation {
    /// The loop that accepts has a share in it, to shut it down.
    stream: Arc<TcpStream>,
    protocol: Protocol,
    statistics: Arc<Statistics>,
    idle: Option<Duration>,
}

impl Conversation {
    /// Answers until the client ends its side. Nothing is read before the last answer
    /// has been sent, so a client that does not read costs no memory.
    async fn run(self) -> io::Result<()> {
        let mut answer = self.protocol.greeting.as_bytes().to_vec();
        let mut received = [0; RECEIVE];
        loop {
            self.send(&answer).await?;
            let count = self.receive(&mut received).await?;
            if count == 0 {
                return Ok(());
            }
            self.statistics.count_received(count);
            answer.clear();
            self.protocol.answer(&received[..count], &mut answer);
        }
    }

    async fn receive(&self, received: &mut [u8]) -> io::Result<usize> {
        loop {
            self.in_time(self.stream.readable()).await?;
            match self.stream.try_read(received) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                read => return read,
            }
        }
    }

    /// Sends all of the answer, in as many parts as the client takes it.
    async fn send(&self, mut answer: &[u8]) -> io::Result<()> {
        self.statistics.note_buffer(answer.len());
        while !answer.is_empty() {
            match self.stream.try_write(answer) {
                Ok(count) => {
                    self.statistics.count_sent(count);
                    answer = &answer[count..];
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.in_time(self.stream.writable()).await?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Waits for as long as the client may be idle.
    async fn in_time(
        &self,
        ready: impl Future<Output = io::Result<()>>,
    ) -> io::Result<()> {
        match self.idle {
            Some(idle) => timeout(idle, ready).await?,
            None => ready.await,
        }
    }
}
