//! The address of the next client.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::OwnedFd;

use socket2::{SockAddr, SockAddrStorage};

/// Where the kernel writes the address of the next client.
pub(super) struct Peer {
    storage: SockAddrStorage,
    length: libc::socklen_t,
}

impl Peer {
    pub(super) fn new() -> Box<Self> {
        Box::new(Self { storage: SockAddrStorage::zeroed(), length: 0 })
    }

    /// Where the kernel is to write to, for one accept at a time.
    pub(super) fn place(&mut self) -> (*mut libc::sockaddr, *mut libc::socklen_t) {
        self.length = self.storage.size_of();
        (std::ptr::from_mut(&mut self.storage).cast(), &raw mut self.length)
    }

    /// The client that was accepted, and the address that has been written.
    pub(super) fn of(
        &mut self,
        client: OwnedFd,
    ) -> io::Result<(TcpStream, SocketAddr)> {
        let zeroed = SockAddrStorage::zeroed();
        let storage = std::mem::replace(&mut self.storage, zeroed);
        // SAFETY: the kernel has written an address of this length.
        let peer = unsafe { SockAddr::new(storage, self.length) };
        let peer = peer.as_socket().ok_or(io::ErrorKind::Unsupported)?;
        Ok((client.into(), peer))
    }
}
