//! What a ring tells.

use std::io;
use std::net::{SocketAddr, TcpStream};

use super::id::Id;

/// Something that the kernel has done.
#[derive(Debug)]
pub enum Done<'a> {
    /// A client was accepted. After an error no more are: accept anew.
    Accepted(io::Result<(TcpStream, SocketAddr)>),
    /// These bytes were received; none if the client has ended its side.
    Received(Id, &'a [u8]),
    /// So many bytes were sent.
    Sent(Id, usize),
    /// The connection is broken; it is to be closed.
    Broken(Id, io::Error),
    /// The file that is [watched](crate::Ring::watch) can be read.
    Ready,
}

/// [`Done`], without the bytes.
pub(super) enum Told {
    Accepted(io::Result<(TcpStream, SocketAddr)>),
    Received(Id, usize),
    Sent(Id, usize),
    Broken(Id, io::Error),
    Ready,
}
