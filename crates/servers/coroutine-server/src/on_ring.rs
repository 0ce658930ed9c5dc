//! The server by `io_uring`: the kernel does the work, one thread tells it which.

use std::collections::HashMap;
use std::io;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

use socket_server::{Accepted, Event, GRACE, RETRY, Server};

use crate::Error;
use crate::ring::{Done, Id, Ring};

/// N1.21 by completion: serves on this thread, which asks the kernel to accept, receive
/// and send, and is told when that is done.
///
/// Returns when the server is stopped.
///
/// # Errors
/// [`Error::Refused`] if the kernel does not let this process have a ring;
/// [`Error`] if the ring or the listener itself fails. Errors of a single connection
/// are reported as an [`Event`].
///
/// ```no_run
/// use coroutine_server::serve_on_ring;
/// use socket_server::kit::Client;
/// use socket_server::{Protocol, Server};
///
/// Server::local(Protocol::UPPER)?.during(serve_on_ring, |address| {
///     let mut client = Client::connect(address, Protocol::UPPER)?;
///     assert_eq!(client.ask("hello")?, "HELLO");
///     Ok::<(), coroutine_server::Error>(())
/// })?;
/// # Ok::<(), coroutine_server::Error>(())
/// ```
pub fn serve_on_ring(server: &Server) -> Result<(), Error> {
    let mut ring = Ring::new()?;
    ring.accept(server.listener())?;
    ring.watch(server.stop().as_fd())?;
    let mut clients = Clients {
        server,
        ring,
        open: HashMap::new(),
        answer: Vec::new(),
        retry: None,
        give_up: None,
        idle_check: None,
    };
    clients.serve()
}

struct Clients<'a> {
    server: &'a Server,
    ring: Ring<'a>,
    open: HashMap<Id, Client>,
    /// An answer is made here before the ring keeps it.
    answer: Vec<u8>,
    /// When to accept again, after there was no descriptor left.
    retry: Option<Instant>,
    /// When the clients are cut off that have not taken their answers, once the server
    /// stops.
    give_up: Option<Instant>,
    /// When the first client may have been idle for too long.
    idle_check: Option<Instant>,
}

struct Client {
    peer: SocketAddr,
    /// Whether it has ended its side.
    has_ended: bool,
    /// When it has last sent or taken something.
    active: Instant,
}

impl Clients<'_> {
    fn serve(&mut self) -> Result<(), Error> {
        while self.give_up.is_none() || !self.open.is_empty() {
            self.look_at_the_clock()?;
            let until = [self.retry, self.give_up, self.idle_check];
            let until = until.into_iter().flatten().min();
            match self.ring.wait(until)? {
                Some(Done::Accepted(accepted)) => self.accepted(accepted)?,
                Some(Done::Received(id, [])) => self.settle(id, 0, true)?,
                Some(Done::Received(id, bytes)) => {
                    let (server, answer) = (self.server, &mut self.answer);
                    server.statistics().count_received(bytes.len());
                    answer.clear();
                    server.protocol().answer(bytes, answer);
                    self.ring.send(id, &self.answer)?;
                    self.settle(id, 0, false)?;
                }
                Some(Done::Sent(id, count)) => self.settle(id, count, false)?,
                Some(Done::Broken(id, error)) => self.broken(id, &error)?,
                Some(Done::Ready) => self.begin_to_stop()?,
                None => {}
            }
        }
        Ok(())
    }

    fn accepted(
        &mut self,
        accepted: io::Result<(TcpStream, SocketAddr)>,
    ) -> Result<(), Error> {
        if self.give_up.is_some() {
            // It is late; or this is the end of accepting.
            return Ok(());
        }
        let goes_on = accepted.is_ok();
        match self.server.accepted(accepted)? {
            Accepted::Client(stream, peer) => self.begin(stream, peer)?,
            Accepted::NoClient if goes_on => {}
            Accepted::NoClient => self.ring.accept(self.server.listener())?,
            Accepted::Exhausted(_) => self.retry = Some(Instant::now() + RETRY),
        }
        Ok(())
    }

    fn begin(&mut self, stream: TcpStream, peer: SocketAddr) -> Result<(), Error> {
        let now = Instant::now();
        let id = self.ring.receive(stream)?;
        self.open.insert(id, Client { peer, has_ended: false, active: now });
        if let Some(idle) = self.server.idle_timeout() {
            self.idle_check.get_or_insert(now + idle);
        }
        self.server.tell(&Event::Connected { peer });
        self.ring.send(id, self.server.protocol().greeting.as_bytes())
    }

    /// Notes what has become of a client, and closes its connection if it has ended its
    /// side and is owed nothing.
    fn settle(&mut self, id: Id, sent: usize, has_ended: bool) -> Result<(), Error> {
        let statistics = self.server.statistics();
        statistics.count_sent(sent);
        let owed = self.ring.owed(id);
        statistics.note_buffer(owed);
        let Some(client) = self.open.get_mut(&id) else { return Ok(()) };
        client.has_ended |= has_ended;
        if client.has_ended && owed == 0 {
            return self.end(id, |peer| Event::Closed { peer });
        }
        if self.server.idle_timeout().is_some() {
            client.active = Instant::now();
        }
        Ok(())
    }

    fn broken(&mut self, id: Id, error: &io::Error) -> Result<(), Error> {
        self.end(id, |peer| Event::Broken { peer, error: error.to_string() })
    }

    fn end(&mut self, id: Id, how: impl Fn(SocketAddr) -> Event) -> Result<(), Error> {
        if let Some(client) = self.open.remove(&id) {
            self.ring.close(id)?;
            self.server.tell(&how(client.peer));
        }
        Ok(())
    }

    /// Accepts no more, and lets each client come to its end: what it has sent is
    /// answered, and nothing later.
    fn begin_to_stop(&mut self) -> Result<(), Error> {
        self.give_up = Some(Instant::now() + GRACE);
        self.retry = None;
        for id in self.open.keys() {
            // It fails only if the client has gone already, which its receive tells as
            // well.
            let _gone = self.ring.stream(*id).map(|it| it.shutdown(Shutdown::Read));
        }
        self.ring.stop_accepting()
    }

    /// Does what is due: accepts again, disconnects the idle, cuts off the last.
    fn look_at_the_clock(&mut self) -> Result<(), Error> {
        let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= Instant::now());
        if is_due(self.retry) {
            self.retry = None;
            self.ring.accept(self.server.listener())?;
        }
        if is_due(self.idle_check)
            && let Some(idle) = self.server.idle_timeout()
        {
            self.end_all(idle, |peer| Event::Idle { peer })?;
            let active = self.open.values().map(|client| client.active);
            self.idle_check = active.min().map(|at| at + idle);
        }
        if is_due(self.give_up) {
            self.end_all(Duration::ZERO, |peer| Event::Cut { peer })?;
        }
        Ok(())
    }

    /// Ends the connections of all clients that have been idle for so long.
    fn end_all(
        &mut self,
        idle: Duration,
        how: impl Fn(SocketAddr) -> Event,
    ) -> Result<(), Error> {
        let now = Instant::now();
        let ids: Vec<_> = self
            .open
            .iter()
            .filter(|(_, client)| client.active + idle <= now)
            .map(|(id, _)| *id)
            .collect();
        ids.into_iter().try_for_each(|id| self.end(id, &how))
    }
}
