//! The two ends of a pipe in one process, of which a fork makes four.

use std::io;
use std::os::fd::OwnedFd;
use std::process;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

/// One end.
///
/// The kernel reports that a peer has gone once *all* copies of its end are closed, and
/// a fork copies both ends into the child. The parent loses its copy of the child's end
/// by moving it into the child's function. The child's copy of the parent's end nobody
/// can reach: it lies in a frame of the stack that the child never returns to. With it
/// the child would hold its own line open, and wait for ever for a dead parent. So each
/// end knows the other, and the process that waits at one end, and is not the one that
/// made both, lets go of the other.
#[derive(Debug)]
pub(crate) struct End {
    ends: Arc<Ends>,
    /// Which of the two it is.
    side: usize,
}

#[derive(Debug)]
struct Ends {
    /// The process that made them, which may use both.
    maker: u32,
    /// Locked for writing only by an end that is dropped, and in a child that has just
    /// been forked and has no other thread.
    sockets: [RwLock<Option<OwnedFd>>; 2],
}

/// An end's own socket; `None` if this process has let go of it.
pub(crate) type Socket<'a> = RwLockReadGuard<'a, Option<OwnedFd>>;

impl End {
    /// Two ends.
    pub(crate) fn pair() -> io::Result<(Self, Self)> {
        // Of packets, not a stream: the kernel passes a packet on in four fifths of the
        // time.
        let (one, other) = socketpair(
            AddressFamily::UNIX,
            SocketType::SEQPACKET,
            SocketFlags::CLOEXEC,
            None,
        )?;
        let sockets = [RwLock::new(Some(one)), RwLock::new(Some(other))];
        let ends = Arc::new(Ends { maker: process::id(), sockets });
        Ok((Self { ends: Arc::clone(&ends), side: 0 }, Self { ends, side: 1 }))
    }

    /// An end whose other end is elsewhere.
    pub(crate) fn alone(socket: OwnedFd) -> Self {
        let sockets = [RwLock::new(Some(socket)), RwLock::new(None)];
        Self { ends: Arc::new(Ends { maker: process::id(), sockets }), side: 0 }
    }

    pub(crate) fn socket(&self) -> Socket<'_> {
        // A panic elsewhere leaves a socket as good as it was.
        self.ends.sockets[self.side].read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes this process's copy of the other end, if it is but a copy; called before
    /// waiting for the peer.
    ///
    /// It costs a look at a lock, and the question for the process only until the other
    /// end has been let go of.
    pub(crate) fn let_go_of_the_other(&self) {
        let other = &self.ends.sockets[1 - self.side];
        let held = other.read().unwrap_or_else(PoisonError::into_inner).is_some();
        if held && process::id() != self.ends.maker {
            other.write().unwrap_or_else(PoisonError::into_inner).take();
        }
    }
}

impl Drop for End {
    fn drop(&mut self) {
        self.ends.sockets[self.side]
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
    }
}
