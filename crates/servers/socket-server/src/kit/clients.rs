//! Clients of a server that runs on the caller's thread, as the notes' servers do.

use std::io::{self, ErrorKind};
use std::net::{Shutdown, SocketAddr};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle};

use socket2::Socket;

/// The clients of a scene whose server runs on the caller's thread.
///
/// The notes' servers accept for ever. Here the listener is shut down when the clients
/// have left: an `accept` that waits fails, and a `select` that waits finds the
/// listener ready.
///
/// ```
/// use std::io::{Read as _, Write as _};
/// use std::net::TcpListener;
/// use socket_server::kit::{Clients, Visitor};
///
/// let server = TcpListener::bind("127.0.0.1:0")?;
/// let clients = Clients::start(&server, |address| {
///     let anna = Visitor::connect("anna", address)?;
///     assert!(anna.ask("hello") == "hello");
///     Ok(())
/// })?;
/// while let Ok((mut connection, _peer)) = server.accept() {
///     let mut received = [0; 1024];
///     let count = connection.read(&mut received)?;
///     connection.write_all(&received[..count])?;
/// }
/// clients.join()?;
/// # Ok::<(), anyhow::Error>(())
/// ```
#[derive(Debug)]
pub struct Clients {
    have_left: Arc<AtomicBool>,
    thread: Option<JoinHandle<anyhow::Result<()>>>,
}

impl Clients {
    /// Runs `visit` on a thread named `clients`. It is given the address on which
    /// `listener` listens.
    ///
    /// # Errors
    /// If there is no thread or no descriptor left.
    pub fn start(
        listener: impl AsFd,
        visit: impl FnOnce(SocketAddr) -> anyhow::Result<()> + Send + 'static,
    ) -> io::Result<Self> {
        let listener = Socket::from(listener.as_fd().try_clone_to_owned()?);
        let address =
            listener.local_addr()?.as_socket().ok_or(ErrorKind::Unsupported)?;
        let have_left = Arc::new(AtomicBool::new(false));
        let leaving = Leaving { have_left: Arc::clone(&have_left), listener };
        let thread = Builder::new().name("clients".to_owned()).spawn(move || {
            // Dropped at the end, also if `visit` panics.
            let _leaving = leaving;
            visit(address)
        })?;
        Ok(Self { have_left, thread: Some(thread) })
    }

    /// Gives `found` back, or none if all clients have left: what a `select` has found
    /// then is only the listener that was shut down.
    pub fn unless_left<T>(&self, found: T) -> Option<T> {
        (!self.have_left.load(Ordering::Acquire)).then_some(found)
    }

    /// Waits until the clients have left.
    ///
    /// # Errors
    /// The error of `visit`.
    pub fn join(mut self) -> anyhow::Result<()> {
        self.thread.take().map_or(Ok(()), |thread| {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }
}

impl Drop for Clients {
    /// A server that fails waits for its clients as well: they do not wait for ever.
    fn drop(&mut self) {
        // The scene ends with the error of the server, which explains theirs.
        let _their_error = self.thread.take().map(JoinHandle::join);
    }
}

struct Leaving {
    have_left: Arc<AtomicBool>,
    listener: Socket,
}

impl Drop for Leaving {
    fn drop(&mut self) {
        // First, as the shutdown wakes a server that then asks.
        self.have_left.store(true, Ordering::Release);
        // It fails only if the server has shut the listener down itself.
        let _shut_down = self.listener.shutdown(Shutdown::Both);
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_server_that_waits_in_accept_is_woken_when_the_clients_have_left() {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let clients = Clients::start(&server, |_| anyhow::bail!("no answer")).unwrap();
        assert!(server.accept().is_err());
        assert_eq!(clients.unless_left(()), None);
        assert_eq!(clients.join().unwrap_err().to_string(), "no answer");
    }
}
