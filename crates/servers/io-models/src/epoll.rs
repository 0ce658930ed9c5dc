//! epoll(7): the kernel keeps the list of what is watched.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use shared::trace;

use crate::call::Call;
use crate::kernel::Kernel;

/// When the kernel reports a file that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// As long as there is something to read: the default.
    Level,
    /// When something arrives (`EPOLLET`).
    Edge,
    /// Once, then not until it is [rearmed](Epoll::rearm) (`EPOLLONESHOT`).
    OneShot,
}

/// An epoll: files that are watched for something to read, each with a number.
///
/// ```
/// use std::io::Write as _;
/// use std::time::Duration;
/// use io_models::{Epoll, Kernel, Trigger};
///
/// let kernel = Kernel::new();
/// let (source, mut peer) = std::os::unix::net::UnixStream::pair()?;
/// let epoll = Epoll::new(&kernel)?;
/// epoll.add(&source, 7, Trigger::Edge)?;
/// peer.write_all(b"hello")?;
/// assert_eq!(epoll.wait(None)?, [7]);
/// // Nothing has been read, and nothing more has arrived.
/// assert!(epoll.wait(Some(Duration::ZERO))?.is_empty());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Epoll<'k> {
    kernel: &'k Kernel,
    instance: OwnedFd,
}

impl<'k> Epoll<'k> {
    /// An epoll that watches nothing; its calls are counted by `kernel`.
    ///
    /// # Errors
    /// The kernel's.
    pub fn new(kernel: &'k Kernel) -> io::Result<Self> {
        kernel.count(Call::EpollCreate, 1);
        Ok(Self { kernel, instance: epoll::create(CreateFlags::CLOEXEC)? })
    }

    /// Begins to watch a file, until it is closed.
    ///
    /// # Errors
    /// The kernel's: `EPERM` for a regular file, `EEXIST` for one that is watched.
    pub fn add(
        &self,
        file: impl AsFd,
        number: u64,
        trigger: Trigger,
    ) -> io::Result<()> {
        self.kernel.count(Call::EpollCtl, 1);
        self.kernel.count_watched(1);
        let data = EventData::new_u64(number);
        Ok(epoll::add(&self.instance, file, data, flags(trigger))?)
    }

    /// Watches a file that was reported once for one more report.
    ///
    /// # Errors
    /// The kernel's: `ENOENT` for a file that is not watched.
    pub fn rearm(&self, file: impl AsFd, number: u64) -> io::Result<()> {
        self.kernel.count(Call::EpollCtl, 1);
        let data = EventData::new_u64(number);
        Ok(epoll::modify(&self.instance, file, data, flags(Trigger::OneShot))?)
    }

    /// Sleeps until a file can be read or the time is over, and gives the numbers of
    /// those that can, at most 64 of them.
    ///
    /// # Errors
    /// The kernel's; [`Interrupted`](io::ErrorKind::Interrupted) if a handler of a
    /// signal has run meanwhile.
    pub fn wait(&self, time: Option<Duration>) -> io::Result<Vec<u64>> {
        let time = time.map(Timespec::try_from).transpose();
        let time = time.map_err(|_| io::ErrorKind::InvalidInput)?;
        let mut room = [MaybeUninit::uninit(); 64];
        self.kernel.count(Call::EpollWait, 1);
        let _asleep = trace::waiting("in epoll_wait");
        let (ready, _) = epoll::wait(&self.instance, &mut room[..], time.as_ref())?;
        Ok(ready.iter().map(|event| event.data.u64()).collect())
    }
}

fn flags(trigger: Trigger) -> EventFlags {
    EventFlags::IN
        | match trigger {
            Trigger::Level => EventFlags::empty(),
            Trigger::Edge => EventFlags::ET,
            Trigger::OneShot => EventFlags::ONESHOT,
        }
}
