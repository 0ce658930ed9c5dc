//! The backend over poll(2).

use std::os::fd::BorrowedFd;
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::{Backend, Watched, milliseconds};
use crate::{Error, Events, Id};

/// poll(2): each wait hands the kernel a list of all descriptors, of any size and
/// number, and looks through all of it afterwards.
#[derive(Debug)]
pub struct Poll;

impl Backend for Poll {
    const NAME: &'static str = "poll";

    fn new() -> Result<Self, Error> {
        Ok(Self)
    }

    fn register(&mut self, _watched: Watched<'_>) -> Result<(), Error> {
        Ok(())
    }

    fn modify(&mut self, _watched: Watched<'_>) -> Result<(), Error> {
        Ok(())
    }

    fn unregister(&mut self, _fd: BorrowedFd<'_>) -> Result<(), Error> {
        Ok(())
    }

    fn wait<'a>(
        &mut self,
        all: impl Iterator<Item = Watched<'a>>,
        timeout: Option<Duration>,
    ) -> nix::Result<Vec<(Id, Events)>> {
        let timeout = match timeout {
            None => PollTimeout::NONE,
            Some(timeout) => PollTimeout::try_from(milliseconds(timeout))
                .map_err(|_| Errno::EINVAL)?,
        };
        // The list is made anew each time, and not kept: it borrows the descriptors,
        // and so knows that they are open.
        let (mut list, ids): (Vec<PollFd<'a>>, Vec<Id>) = all
            .map(|watched| (PollFd::new(watched.fd, flags(watched.events)), watched.id))
            .unzip();
        poll(&mut list, timeout)?;
        let found = list.iter().zip(ids).map(|(entry, id)| (id, ready(entry)));
        Ok(found.filter(|(_, events)| !events.is_empty()).collect())
    }
}

fn flags(events: Events) -> PollFlags {
    let mut flags = PollFlags::empty();
    flags.set(PollFlags::POLLIN, events.contains(Events::READ));
    flags.set(PollFlags::POLLOUT, events.contains(Events::WRITE));
    flags
}

/// Errors and hang-ups come unasked, as ready for both: the next read or write returns
/// them.
fn ready(entry: &PollFd<'_>) -> Events {
    let flags = entry.revents().unwrap_or(PollFlags::POLLERR);
    Events::READ.when(flags.intersects(!PollFlags::POLLOUT))
        | Events::WRITE.when(flags.intersects(!PollFlags::POLLIN))
}
