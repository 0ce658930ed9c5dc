//! The next client of a listener that is watched for edges.

use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsFd as _;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use socket_server::{Accepted, Server};

use crate::Error;

/// What an accept finds.
pub(crate) enum Next {
    Client(TcpStream, SocketAddr),
    /// No client waits; the next one makes the listener readable anew.
    Nobody,
    /// No client can be accepted for now.
    Exhausted,
}

/// Accepts the next client.
///
/// Both runtimes watch for *edges*: epoll reports a listener when a client comes, and
/// not again because it is still there. A client that has left again, or that is
/// refused, must not be taken for the last one, or those behind it would wait until
/// another comes.
pub(crate) fn next(server: &Server) -> Result<Next, Error> {
    loop {
        match server.accept()? {
            Accepted::Client(stream, peer) => return Ok(Next::Client(stream, peer)),
            Accepted::Exhausted(_) => return Ok(Next::Exhausted),
            Accepted::NoClient if is_waited_at(server) => {}
            Accepted::NoClient => return Ok(Next::Nobody),
        }
    }
}

fn is_waited_at(server: &Server) -> bool {
    let listener = PollFd::new(server.listener().as_fd(), PollFlags::POLLIN);
    poll(&mut [listener], PollTimeout::ZERO) == Ok(1)
}
