//! A child process as its parent sees it: signals, and waiting for its end.

use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use shared::trace;

use crate::pidfd::{PidFd, wait_for_any};
use crate::token::Owner;
use crate::{Error, Exit};

/// A child process, as its parent sees it; made by
/// [`Family::spawn`](crate::Family::spawn) and
/// [`Family::daemon`](crate::Family::daemon).
///
/// Letting go of it changes nothing: the family keeps the child until the scope ends.
/// Threads of the parent may share it, and wait for the child at the same time.
#[derive(Clone, Debug)]
pub struct Process(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    name: String,
    pid: u32,
    owner: Owner,
    daemon: bool,
    pidfd: PidFd,
    /// Locked only for what does not wait.
    end: Mutex<End>,
}

#[derive(Debug, Default)]
struct End {
    exit: Option<Exit>,
    /// Whether the caller has been given the exit; otherwise the scope reports it.
    told: bool,
}

impl Process {
    pub(crate) fn new(name: &str, pid: u32, daemon: bool, pidfd: PidFd) -> Self {
        Self(Arc::new(Inner {
            name: name.to_owned(),
            pid,
            owner: Owner::current(),
            daemon,
            pidfd,
            end: Mutex::default(),
        }))
    }

    /// The name that it was given.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Its process id. Once it has been joined the kernel may give the number to
    /// another process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.0.pid
    }

    /// Whether it has not ended yet; reaps it if it has. This does not tell how it
    /// ended, so the scope still reports a child that ended badly.
    ///
    /// # Errors
    /// If the process is not a child of the caller.
    pub fn is_alive(&self) -> Result<bool, Error> {
        Ok(self.look()?.is_none())
    }

    /// How it ended, if it has; reaps it. Python's `exitcode`.
    ///
    /// # Errors
    /// As [`Process::is_alive`].
    pub fn exit_status(&self) -> Result<Option<Exit>, Error> {
        let exit = self.look()?;
        self.end().told |= exit.is_some();
        Ok(exit)
    }

    /// Asks it to end, by SIGTERM, and does not wait: it may well be alive for a moment
    /// (N2.6).
    ///
    /// # Errors
    /// If the process is not a child of the caller.
    pub fn terminate(&self) -> Result<(), Error> {
        self.signal(Signal::TERM, "SIGTERM")
    }

    /// Ends it by SIGKILL, which it cannot refuse, and does not wait.
    ///
    /// # Errors
    /// If the process is not a child of the caller.
    pub fn kill(&self) -> Result<(), Error> {
        self.signal(Signal::KILL, "SIGKILL")
    }

    /// Stops it, by SIGSTOP, and waits until it stands still (or has ended): it runs
    /// nothing more until it is [resumed](Self::resume). Other signals are kept for it
    /// until then, SIGTERM too; only SIGKILL ends it as it is.
    ///
    /// A child that has begun its body ends with its parent even while it is suspended.
    /// One that is suspended before that outlives a parent that is killed.
    ///
    /// # Errors
    /// If the process is not a child of the caller.
    pub fn suspend(&self) -> Result<(), Error> {
        self.signal(Signal::STOP, "SIGSTOP")?;
        if self.look()?.is_none() {
            self.0
                .pidfd
                .wait_until_stopped()
                .map_err(Error::os(|| format!("wait until {} stops", self.name())))?;
        }
        Ok(())
    }

    /// Lets it go on, by SIGCONT, after it was [suspended](Self::suspend).
    ///
    /// # Errors
    /// If the process is not a child of the caller.
    pub fn resume(&self) -> Result<(), Error> {
        self.signal(Signal::CONT, "SIGCONT")
    }

    /// Waits until it ends, and returns how it ended; a later call returns the same.
    ///
    /// # Errors
    /// If the process is not a child of the caller.
    pub fn join(&self) -> Result<Exit, Error> {
        let exit = self.finish()?;
        self.end().told = true;
        Ok(exit)
    }

    /// Waits until it ends, but no longer than `timeout`; `None` if it is still alive
    /// then.
    ///
    /// # Errors
    /// If the process is not a child of the caller.
    pub fn join_timeout(&self, timeout: Duration) -> Result<Option<Exit>, Error> {
        if self.look()?.is_none() {
            let _wait = self.waiting();
            // A timeout beyond the end of time is none.
            let deadline = Instant::now().checked_add(timeout);
            wait_for_any(&[&self.0.pidfd], deadline)
                .map_err(Error::os(|| format!("wait for {}", self.name())))?;
        }
        self.exit_status()
    }

    /// Waits until it ends and leaves it unreaped, so that it stays a zombie until it
    /// is joined (`WNOWAIT`, waitid(2)).
    ///
    /// # Errors
    /// If the process is not a child of the caller.
    pub fn peek(&self) -> Result<Exit, Error> {
        self.check_owner()?;
        if let Some(exit) = self.end().exit {
            return Ok(exit);
        }
        let _wait = self.waiting();
        let peeked = self.0.pidfd.peek();
        // Another thread may have reaped it meanwhile.
        match self.end().exit {
            Some(exit) => Ok(exit),
            None => peeked.map_err(Error::os(|| format!("wait for {}", self.name()))),
        }
    }

    /// Whether both are handles of one process; pids may be used again.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(crate) fn is_daemon(&self) -> bool {
        self.0.daemon
    }

    /// Whether its end has been seen; its pid may belong to another process then.
    pub(crate) fn is_reaped(&self) -> bool {
        self.end().exit.is_some()
    }

    /// Whether neither the caller nor the scope needs it any more: its end is known, no
    /// failure is left to be told, and this is its last handle.
    pub(crate) fn is_settled(&self) -> bool {
        let End { exit, told } = *self.end();
        Arc::strong_count(&self.0) == 1 && exit.is_some_and(|it| told || it.is_ok())
    }

    /// To wait for it together with others.
    pub(crate) fn pidfd(&self) -> &PidFd {
        &self.0.pidfd
    }

    /// As [`Process::exit_status`], for the family, which does not tell the caller.
    pub(crate) fn look(&self) -> Result<Option<Exit>, Error> {
        self.check_owner()?;
        let mut end = self.end();
        if end.exit.is_none() {
            let reaped = self.0.pidfd.try_reap();
            end.exit = reaped
                .map_err(Error::os(|| format!("look after {}", self.name())))?
                .inspect(|exit| {
                    trace::death(self.name(), self.0.pid as i32, &exit.to_string());
                });
        }
        Ok(end.exit)
    }

    /// As [`Process::join`], for the family, which does not tell the caller.
    pub(crate) fn finish(&self) -> Result<Exit, Error> {
        if let Some(exit) = self.look()? {
            return Ok(exit);
        }
        let _wait = self.waiting();
        let peeked = self.0.pidfd.peek();
        match self.look()? {
            Some(exit) => Ok(exit),
            None => peeked.map_err(Error::os(|| format!("wait for {}", self.name()))),
        }
    }

    /// An error if it ended badly and the caller has not been told.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let End { exit, told } = &mut *self.end();
        match *exit {
            Some(exit) if !exit.is_ok() && !std::mem::replace(told, true) => {
                Err(Error::Failed { name: self.name().to_owned(), exit })
            }
            _ => Ok(()),
        }
    }

    fn waiting(&self) -> trace::Span {
        trace::waiting(&format!("for {}", self.name()))
    }

    fn signal(&self, signal: Signal, called: &str) -> Result<(), Error> {
        self.check_owner()?;
        if self.end().exit.is_none() {
            trace::signal(called, self.name(), self.0.pid as i32);
            self.0
                .pidfd
                .signal(signal)
                .map_err(Error::os(|| format!("send {called} to {}", self.name())))?;
        }
        Ok(())
    }

    fn end(&self) -> MutexGuard<'_, End> {
        // Each change is one assignment, so a panic cannot leave half of one.
        self.0.end.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A child must not use its copy of a handle of its parent.
    fn check_owner(&self) -> Result<(), Error> {
        self.0.owner.check(self.name())
    }
}

/// The process as a descriptor that becomes readable when the process ends
/// (`pidfd_open(2)`). Python's `sentinel`.
impl AsFd for Process {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.pidfd.as_fd()
    }
}
