//! The server by may: a coroutine with a stack for each client.

use std::collections::HashMap;
use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::fd::{AsFd as _, BorrowedFd};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use coroutines::Failed;
use coroutines::on_may::{Nursery, nursery};
use may::coroutine;
use may::io::{CoIo, WaitIo as _};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use socket_server::{Event, GRACE, RECEIVE, RETRY, Server, StopHandle};

use crate::Error;
use crate::next::{Next, next};
use crate::share::Share;

/// N1.21 with stacks: serves with a coroutine of may for each client, on may's worker
/// threads.
///
/// A coroutine borrows the server, for it belongs to a
/// [nursery](coroutines::on_may::nursery), which ends when all of its coroutines have.
///
/// Returns when the server is stopped.
///
/// # Errors
/// [`Error`] if the listener itself fails. Errors of a single connection are reported
/// as an [`Event`].
///
/// ```
/// use coroutine_server::serve_on_may;
/// use socket_server::kit::Client;
/// use socket_server::{Protocol, Server};
///
/// Server::local(Protocol::UPPER)?.during(serve_on_may, |address| {
///     let mut client = Client::connect(address, Protocol::UPPER)?;
///     assert_eq!(client.ask("hello")?, "HELLO");
///     Ok::<(), coroutine_server::Error>(())
/// })?;
/// # Ok::<(), coroutine_server::Error>(())
/// ```
pub fn serve_on_may(server: &Server) -> Result<(), Error> {
    let listener = CoIo::new(server.listener().as_fd()).map_err(io::Error::from);
    let listener = listener.map_err(Error::os("watch the listener"))?;
    let clients = Clients { server, open: Mutex::default(), all_left: Condvar::new() };
    let waker = listener.waker();
    std::thread::scope(|scope| {
        // Dropped before the scope waits for its thread, also if a coroutine panics.
        let _stopping = StopAtEnd(server);
        let named = std::thread::Builder::new().name("stop".to_owned());
        let stopping = named.spawn_scoped(scope, || {
            wait_for(server.stop());
            waker.wakeup();
            clients.end();
        });
        stopping.map_err(Error::os("start a thread"))?;
        nursery(|coroutines| accept(&clients, &listener, &coroutines))
            .map_err(Failed::into_first)
    })
}

struct StopAtEnd<'a>(&'a Server);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.stop().set();
    }
}

/// Waits, as a thread does: neither the stop nor its deadline depends on may's timers.
fn wait_for(stop: &StopHandle) {
    let mut watched = [PollFd::new(stop.as_fd(), PollFlags::POLLIN)];
    // It is interrupted by signals alone.
    while !stop.is_set() && poll(&mut watched, PollTimeout::NONE) != Ok(1) {}
}

/// Accepts clients until the server is stopped.
fn accept<'scope>(
    clients: &'scope Clients<'_>,
    listener: &CoIo<BorrowedFd<'_>>,
    coroutines: &Nursery<'scope, '_, Error>,
) -> Result<(), Error> {
    while !clients.server.stop().is_set() {
        match next(clients.server)? {
            Next::Client(stream, peer) => {
                let stream = clients.begin(stream, peer);
                coroutines.spawn(&peer.to_string(), move || {
                    clients.serve(stream, peer);
                    Ok(())
                });
            }
            Next::Nobody => drop(listener.wait_io()),
            Next::Exhausted => coroutine::sleep(RETRY),
        }
    }
    Ok(())
}

/// The clients that are connected.
struct Clients<'a> {
    server: &'a Server,
    /// Held for moments only, and never across a wait of a coroutine.
    open: Mutex<Open>,
    all_left: Condvar,
}

#[derive(Default)]
struct Open {
    streams: HashMap<SocketAddr, Share>,
    /// Whether the server stops, and nothing new is received.
    is_stopping: bool,
    /// Whether the last of them have been cut off.
    are_cut: bool,
}

impl Clients<'_> {
    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, stream: TcpStream, peer: SocketAddr) -> Share {
        let stream = Share::new(stream);
        self.server.tell(&Event::Connected { peer });
        let mut open = self.open();
        open.streams.insert(peer, stream.clone());
        if open.is_stopping {
            open.shut_down(Shutdown::Read);
        }
        stream
    }

    fn serve(&self, stream: Share, peer: SocketAddr) {
        let ended = self.talk(stream);
        let mut open = self.open();
        open.streams.remove(&peer);
        let end = match ended {
            Ok(()) => Event::Closed { peer },
            Err(_) if open.are_cut => Event::Cut { peer },
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                Event::Idle { peer }
            }
            Err(error) => Event::Broken { peer, error: error.to_string() },
        };
        if open.streams.is_empty() {
            self.all_left.notify_all();
        }
        drop(open);
        self.server.tell(&end);
    }

    /// Answers until the client ends its side. Nothing is read before the last answer
    /// has been sent, so a client that does not read costs no memory.
    fn talk(&self, stream: Share) -> io::Result<()> {
        let (protocol, statistics) = (self.server.protocol(), self.server.statistics());
        // Not may's own stream: `end` has a share in this one, to shut it down.
        let mut stream = CoIo::new(stream)?;
        stream.set_read_timeout(self.server.idle_timeout())?;
        stream.set_write_timeout(self.server.idle_timeout())?;
        let mut answer = protocol.greeting.as_bytes().to_vec();
        let mut received = [0; RECEIVE];
        loop {
            statistics.note_buffer(answer.len());
            let mut rest = &answer[..];
            while !rest.is_empty() {
                let count = stream.write(rest)?;
                statistics.count_sent(count);
                rest = &rest[count..];
            }
            let count = stream.read(&mut received)?;
            if count == 0 {
                return Ok(());
            }
            statistics.count_received(count);
            answer.clear();
            protocol.answer(&received[..count], &mut answer);
        }
    }

    /// Lets each client come to its end: what it has sent is answered, and nothing
    /// later. One that does not take its answers is cut off.
    fn end(&self) {
        let mut open = self.open();
        open.is_stopping = true;
        open.shut_down(Shutdown::Read);
        let some_are_left = |open: &mut Open| !open.streams.is_empty();
        let waited = self.all_left.wait_timeout_while(open, GRACE, some_are_left);
        let (mut open, _) = waited.unwrap_or_else(PoisonError::into_inner);
        open.are_cut = true;
        open.shut_down(Shutdown::Both);
    }
}

impl Open {
    fn shut_down(&self, how: Shutdown) {
        for stream in self.streams.values() {
            // It fails only if the client has gone already, which its coroutine finds
            // as well.
            let _gone = stream.stream().shutdown(how);
        }
    }
}
