//! A child held by a file descriptor: unlike a pid it cannot come to mean another
//! process (`pidfd_open(2)`).

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::unistd::Pid;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{
    PidfdFlags, Signal, WaitId, WaitIdOptions, pidfd_open, pidfd_send_signal, waitid,
};

use crate::Exit;

#[derive(Debug)]
pub(crate) struct PidFd(OwnedFd);

impl PidFd {
    /// Opens the pidfd of the process that has this pid now, if there is one.
    pub(crate) fn open(pid: Pid) -> io::Result<Option<Self>> {
        let pid = rustix::process::Pid::from_raw(pid.as_raw())
            .ok_or(io::ErrorKind::InvalidInput)?;
        match pidfd_open(pid, PidfdFlags::empty()) {
            Ok(pidfd) => Ok(Some(Self(pidfd))),
            Err(rustix::io::Errno::SRCH) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Opens the pidfd of this process or of a child that is not reaped.
    pub(crate) fn of(pid: Pid) -> io::Result<Self> {
        Self::open(pid)?.ok_or_else(|| rustix::io::Errno::SRCH.into())
    }

    /// Sends a signal; to a process that is dead already it does nothing.
    pub(crate) fn signal(&self, signal: Signal) -> io::Result<()> {
        match pidfd_send_signal(&self.0, signal) {
            Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// How the child ended, if it has; reaps it.
    pub(crate) fn try_reap(&self) -> io::Result<Option<Exit>> {
        self.wait(WaitIdOptions::EXITED | WaitIdOptions::NOHANG)
    }

    /// Waits until the child ends and reaps it; `None` if another thread has done so.
    pub(crate) fn reap(&self) -> io::Result<Option<Exit>> {
        match self.wait(WaitIdOptions::EXITED) {
            Err(error) if error.raw_os_error() == Some(libc::ECHILD) => Ok(None),
            reaped => reaped,
        }
    }

    /// Whether it is a child of this process that is not reaped.
    pub(crate) fn is_child(&self) -> io::Result<bool> {
        let options =
            WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        match self.wait(options) {
            Ok(_) => Ok(true),
            Err(error) if error.raw_os_error() == Some(libc::ECHILD) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Waits until the child ends and leaves it unreaped, a zombie.
    pub(crate) fn peek(&self) -> io::Result<Exit> {
        self.wait(WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)?
            .ok_or_else(|| io::ErrorKind::WouldBlock.into())
    }

    /// Waits until the child stands still or has ended, and leaves it as it is.
    pub(crate) fn wait_until_stopped(&self) -> io::Result<()> {
        let options = WaitIdOptions::STOPPED | WaitIdOptions::EXITED;
        match self.wait(options | WaitIdOptions::NOWAIT) {
            // Another thread has reaped it.
            Err(error) if error.raw_os_error() == Some(libc::ECHILD) => Ok(()),
            waited => waited.map(drop),
        }
    }

    fn wait(&self, options: WaitIdOptions) -> io::Result<Option<Exit>> {
        loop {
            match waitid(WaitId::PidFd(self.0.as_fd()), options) {
                Ok(status) => return Ok(status.as_ref().map(Exit::of)),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl AsFd for PidFd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Waits until one of the processes has ended, at most until the deadline; gives the
/// places of those that have.
pub(crate) fn wait_for_any(
    pidfds: &[&PidFd],
    deadline: Option<Instant>,
) -> io::Result<Vec<usize>> {
    let mut polled: Vec<_> =
        pidfds.iter().map(|pidfd| PollFd::new(*pidfd, PollFlags::IN)).collect();
    loop {
        let left =
            deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        match poll(&mut polled, left.map(timespec).as_ref()) {
            Ok(_) => break,
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok((0..polled.len()).filter(|&place| !polled[place].revents().is_empty()).collect())
}

fn timespec(time: Duration) -> Timespec {
    Timespec {
        tv_sec: time.as_secs().min(i64::MAX as u64) as i64,
        tv_nsec: time.subsec_nanos().into(),
    }
}
