//! How a client connects to its manager: through a socket that has no name.
//!
//! A manager that listens at a path needs a directory that nobody else can enter, and
//! somebody who removes both even when all who know of them are killed. An abstract
//! socket (unix(7)) needs no removal, but has no mode either: anybody on the machine
//! may knock. So there is nothing to find here. Manager and starter have a pair of
//! sockets, which children inherit; a client makes a pair of its own and passes one
//! half through (`SCM_RIGHTS`, unix(7)). Who did not inherit a descriptor cannot get
//! in, and what has no name leaves nothing behind.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, OwnedFd};

use rustix::cmsg_space;
use rustix::io::{Errno, retry_on_intr};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags,
    SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketFlags, SocketType,
    recvmsg, sendmsg, socketpair,
};

/// The two sides: whoever has the first may come in through it, and whoever has the
/// second is the manager.
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

/// The connection that the next client passed, if one waits and has passed a socket.
pub(crate) fn admit(door: &OwnedFd) -> Option<OwnedFd> {
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
    let mut rights = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0];
    let flags = RecvFlags::DONTWAIT | RecvFlags::CMSG_CLOEXEC;
    // If the manager is out of descriptors the half is closed on its way, and the
    // client reads the end.
    let received: Result<_, Errno> = retry_on_intr(|| {
        recvmsg(door, &mut [IoSliceMut::new(&mut byte)], &mut rights, flags)
    });
    received.ok()?;
    rights.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
        _ => None,
    })
}
