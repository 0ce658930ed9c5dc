//! The three ways in which a kernel watches many descriptors at once.

use std::os::fd::{AsRawFd as _, BorrowedFd};
use std::time::Duration;

use crate::{Error, Events, Id};

mod epoll;
mod poll;
mod select;

pub use epoll::Epoll;
pub use poll::Poll;
pub use select::Select;

/// A way of waiting for many descriptors, below a [`Selector`](crate::Selector), which
/// does all that they share.
pub trait Backend: Sized {
    /// The system call's name.
    const NAME: &'static str;

    /// A backend that watches nothing.
    ///
    /// # Errors
    /// [`Error::Os`] if the kernel has nothing left to watch with.
    fn new() -> Result<Self, Error>;

    /// Begins to watch, or says why it cannot.
    ///
    /// # Errors
    /// [`Error::BeyondSelect`], [`Error::Os`].
    fn register(&mut self, watched: Watched<'_>) -> Result<(), Error>;

    /// Goes on watching for something else.
    ///
    /// # Errors
    /// [`Error::Os`].
    fn modify(&mut self, watched: Watched<'_>) -> Result<(), Error>;

    /// Ceases to watch.
    ///
    /// # Errors
    /// [`Error::Os`].
    fn unregister(&mut self, fd: BorrowedFd<'_>) -> Result<(), Error>;

    /// Waits once: until something is ready, a signal interrupts, or at least `timeout`
    /// has gone, or less if that is too long for the system call. `all` is what is
    /// registered, for those that have to say it anew each time.
    ///
    /// # Errors
    /// What the system call said.
    fn wait<'a>(
        &mut self,
        all: impl Iterator<Item = Watched<'a>>,
        timeout: Option<Duration>,
    ) -> nix::Result<Vec<(Id, Events)>>;
}

/// A descriptor, and what it is watched for.
#[derive(Clone, Copy, Debug)]
pub struct Watched<'a> {
    /// The descriptor. It is borrowed, so it is open for as long as it is watched.
    pub fd: BorrowedFd<'a>,
    /// By what it is told apart.
    pub id: Id,
    /// What it is watched for.
    pub events: Events,
}

impl Watched<'_> {
    /// What was to be done with it, for errors.
    fn to(&self, verb: &str) -> impl FnOnce() -> String {
        move || format!("{verb} descriptor {}", self.fd.as_raw_fd())
    }
}

/// Whole milliseconds, rounded up: rounded down, the last one would be spent in a busy
/// loop.
fn milliseconds(timeout: Duration) -> i32 {
    i32::try_from(timeout.as_nanos().div_ceil(1_000_000)).unwrap_or(i32::MAX)
}
