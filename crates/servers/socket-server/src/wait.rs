//! Waiting for one descriptor, and for being stopped.

use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::{Error, StopHandle};

/// Why a wait has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Woken {
    /// The descriptor can be read or written, or has broken.
    Ready,
    /// The server is to stop. It goes before all else, or a client that never pauses
    /// would keep the server from it.
    Stopped,
    /// The time is over.
    TimedOut,
}

/// Waits until `file` is ready for `what`, `stop` is set, or so much time has gone.
pub(crate) fn wait(
    file: impl AsFd,
    what: PollFlags,
    stop: Option<&StopHandle>,
    time: Option<Duration>,
) -> Result<Woken, Error> {
    let mut watched = vec![PollFd::new(file.as_fd(), what)];
    watched.extend(stop.map(|stop| PollFd::new(stop.as_fd(), PollFlags::POLLIN)));
    let deadline = time.map(|time| Instant::now() + time);
    loop {
        match poll(&mut watched, until(deadline)) {
            Ok(0) => return Ok(Woken::TimedOut),
            Ok(_) if watched.get(1).is_some_and(|stop| stop.any() == Some(true)) => {
                return Ok(Woken::Stopped);
            }
            Ok(_) => return Ok(Woken::Ready),
            Err(Errno::EINTR) => {}
            Err(error) => return Err(Error::os("wait for a connection")(error)),
        }
    }
}

fn until(deadline: Option<Instant>) -> PollTimeout {
    deadline.map_or(PollTimeout::NONE, |deadline| {
        let left = deadline.saturating_duration_since(Instant::now());
        // Rounded up, or the last millisecond would be spent in a busy loop.
        PollTimeout::try_from(left.as_micros().div_ceil(1000))
            .unwrap_or(PollTimeout::MAX)
    })
}
