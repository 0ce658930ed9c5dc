//! The backend over epoll(7).

use std::os::fd::{AsRawFd as _, BorrowedFd};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::epoll::{self, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

use super::{Backend, Watched, milliseconds};
use crate::{Error, Events, Id};

/// epoll(7): the kernel remembers what is watched, and gives only what is ready. What a
/// wait costs does not grow with the number of descriptors.
///
/// A regular file cannot be watched (`EPERM`): it is always ready.
#[derive(Debug)]
pub struct Epoll {
    instance: epoll::Epoll,
    /// Room for every registered descriptor, so that one wait gives all that are ready.
    events: Vec<EpollEvent>,
    registered: usize,
}

impl Backend for Epoll {
    const NAME: &'static str = "epoll";

    fn new() -> Result<Self, Error> {
        let instance = epoll::Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)
            .map_err(Error::os(|| "make an epoll".to_owned()))?;
        Ok(Self { instance, events: vec![EpollEvent::empty()], registered: 0 })
    }

    fn register(&mut self, watched: Watched<'_>) -> Result<(), Error> {
        self.instance
            .add(watched.fd, event(watched))
            .map_err(Error::os(watched.to("watch")))?;
        self.registered += 1;
        if self.registered > self.events.len() {
            self.events.resize(2 * self.registered, EpollEvent::empty());
        }
        Ok(())
    }

    fn modify(&mut self, watched: Watched<'_>) -> Result<(), Error> {
        self.instance
            .modify(watched.fd, &mut event(watched))
            .map_err(Error::os(watched.to("watch")))
    }

    fn unregister(&mut self, fd: BorrowedFd<'_>) -> Result<(), Error> {
        self.registered -= 1;
        self.instance.delete(fd).map_err(Error::os(|| {
            format!("cease to watch descriptor {}", fd.as_raw_fd())
        }))
    }

    fn wait<'a>(
        &mut self,
        _all: impl Iterator<Item = Watched<'a>>,
        timeout: Option<Duration>,
    ) -> nix::Result<Vec<(Id, Events)>> {
        let timeout = match timeout {
            None => EpollTimeout::NONE,
            Some(timeout) => EpollTimeout::try_from(milliseconds(timeout))
                .map_err(|_| Errno::EINVAL)?,
        };
        let count = self.instance.wait(&mut self.events, timeout)?;
        Ok(self.events[..count]
            .iter()
            .map(|event| (Id::from_u64(event.data()), ready(event.events())))
            .collect())
    }
}

fn event(watched: Watched<'_>) -> EpollEvent {
    let mut flags = EpollFlags::empty();
    flags.set(EpollFlags::EPOLLIN, watched.events.contains(Events::READ));
    flags.set(EpollFlags::EPOLLOUT, watched.events.contains(Events::WRITE));
    EpollEvent::new(flags, watched.id.to_u64())
}

/// Errors and hang-ups come unasked, as ready for both: the next read or write returns
/// them.
fn ready(flags: EpollFlags) -> Events {
    Events::READ.when(flags.intersects(!EpollFlags::EPOLLOUT))
        | Events::WRITE.when(flags.intersects(!EpollFlags::EPOLLIN))
}
