//! How a client connects to its manager: through a socket that has no name.
//!
//! A manager that listens at a path needs a directory that no other user can enter, and
//! a process that removes both even when all that know of them are killed. An abstract
//! socket (unix(7)) needs no removal, but has no mode either: any process on the
//! machine may connect. So there is nothing to find here. Manager and starter have a
//! pair of sockets, which children inherit; a client makes a pair of its own and passes
//! one half through (`SCM_RIGHTS`, unix(7)). A process that did not inherit a
//! descriptor cannot get in, and what has no name leaves nothing behind.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, OwnedFd};

use ipc_pipe::frame;
use rustix::cmsg_space;
use rustix::io::{Errno, retry_on_intr};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags,
    SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketFlags, SocketType,
    recvmsg, send, sendmsg, socketpair,
};

use crate::message::Reply;

/// The two sides: a process that has the first may come in through it, and the one that
/// has the second is the manager.
pub(crate) fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    Ok(socketpair(
        AddressFamily::UNIX,
        SocketType::SEQPACKET,
        SocketFlags::CLOEXEC,
        None,
    )?)
}

/// A new connection to the manager. It is an error if the manager has gone.
pub(crate) fn enter(door: &OwnedFd) -> io::Result<OwnedFd> {
    let (ours, theirs) = pair()?;
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
    let mut rights = SendAncillaryBuffer::new(&mut space);
    let half = [theirs.as_fd()];
    rights.push(SendAncillaryMessage::ScmRights(&half));
    // A message needs a byte to go with.
    retry_on_intr(|| {
        sendmsg(door, &[IoSlice::new(b"!")], &mut rights, SendFlags::NOSIGNAL)
    })?;
    Ok(ours)
}

/// The manager's side of the door.
#[derive(Debug)]
pub(crate) struct Entrance {
    door: OwnedFd,
    /// A descriptor that is closed for the connection of a client for which there is no
    /// other, so that the client can be told so. The kernel would close the connection
    /// on its way.
    reserve: Option<OwnedFd>,
}

impl Entrance {
    /// # Errors
    /// If the process is out of descriptors.
    pub(crate) fn new(door: OwnedFd) -> io::Result<Self> {
        let reserve = Some(door.try_clone()?);
        Ok(Self { door, reserve })
    }

    /// The connection that the next client passed, if one waits, has passed a socket,
    /// and there is a descriptor for it.
    pub(crate) fn admit(&mut self) -> Option<OwnedFd> {
        self.reserve = None;
        let connection = receive(&self.door);
        self.reserve = self.door.try_clone().ok();
        if let Some(connection) = connection {
            if self.reserve.is_some() {
                return Some(connection);
            }
            self.refuse(connection);
        }
        None
    }

    /// Tells a client that there is no room for it, and closes its connection.
    pub(crate) fn refuse(&mut self, connection: OwnedFd) {
        let mut busy = Vec::new();
        if frame(&Reply::Busy, &mut busy).is_ok() {
            let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
            // A new connection has room for it, unless the client has gone.
            let _ = retry_on_intr(|| send(&connection, &busy, flags));
        }
        drop(connection);
        self.reserve = self.reserve.take().or_else(|| self.door.try_clone().ok());
    }
}

fn receive(door: &OwnedFd) -> Option<OwnedFd> {
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
    let mut rights = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0];
    let flags = RecvFlags::DONTWAIT | RecvFlags::CMSG_CLOEXEC;
    let received: Result<_, Errno> = retry_on_intr(|| {
        recvmsg(door, &mut [IoSliceMut::new(&mut byte)], &mut rights, flags)
    });
    received.ok()?;
    rights.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
        _ => None,
    })
}
