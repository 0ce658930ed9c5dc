//! Clients of a server that runs on the caller's thread, as the notes' servers do.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;
use std::{fmt, fs};

use shared::trace;
use socket2::Socket;

/// How long a scene waits for an answer before it goes on without one.
pub const SOON: Duration = Duration::from_secs(2);

/// The clients of a scene whose server runs on the caller's thread.
///
/// The notes' servers accept for ever. Here the listener is shut down when the clients
/// have left: an `accept` that waits fails, and a `select` that waits finds the
/// listener ready.
///
/// ```
/// use std::io::{Read as _, Write as _};
/// use std::net::{TcpListener, TcpStream};
/// use socket_server::kit::{Clients, ask};
///
/// let server = TcpListener::bind("127.0.0.1:0")?;
/// let clients = Clients::start(&server, |address| {
///     let client = TcpStream::connect(address)?;
///     assert!(ask(&client, "hello") == "hello");
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
    thread: JoinHandle<anyhow::Result<()>>,
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
        Ok(Self { have_left, thread })
    }

    /// Whether all clients have left, so that no more can be accepted.
    #[must_use]
    pub fn have_left(&self) -> bool {
        self.have_left.load(Ordering::Acquire)
    }

    /// Waits until the clients have left.
    ///
    /// # Errors
    /// The error of `visit`.
    pub fn join(self) -> anyhow::Result<()> {
        self.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
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

/// The result of one `recv` by a client that does not wait for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// These bytes, as text.
    Text(String),
    /// Nothing has come in time.
    Nothing,
    /// The server has ended the connection, or the connection has broken.
    End,
}

impl PartialEq<str> for Received {
    fn eq(&self, other: &str) -> bool {
        matches!(self, Self::Text(text) if text == other)
    }
}

impl PartialEq<&str> for Received {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

impl PartialEq<String> for Received {
    fn eq(&self, other: &String) -> bool {
        *self == **other
    }
}

impl fmt::Display for Received {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Text(text) => text,
            Self::Nothing => "nothing yet",
            Self::End => "the end",
        })
    }
}

/// Receives once, up to 1,024 bytes, and waits for `time` at most.
#[must_use]
pub fn receive(mut client: &TcpStream, time: Duration) -> Received {
    let _waiting = trace::waiting("for the answer");
    let mut buffer = [0; 1024];
    let received =
        client.set_read_timeout(Some(time)).and_then(|()| client.read(&mut buffer));
    match received {
        Ok(count @ 1..) => {
            Received::Text(String::from_utf8_lossy(&buffer[..count]).into_owned())
        }
        Err(error) if error.kind() == ErrorKind::WouldBlock => Received::Nothing,
        Ok(_) | Err(_) => Received::End,
    }
}

/// Sends a message, and receives once, [`SOON`].
#[must_use]
pub fn ask(mut client: &TcpStream, message: &str) -> Received {
    match client.write_all(message.as_bytes()) {
        Ok(()) => receive(client, SOON),
        Err(_broken) => Received::End,
    }
}

/// Ends the client's side of the connection, and receives what then comes: the end, if
/// the server ends its side as well.
#[must_use]
pub fn leave(client: &TcpStream) -> Received {
    match client.shutdown(Shutdown::Write) {
        Ok(()) => receive(client, SOON),
        Err(_broken) => Received::End,
    }
}

/// Runs `task` on a thread for each of these names, all at once, and gives what it
/// returns on each.
///
/// # Errors
/// The first error of a task, or if there is no thread left.
pub fn at_once<T: Send>(
    names: impl IntoIterator<Item = String>,
    task: impl Fn() -> anyhow::Result<T> + Sync,
) -> anyhow::Result<Vec<T>> {
    std::thread::scope(|scope| {
        let begin = |name| Builder::new().name(name).spawn_scoped(scope, &task);
        let threads: Vec<_> = names.into_iter().map(begin).collect::<Result<_, _>>()?;
        let ends = threads.into_iter().map(|thread| {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        ends.collect()
    })
}

/// How many threads this process has whose names begin like this, as the kernel has
/// them: with at most 15 bytes.
///
/// # Errors
/// If /proc cannot be read.
pub fn threads(prefix: &str) -> io::Result<usize> {
    let mut count = 0;
    for thread in fs::read_dir("/proc/self/task")? {
        // There is no such file if the thread has ended meanwhile.
        let name = fs::read_to_string(thread?.path().join("comm"));
        count += usize::from(name.is_ok_and(|name| name.starts_with(prefix)));
    }
    Ok(count)
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
        assert!(clients.have_left());
        assert_eq!(clients.join().unwrap_err().to_string(), "no answer");
    }

    #[test]
    fn bytes_silence_and_the_end_are_told_apart() {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(server.local_addr().unwrap()).unwrap();
        let (mut connection, _) = server.accept().unwrap();
        assert_eq!(receive(&client, Duration::from_millis(10)), Received::Nothing);
        connection.write_all(b"hello").unwrap();
        assert_eq!(receive(&client, SOON), "hello");
        drop(connection);
        assert_eq!(leave(&client), Received::End);
    }

    #[test]
    fn threads_run_at_once_and_are_counted_by_their_names() {
        let all_run = std::sync::Barrier::new(3);
        let names = || (1..=3).map(|number| format!("counted-{number}"));
        let counts = at_once(names(), || {
            all_run.wait();
            let count = threads("counted-")?;
            all_run.wait();
            Ok(count)
        });
        assert_eq!(counts.unwrap(), [3, 3, 3]);
        let failed =
            at_once(names(), || anyhow::bail!("no room") as anyhow::Result<()>);
        assert_eq!(failed.unwrap_err().to_string(), "no room");
    }
}
