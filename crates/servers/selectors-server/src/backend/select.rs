//! The backend over select(2).

use std::os::fd::{AsRawFd as _, BorrowedFd};
use std::time::Duration;

use nix::libc::FD_SETSIZE;
use nix::sys::select::{FdSet, select};
use nix::sys::time::{TimeVal, TimeValLike as _};

use super::{Backend, Watched};
use crate::{Error, Events, Id};

/// select(2): each wait hands the kernel sets of bits, one a descriptor, which have
/// room for those below 1,024 alone.
///
/// In C a larger descriptor writes beyond the set. Here it is refused when it is
/// registered ([`Error::BeyondSelect`]); Python raises `ValueError`, but only in
/// `select`, when it is too late to turn one client away instead of all.
#[derive(Debug)]
pub struct Select;

impl Backend for Select {
    const NAME: &'static str = "select";

    fn new() -> Result<Self, Error> {
        Ok(Self)
    }

    fn register(&mut self, watched: Watched<'_>) -> Result<(), Error> {
        let fd = watched.fd.as_raw_fd();
        match usize::try_from(fd) {
            Ok(place) if place < FD_SETSIZE => Ok(()),
            _ => Err(Error::BeyondSelect { fd, limit: FD_SETSIZE }),
        }
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
        let all: Vec<Watched<'a>> = all.collect();
        let (mut read, mut write) = (FdSet::new(), FdSet::new());
        let mut highest = -1;
        for watched in &all {
            highest = highest.max(watched.fd.as_raw_fd());
            if watched.events.contains(Events::READ) {
                read.insert(watched.fd);
            }
            if watched.events.contains(Events::WRITE) {
                write.insert(watched.fd);
            }
        }
        let mut timeout = timeout.map(time_val);
        select(highest + 1, &mut read, &mut write, None, timeout.as_mut())?;
        let ready = |watched: &Watched<'a>| {
            Events::READ.when(read.contains(watched.fd))
                | Events::WRITE.when(write.contains(watched.fd))
        };
        let found = all.iter().map(|watched| (watched.id, ready(watched)));
        Ok(found.filter(|(_, events)| !events.is_empty()).collect())
    }
}

/// Microseconds, rounded up; a month at most, which every kernel takes.
fn time_val(timeout: Duration) -> TimeVal {
    const MONTH: u128 = 30 * 24 * 3600 * 1_000_000;
    TimeVal::microseconds(timeout.as_nanos().div_ceil(1000).min(MONTH) as i64)
}
