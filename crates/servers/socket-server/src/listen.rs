//! Listening sockets, and what may come of an accept.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs as _};

use nix::errno::Errno;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use socket2::{Domain, Socket, Type};

use crate::Error;

/// How many clients may wait to be accepted.
///
/// The notes ask for 5, and std for 128; a client that finds the queue full is not
/// refused but tries again after a second, so that a thousand at once would take many.
/// The kernel allows no more than `/proc/sys/net/core/somaxconn`.
pub const BACKLOG: i32 = 4096;

/// Listens on `port` of `host`, or on a free port if it is 0, without blocking in
/// accept.
///
/// # Errors
/// [`Error::PortInUse`]; [`Error::Listen`] if the host is unknown or not of this
/// machine, or the port is not allowed.
///
/// ```
/// let listener = socket_server::listen("127.0.0.1", 0)?;
/// assert_ne!(listener.local_addr()?.port(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn listen(host: &str, port: u16) -> Result<TcpListener, Error> {
    let address = || format!("{host}:{port}");
    let bound = (host, port).to_socket_addrs().and_then(|mut found| {
        let unknown =
            || io::Error::new(io::ErrorKind::NotFound, "the host has no address");
        bind(found.next().ok_or_else(unknown)?)
    });
    bound.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => Error::PortInUse { address: address() },
        _ => Error::Listen { address: address(), source },
    })
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    // Without it a server could not start anew for a minute, while connections of its
    // last run are in TIME_WAIT.
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// What an accept may give.
#[derive(Debug)]
pub enum Accepted {
    /// A client, and where it comes from.
    Client(TcpStream, SocketAddr),
    /// No client waits, or the one that did has left meanwhile.
    NoClient,
    /// This process or the machine has no descriptor or memory left. The client goes on
    /// waiting in the queue, so the listener stays readable: to accept again at once is
    /// a busy loop.
    Exhausted(io::Error),
}

/// Tells apart the outcomes of an accept.
///
/// # Errors
/// [`Error::Os`] if the listener itself is unusable.
pub(crate) fn accepted(
    outcome: io::Result<(TcpStream, SocketAddr)>,
) -> Result<Accepted, Error> {
    let error = match outcome {
        Ok((stream, peer)) => return Ok(Accepted::Client(stream, peer)),
        Err(error) => error,
    };
    match error.raw_os_error().map_or(Errno::UnknownErrno, Errno::from_raw) {
        // From ENETDOWN on: Linux gives errors of the new connection as errors of
        // accept, see accept(2).
        Errno::EAGAIN
        | Errno::EINTR
        | Errno::ECONNABORTED
        | Errno::EPERM
        | Errno::ENETDOWN
        | Errno::EPROTO
        | Errno::ENOPROTOOPT
        | Errno::EHOSTDOWN
        | Errno::ENONET
        | Errno::EHOSTUNREACH
        | Errno::ENETUNREACH => Ok(Accepted::NoClient),
        Errno::EMFILE | Errno::ENFILE | Errno::ENOBUFS | Errno::ENOMEM => {
            Ok(Accepted::Exhausted(error))
        }
        _ => Err(Error::os("accept a client")(error)),
    }
}

/// Sees to it that this process may have so many descriptors open, by raising its soft
/// limit as far as its hard one.
///
/// # Errors
/// [`Error::Descriptors`] if the hard limit is lower.
pub fn allow_descriptors(needed: u64) -> Result<(), Error> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)
        .map_err(Error::os("read the limit on open files"))?;
    if needed > hard {
        return Err(Error::Descriptors { needed, limit: hard });
    }
    if needed > soft {
        setrlimit(Resource::RLIMIT_NOFILE, needed, hard)
            .map_err(Error::os("raise the limit on open files"))?;
    }
    Ok(())
}
