//! The first of many to have something to receive.

use std::io;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use processes::Process;
use rustix::event::{PollFd, PollFlags};
use shared::trace;

use crate::halves::deadline;
use crate::receiving::poll_until;
use crate::{Connection, Receiver};

/// What [`wait`] waits for: something to receive, or the end of a process.
pub trait Awaited: AsFd {
    /// Whether it is there already, whatever the descriptor says.
    fn is_ready(&self) -> bool;
}

impl<T> Awaited for Connection<T> {
    fn is_ready(&self) -> bool {
        self.receiver.is_ready()
    }
}

impl<T> Awaited for Receiver<T> {
    fn is_ready(&self) -> bool {
        self.incoming.is_ready()
    }
}

/// Until a process has ended: Python's `sentinel`.
impl Awaited for Process {
    fn is_ready(&self) -> bool {
        false
    }
}

/// Waits until at least one of these has something to receive or has ended, but no
/// longer than `timeout` if there is one; gives the places of all that have. Python's
/// `multiprocessing.connection.wait`.
///
/// It takes nothing out of a pipe, as [`Connection::poll`].
///
/// ```
/// use std::time::Duration;
/// use ipc_pipe::{pipe, wait};
///
/// let (texts, mut writer) = pipe::<String>()?;
/// let (numbers, _counter) = pipe::<u32>()?;
/// assert!(wait(&[&texts, &numbers], Some(Duration::ZERO))?.is_empty());
/// writer.send("xixi".to_owned())?;
/// assert_eq!(wait(&[&texts, &numbers], None)?, [0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the kernel cannot wait for so many (poll(2)).
pub fn wait(
    these: &[&dyn Awaited],
    timeout: Option<Duration>,
) -> io::Result<Vec<usize>> {
    let _waits = trace::waiting("for the first of many messages");
    let mut deadline = timeout.and_then(deadline);
    let ready: Vec<bool> = these.iter().map(|one| one.is_ready()).collect();
    if ready.contains(&true) {
        // The others are looked at, and not waited for.
        deadline = Some(Instant::now());
    }
    let mut polled: Vec<_> = these
        .iter()
        .map(|one| PollFd::from_borrowed_fd(one.as_fd(), PollFlags::IN))
        .collect();
    poll_until(&mut polled, deadline)?;
    let places = ready
        .iter()
        .zip(&polled)
        .enumerate()
        .filter(|(_, (ready, polled))| **ready || !polled.revents().is_empty());
    Ok(places.map(|(place, _)| place).collect())
}
