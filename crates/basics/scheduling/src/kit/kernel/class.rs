//! The kernel's scheduling classes (sched(7)), and how a process enters one.

#![expect(unsafe_code, reason = "neither nix nor rustix has these calls")]

use std::fmt::{self, Display};
use std::io;
use std::time::Duration;

use nix::errno::Errno;
use nix::sched::{CpuSet, sched_setaffinity};
use nix::unistd::Pid;

use super::{Error, affinity, pin};

/// The realtime priorities of the children and of their parent. Their size does not
/// matter, only their order.
const CHILD: libc::c_int = 1;
const PARENT: libc::c_int = 2;

/// A scheduling class of the kernel (sched(7)).
///
/// ```
/// assert_eq!(scheduling::kit::kernel::Class::Fair.to_string(), "SCHED_OTHER");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// `SCHED_OTHER`, that of all processes by default: fair shares by nice value.
    Fair,
    /// `SCHED_FIFO`: a process keeps the core until it blocks or ends.
    Fifo,
    /// `SCHED_RR`: as FIFO, but the processes take turns, see [`quantum`].
    RoundRobin,
}

impl Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fair => "SCHED_OTHER",
            Self::Fifo => "SCHED_FIFO",
            Self::RoundRobin => "SCHED_RR",
        })
    }
}

impl Class {
    fn number(self) -> libc::c_int {
        match self {
            Self::Fair => libc::SCHED_OTHER,
            Self::Fifo => libc::SCHED_FIFO,
            Self::RoundRobin => libc::SCHED_RR,
        }
    }

    /// Whether the kernel lets this process enter the class.
    ///
    /// # Errors
    /// If the kernel refuses for another reason than the lack of a privilege.
    ///
    /// ```
    /// use scheduling::kit::kernel::{Class, Error};
    ///
    /// assert!(Class::Fair.is_allowed()?);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn is_allowed(self) -> Result<bool, Error> {
        match self.set(CHILD) {
            Ok(()) => Self::Fair.set(0).map(|()| true).map_err(refused),
            Err(error) if error.raw_os_error() == Some(libc::EPERM) => Ok(false),
            Err(error) => Err(refused(error)),
        }
    }

    /// Puts this process into the class; the nice value counts in the fair class only.
    pub(super) fn enter(self, nice: i64) -> Result<(), Error> {
        self.set(CHILD).map_err(refused)?;
        if self != Self::Fair || nice == 0 {
            return Ok(());
        }
        // SAFETY: the call takes three numbers.
        let done = unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, nice as i32) };
        Errno::result(done).map(drop).map_err(Error::os("set the nice value"))
    }

    /// Raises this process above its children, until the result is dropped, if they are
    /// in a realtime class. It shares their core: on another one it would be in time
    /// for all of them only if it is quick.
    pub(super) fn rise_above(self, core: usize) -> Result<Option<Above>, Error> {
        if self == Self::Fair {
            return Ok(None);
        }
        let above = Above { cores: affinity()? };
        pin(core)?;
        Self::Fifo.set(PARENT).map_err(refused)?;
        Ok(Some(above))
    }

    fn set(self, priority: libc::c_int) -> io::Result<()> {
        let sched_priority = if self == Self::Fair { 0 } else { priority };
        let parameters = libc::sched_param { sched_priority };
        // SAFETY: the kernel only reads the parameters, which live until it returns.
        let done = unsafe {
            libc::sched_setscheduler(0, self.number(), &raw const parameters)
        };
        Errno::result(done).map(drop).map_err(io::Error::from)
    }
}

fn refused(source: io::Error) -> Error {
    Error::Os { doing: "change the scheduling class", source }
}

/// Puts the process back into the fair class, and onto all its cores.
#[derive(Debug)]
pub(super) struct Above {
    cores: CpuSet,
}

impl Drop for Above {
    fn drop(&mut self) {
        // Neither needs a privilege: the process goes back to where it was.
        let _ = Class::Fair.set(0);
        let _ = sched_setaffinity(Pid::from_raw(0), &self.cores);
    }
}

/// The quantum of `SCHED_RR`, a setting of the whole machine.
///
/// # Errors
/// If the kernel does not tell.
///
/// ```
/// let quantum = scheduling::kit::kernel::quantum();
/// assert!(quantum.is_ok_and(|quantum| !quantum.is_zero()));
/// ```
pub fn quantum() -> Result<Duration, Error> {
    let path = "/proc/sys/kernel/sched_rr_timeslice_ms";
    let text = std::fs::read_to_string(path).map_err(Error::os("read the quantum"))?;
    let millis = text.trim().parse().map_err(|_| Error::Os {
        doing: "read the quantum",
        source: io::Error::new(io::ErrorKind::InvalidData, text),
    })?;
    Ok(Duration::from_millis(millis))
}
