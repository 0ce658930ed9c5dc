//! The server of pages and of faults.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

use socket2::{Domain, Socket, Type};
use tokio::runtime::Builder;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::answer::serve;
use super::counts::Counts;
use super::fault::Fault;

/// How long a scene waits for what must happen at once, on a busy machine.
pub const SOON: Duration = Duration::from_secs(3);

/// The pages of the note, by name, and how many bytes it has received of each.
pub const PAGES: [(&str, usize); 4] =
    [("python", 48_860), ("58", 104_670), ("sogou", 12_713), ("sohu", 170_935)];

/// How long accepting pauses when there is no descriptor left.
const PAUSE: Duration = Duration::from_millis(100);

/// A server on 127.0.0.1 that sends pages of a given size after a given time, and shows
/// each [`Fault`]. It runs on a thread of its own, and ends when it is dropped.
///
/// ```
/// # use url_fetch::kit::{Fault, Server};
/// let server = Server::start()?;
/// let page = server.page("python", 48_860, 0.0);
/// assert!(page.ends_with("/python?bytes=48860&after=0"));
/// assert!(server.fault(Fault::Stalls).ends_with("/stalls"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    counts: watch::Receiver<Counts>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<io::Result<()>>>,
    refuses: Socket,
    unanswered: Socket,
    /// The one connection that fills the queue of `unanswered`.
    _fills: TcpStream,
}

impl Server {
    /// Serves on a free port.
    ///
    /// # Errors
    /// If the process has no descriptor or thread left.
    pub fn start() -> io::Result<Self> {
        Self::start_at(0)
    }

    /// Serves on that port; 0 takes a free one.
    ///
    /// # Errors
    /// If the port is taken; otherwise as [`Server::start`].
    pub fn start_at(port: u16) -> io::Result<Self> {
        let listener = Self::bind(port)?;
        listener.listen(4096)?;
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from(listener);
        let address = listener.local_addr()?;

        // It keeps its port, so that nothing else can listen there.
        let refuses = Self::bind(0)?;
        // A queue for 0 connections takes one.
        let unanswered = Self::bind(0)?;
        unanswered.listen(0)?;
        let fills = TcpStream::connect(address_of(&unanswered)?)?;

        let (sender, counts) = watch::channel(Counts::default());
        let (stop, stopped) = oneshot::channel();
        let run = move || {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener)?;
                tokio::select! {
                    () = accept(listener, sender) => {}
                    _dropped = stopped => {}
                }
                Ok(())
            })
        };
        let thread = std::thread::Builder::new().name("server".into()).spawn(run)?;
        let (stop, thread) = (Some(stop), Some(thread));
        Ok(Self { address, counts, stop, thread, refuses, unanswered, _fills: fills })
    }

    fn bind(port: u16) -> io::Result<Socket> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        if port != 0 {
            // Connections of a server that has just ended do not hold the port.
            socket.set_reuse_address(true)?;
        }
        socket.bind(&SocketAddr::from(([127, 0, 0, 1], port)).into())?;
        Ok(socket)
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of a page of that many bytes, which is sent so many note-seconds after
    /// it is asked for.
    ///
    /// # Panics
    /// If `after` is negative or not finite.
    #[must_use]
    pub fn page(&self, name: &str, bytes: usize, after: f64) -> String {
        let after = shared::pace::secs(after).as_micros().div_ceil(1_000);
        format!("http://{}/{name}?bytes={bytes}&after={after}", self.address)
    }

    /// The URL that shows a fault.
    #[must_use]
    pub fn fault(&self, fault: Fault) -> String {
        let bound = |socket| address_of(socket).unwrap_or(self.address);
        let address = match fault {
            Fault::Refuses => bound(&self.refuses),
            Fault::Unanswered => bound(&self.unanswered),
            _ => self.address,
        };
        format!("http://{address}/{fault}")
    }

    /// What it has seen so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        *self.counts.borrow()
    }

    /// Waits until what it has seen is as wanted; whether it was within [`SOON`].
    pub async fn has_seen(&self, wanted: impl FnMut(&Counts) -> bool) -> bool {
        let mut counts = self.counts.clone();
        matches!(timeout(SOON, counts.wait_for(wanted)).await, Ok(Ok(_)))
    }

    /// Serves until the process ends, or the server's thread fails.
    ///
    /// # Errors
    /// That of the thread.
    pub fn join(mut self) -> io::Result<()> {
        self.thread.take().map_or(Ok(()), finish)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(Err(error)) = self.thread.take().map(finish) {
            eprintln!("the server of the kit failed: {error}");
        }
    }
}

fn finish(thread: JoinHandle<io::Result<()>>) -> io::Result<()> {
    thread.join().unwrap_or_else(|_| Err(io::Error::other("its thread panicked")))
}

fn address_of(socket: &Socket) -> io::Result<SocketAddr> {
    let address = socket.local_addr()?.as_socket();
    address.ok_or_else(|| io::Error::other("a socket of another family"))
}

/// Accepts connections, each served by a task, until it is dropped.
async fn accept(listener: tokio::net::TcpListener, counts: watch::Sender<Counts>) {
    let counts = std::sync::Arc::new(counts);
    let mut tasks = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _peer)) => {
                    let counts = counts.clone();
                    // A client that has gone is no error of the server.
                    tasks.spawn(async move { drop(serve(stream, &counts).await) });
                }
                Err(_no_descriptor) => sleep(PAUSE).await,
            },
            Some(_ended) = tasks.join_next() => {}
        }
    }
}
