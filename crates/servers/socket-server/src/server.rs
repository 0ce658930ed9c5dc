//! A server: where it listens, and how it is stopped and watched.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::kit::Statistics;
use crate::listen::{Accepted, accepted, listen};
use crate::{Error, Event, Protocol, StopHandle};

/// How long a server that stops waits for its clients to take the answers they are
/// owed.
pub const GRACE: Duration = Duration::from_millis(700);

/// How long a server that cannot accept waits before it tries again.
pub const RETRY: Duration = Duration::from_millis(100);

/// How many bytes a server of the notes receives at once.
pub const RECEIVE: usize = 1024;

/// A server that does not yet run: where it listens, what it says, and how it is
/// stopped and watched. It can be run by one thread, many, a pool, or a loop over a
/// selector.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    protocol: Protocol,
    stop: StopHandle,
    statistics: Arc<Statistics>,
    report: Box<dyn Fn(&Event) + Send + Sync>,
    /// Whether the last client could not be accepted for want of descriptors.
    exhausted: AtomicBool,
    idle_timeout: Option<Duration>,
    connections_per_address: usize,
    /// How many connections each address has.
    open: Mutex<HashMap<IpAddr, usize>>,
}

impl Server {
    /// A server on `port` of `host`, or on a free port if it is 0. Clients can connect
    /// from now on; they wait until it runs.
    ///
    /// # Errors
    /// Those of [`listen`], and [`Error::Os`] if there is no descriptor left.
    pub fn new(host: &str, port: u16, protocol: Protocol) -> Result<Self, Error> {
        let listener = listen(host, port)?;
        let address = listener
            .local_addr()
            .map_err(Error::os("read the address of the listener"))?;
        let (stop, statistics) = (StopHandle::new()?, Arc::default());
        let (report, exhausted) = (Box::new(|_: &Event| ()), AtomicBool::new(false));
        Ok(Self {
            listener,
            address,
            protocol,
            stop,
            statistics,
            report,
            exhausted,
            idle_timeout: None,
            connections_per_address: usize::MAX,
            open: Mutex::default(),
        })
    }

    /// A server on a free port of this machine, as the scenes have it.
    ///
    /// # Errors
    /// As [`Server::new`].
    pub fn local(protocol: Protocol) -> Result<Self, Error> {
        Self::new("127.0.0.1", 0, protocol)
    }

    /// Tells `report` of all that happens, on the thread where it happens.
    ///
    /// As that may be several threads at once, `report` is an `Fn`: what it changes
    /// must be behind a lock, or be a channel. Without one it is refused (E0596):
    /// ```compile_fail,E0596
    /// # use socket_server::{Protocol, Server};
    /// let mut events = Vec::new();
    /// let server = Server::local(Protocol::UPPER)?
    ///     .reporting(move |event| events.push(event.clone()));
    /// # Ok::<(), socket_server::Error>(())
    /// ```
    #[must_use]
    pub fn reporting(
        mut self,
        report: impl Fn(&Event) + Send + Sync + 'static,
    ) -> Self {
        self.report = Box::new(report);
        self
    }

    /// Disconnects a client that neither sends nor takes anything for so long. Without
    /// it a silent client keeps its thread, or its descriptor, for ever.
    #[must_use]
    pub fn with_idle_timeout(mut self, time: Duration) -> Self {
        self.idle_timeout = Some(time);
        self
    }

    /// Refuses the connections of an address beyond so many at once, so that no client
    /// can take all descriptors from the others.
    #[must_use]
    pub fn with_connections_per_address(mut self, most: usize) -> Self {
        self.connections_per_address = most;
        self
    }

    /// How long a client may neither send nor take anything; for ever if none.
    #[must_use]
    pub fn idle_timeout(&self) -> Option<Duration> {
        self.idle_timeout
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it says.
    #[must_use]
    pub fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// The listener, which does not block.
    #[must_use]
    pub fn listener(&self) -> &TcpListener {
        &self.listener
    }

    /// What stops it.
    #[must_use]
    pub fn stop(&self) -> &StopHandle {
        &self.stop
    }

    /// What it has done so far.
    #[must_use]
    pub fn statistics(&self) -> &Arc<Statistics> {
        &self.statistics
    }

    /// Accepts a client, if one waits, ready to be talked to without blocking. That
    /// clients cannot be accepted for now is reported once, and so is that they can
    /// again.
    ///
    /// # Errors
    /// [`Error::Os`] if the listener itself is unusable.
    pub fn accept(&self) -> Result<Accepted, Error> {
        self.accepted(self.listener.accept())
    }

    /// As [`accept`](Self::accept), for a client that was accepted by other means than
    /// the listener's own call: by a ring.
    ///
    /// # Errors
    /// As [`accept`](Self::accept).
    pub fn accepted(
        &self,
        outcome: io::Result<(TcpStream, SocketAddr)>,
    ) -> Result<Accepted, Error> {
        let accepted = accepted(outcome)?;
        match &accepted {
            Accepted::Client(stream, peer) => {
                if self.exhausted.swap(false, Relaxed) {
                    self.tell(&Event::Accepting);
                }
                // Answers go out at once; they are not kept back until there are more.
                if stream
                    .set_nonblocking(true)
                    .and_then(|()| stream.set_nodelay(true))
                    .is_err()
                {
                    // The client's connection is unusable, which is no reason to end
                    // all others.
                    return Ok(Accepted::NoClient);
                }
                if !self.admit(peer.ip()) {
                    let error = format!(
                        "its address has {} already",
                        self.connections_per_address
                    );
                    self.publish(&Event::Refused { peer: *peer, error });
                    return Ok(Accepted::NoClient);
                }
            }
            Accepted::Exhausted(error) => {
                if !self.exhausted.swap(true, Relaxed) {
                    self.tell(&Event::Exhausted { error: error.to_string() });
                }
            }
            Accepted::NoClient => {}
        }
        Ok(accepted)
    }

    /// Counts an event and reports it. Every client that was accepted must be told of
    /// once when it [ends](Event::ended).
    pub fn tell(&self, event: &Event) {
        if let Some(peer) = event.ended() {
            self.release(peer.ip());
        }
        self.publish(event);
    }

    fn publish(&self, event: &Event) {
        self.statistics.count(event);
        (self.report)(event);
    }

    /// Counts another connection of an address, if it may have one.
    fn admit(&self, address: IpAddr) -> bool {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(address).or_default();
        let admitted = *count < self.connections_per_address;
        *count += usize::from(admitted);
        admitted
    }

    fn release(&self, address: IpAddr) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                open.remove(&address);
            }
        }
    }

    /// Serves on a thread of its own, named `server`, while `visit` runs; then stops it
    /// and waits for its end.
    ///
    /// # Errors
    /// What `visit` returns; or what `serve` does, as its error explains the other.
    ///
    /// ```
    /// use socket_server::kit::Client;
    /// use socket_server::{Protocol, Server, one_at_a_time};
    ///
    /// Server::local(Protocol::UPPER)?.during(one_at_a_time, |address| {
    ///     let mut client = Client::connect(address, Protocol::UPPER)?;
    ///     assert_eq!(client.ask("hello")?, "HELLO");
    ///     Ok::<(), socket_server::Error>(())
    /// })?;
    /// # Ok::<(), socket_server::Error>(())
    /// ```
    pub fn during<T, E>(
        self,
        serve: impl FnOnce(&Self) -> Result<(), E> + Send,
        visit: impl FnOnce(SocketAddr) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: From<Error> + Send,
    {
        std::thread::scope(|scope| {
            // Also when `visit` panics: the scope waits for the server, and so must
            // have stopped it.
            let _stopping = StopAtEnd(&self.stop);
            let named = std::thread::Builder::new().name("server".to_owned());
            let server = named
                .spawn_scoped(scope, || serve(&self))
                .map_err(Error::os("start the server's thread"))?;
            let visited = visit(self.address);
            self.stop.set();
            match server.join() {
                Ok(result) => result.and(visited),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        })
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Server")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

struct StopAtEnd<'a>(&'a StopHandle);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.set();
    }
}
