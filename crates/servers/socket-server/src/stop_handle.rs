//! The handle that stops a server.

use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::eventfd::{EfdFlags, EventFd};

use crate::Error;

/// Asks a server to stop, from any thread: a descriptor that it watches beside its
/// clients.
///
/// A flag would be seen only when the server happens to look, and one that sits in
/// `accept` does not look. Clones ask the same server.
///
/// ```
/// let stop = socket_server::StopHandle::new()?;
/// let same = stop.clone();
/// assert!(!stop.is_set());
/// same.set();
/// assert!(stop.is_set());
/// # Ok::<(), socket_server::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct StopHandle(Arc<EventFd>);

impl StopHandle {
    /// A handle that has not been set.
    ///
    /// # Errors
    /// [`Error::Os`] if this process has no descriptor left.
    pub fn new() -> Result<Self, Error> {
        let flags = EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK;
        let event = EventFd::from_flags(flags)
            .map_err(Error::os("make an eventfd for stopping"))?;
        Ok(Self(Arc::new(event)))
    }

    /// Asks the server to stop; asking again changes nothing.
    pub fn set(&self) {
        // A write to an eventfd fails only if its counter is full, and then it is set.
        let _full = self.0.write(1);
    }

    /// Whether the server has been asked to stop.
    #[must_use]
    pub fn is_set(&self) -> bool {
        // Nothing reads the eventfd, so it stays readable for every poll.
        poll(&mut [PollFd::new(self.0.as_fd(), PollFlags::POLLIN)], PollTimeout::ZERO)
            == Ok(1)
    }
}

impl AsFd for StopHandle {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
