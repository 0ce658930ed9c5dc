//! The scope that starts and adopts children, and ends them when it ends.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::unistd::Pid;
use shared::trace;

#[cfg(not(loom))]
use crate::Event;
use crate::held::HandOver;
use crate::orphans::Orphans;
use crate::pidfd::{PidFd, wait_for_any};
use crate::token::Owner;
use crate::{Error, Outcome, Process, child};

/// How often a wait for an event looks at the children.
#[cfg(not(loom))]
const GLANCE: Duration = Duration::from_millis(20);

/// How long a process that was asked to end has, before it is killed.
const GRACE: Duration = Duration::from_secs(1);

/// Calls `body` with a family that is empty at first, and leaves no process of it
/// behind.
///
/// When `body` returns, daemons are terminated first and the other children joined
/// then, as Python's interpreter does at its end (N2.8). When it fails or panics, all
/// of them are terminated. A child that does not end by SIGTERM within a second is
/// killed. Last come the orphans that children left, and any other child that the first
/// thread has got since the scope began: a program that it has started itself, or that
/// a thread had started which has ended. A program of another living thread is left
/// alone.
///
/// # Errors
/// The error that `body` returns; or [`Error::Failed`] if a child ended badly and the
/// caller had not asked how, by [`Process::join`] or [`Process::exit_status`]. A daemon
/// may end by the scope's own signal.
///
/// # Panics
/// If `body` does, after all have ended.
pub fn scope<T, E: From<Error>>(
    body: impl FnOnce(&Family) -> Result<T, E>,
) -> Result<T, E> {
    let orphans = Orphans::adopt()?;
    let family = Family { owner: Owner::current(), members: Mutex::default() };
    let done = catch_unwind(AssertUnwindSafe(|| body(&family)));
    let ended = match &done {
        Ok(Ok(_)) => family.end(),
        Ok(Err(_)) | Err(_) => family.terminate(),
    };
    let ended = ended.and(orphans.map_or(Ok(()), Orphans::end));
    let value = done.unwrap_or_else(|panic| resume_unwind(panic))?;
    ended?;
    Ok(value)
}

/// The children of one [`scope`].
#[derive(Debug)]
pub struct Family {
    owner: Owner,
    members: Mutex<Vec<Process>>,
}

impl Family {
    /// Starts a process that calls `body` in a copy of this one. The scope waits for
    /// its end.
    ///
    /// An error that `body` returns becomes a line on standard error and exit code 1, a
    /// panic exit code 101. It may borrow whatever is there at the call, even what two
    /// threads must not use at once, for it works on copies:
    ///
    /// ```
    /// let apples = std::cell::Cell::new(10);
    /// let exit =
    ///     processes::scope(|family| family.spawn("eater", || apples.set(0))?.join())?;
    /// assert!(exit.is_ok() && apples.get() == 10);
    /// # Ok::<(), processes::Error>(())
    /// ```
    ///
    /// A thread would have the very cell, and is refused:
    ///
    /// ```compile_fail,E0277
    /// let apples = std::cell::Cell::new(10);
    /// std::thread::scope(|scope| scope.spawn(|| apples.set(0)).join().is_ok());
    /// ```
    ///
    /// # Errors
    /// [`Error::Threads`] if this process has more than one thread; [`Error::Held`] if
    /// this thread holds a guard or a loan of memory that processes share;
    /// [`Error::Os`] if the kernel has no room for another process;
    /// [`Error::NotYours`] if a child uses its parent's family.
    pub fn spawn<R: Outcome>(
        &self,
        name: &str,
        body: impl FnOnce() -> R,
    ) -> Result<Process, Error> {
        self.start(name, false, (), |()| body())
    }

    /// Starts a process like [`Family::spawn`] that is terminated when the scope ends.
    /// A daemon in Python's sense: it serves as long as its parent is there, and is not
    /// to be confused with a service of the system.
    ///
    /// # Errors
    /// As [`Family::spawn`].
    pub fn daemon<R: Outcome>(
        &self,
        name: &str,
        body: impl FnOnce() -> R,
    ) -> Result<Process, Error> {
        self.start(name, true, (), |()| body())
    }

    /// Starts a process like [`Family::spawn`] that calls `body` with `given`, of which
    /// this process drops its own copy. Python's `Process(target=body, args=given)`.
    ///
    /// What is private to a process, such as the end of a pipe, goes to the child in
    /// `given` only; a child that merely captures or borrows it cannot use it.
    /// `given` may be a reference: then this process keeps its copy.
    ///
    /// ```
    /// use std::io::{Read as _, pipe};
    /// use std::os::fd::OwnedFd;
    /// use processes::held::PrivateFd;
    ///
    /// let (mut reader, writer) = pipe()?;
    /// let writer = PrivateFd::new(OwnedFd::from(writer));
    /// processes::scope(|family| {
    ///     family.spawn("other", || assert!(writer.get().is_none()))?.join()?;
    ///     let child = family.spawn_with("writer", writer, |writer| {
    ///         rustix::io::write(writer.get().unwrap(), b"apple").map(drop)
    ///     })?;
    ///     assert!(child.join()?.is_ok());
    ///     Ok::<(), processes::Error>(())
    /// })?;
    /// // No process has the other end any more, so the text ends.
    /// let mut text = String::new();
    /// reader.read_to_string(&mut text)?;
    /// assert_eq!(text, "apple");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Family::spawn`].
    pub fn spawn_with<V: HandOver, R: Outcome>(
        &self,
        name: &str,
        given: V,
        body: impl FnOnce(V) -> R,
    ) -> Result<Process, Error> {
        self.start(name, false, given, body)
    }

    /// Starts a daemon like [`Family::daemon`] that calls `body` with `given`, as
    /// [`Family::spawn_with`] does.
    ///
    /// # Errors
    /// As [`Family::spawn`].
    pub fn daemon_with<V: HandOver, R: Outcome>(
        &self,
        name: &str,
        given: V,
        body: impl FnOnce(V) -> R,
    ) -> Result<Process, Error> {
        self.start(name, true, given, body)
    }

    /// Takes a child of this process into the family, as a daemon: an orphan that has
    /// come to this process, or a program that it has started.
    ///
    /// The child must not be waited for by other means, such as
    /// [`Child::wait`](std::process::Child::wait).
    ///
    /// ```
    /// use std::process::Command;
    ///
    /// let exit = processes::scope(|family| {
    ///     let program = Command::new("sleep").arg("600").spawn()?;
    ///     let sleep = family.adopt("sleep", program.id())?;
    ///     sleep.terminate()?;
    ///     Ok::<_, Box<dyn std::error::Error>>(sleep.join()?)
    /// })?;
    /// assert_eq!(exit, processes::Exit::Killed(processes::SIGTERM));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Os`] if the process is no child of this one, or has been waited for;
    /// [`Error::NotYours`] if a child uses its parent's family.
    pub fn adopt(&self, name: &str, pid: u32) -> Result<Process, Error> {
        self.owner.check("the family")?;
        let mut members = self.lock();
        let known = members.iter().find(|one| one.pid() == pid && !one.is_reaped());
        if let Some(known) = known {
            return Ok(known.clone());
        }
        let opened = PidFd::of(Pid::from_raw(pid as i32)).and_then(|pidfd| {
            let is_child = pidfd.is_child()?;
            is_child.then_some(pidfd).ok_or(Errno::ECHILD.into())
        });
        let pidfd = opened.map_err(Error::os(|| format!("adopt {name}")))?;
        let process = Process::new(name, pid, true, pidfd);
        members.push(process.clone());
        Ok(process)
    }

    /// Waits until all children that are not daemons have ended, or until the first
    /// child ends badly, be it a daemon or not: what the others wait for may then never
    /// come.
    ///
    /// # Errors
    /// [`Error::Failed`] for the first that ended badly and of which the caller has not
    /// been told.
    pub fn join(&self) -> Result<(), Error> {
        self.join_where(|process| !process.is_daemon())
    }

    /// Waits until these children have ended, or until the first child ends badly, one
    /// of these or not: what these wait for may then never come.
    ///
    /// # Errors
    /// As [`Family::join`].
    pub fn join_these(&self, these: &[Process]) -> Result<(), Error> {
        self.join_where(|process| these.iter().any(|one| one.is(process)))
    }

    /// Waits until an event is set, or until the first child ends badly, be it a daemon
    /// or not: it may be the one that was to set the event. Without a living child the
    /// wait is over as well.
    ///
    /// ```
    /// let begun = processes::Event::new()?;
    /// let waited = processes::scope(|family| {
    ///     family.spawn("child", || std::process::abort())?;
    ///     family.wait_for(&begun)
    /// });
    /// let error = waited.unwrap_err().to_string();
    /// assert_eq!(error, "process child ended badly: fatal error, SIGABRT");
    /// # std::io::Result::Ok(())
    /// ```
    ///
    /// # Errors
    /// As [`Family::join`], and [`Error::NeverSet`] if all children have ended and none
    /// has set the event.
    #[cfg(not(loom))]
    pub fn wait_for(&self, event: &Event) -> Result<(), Error> {
        while !event.wait_timeout(GLANCE) {
            let mut any_alive = false;
            for process in self.members() {
                match process.look()? {
                    Some(_) => process.check()?,
                    None => any_alive = true,
                }
            }
            // The last one may have set it just before its end.
            if !any_alive && !event.is_set() {
                return Err(Error::NeverSet);
            }
        }
        Ok(())
    }

    fn join_where(&self, is_meant: impl Fn(&Process) -> bool) -> Result<(), Error> {
        let mut waits = None;
        loop {
            let mut alive = Vec::new();
            for process in self.members() {
                match process.look()? {
                    Some(_) => process.check()?,
                    None => alive.push(process),
                }
            }
            if !alive.iter().any(&is_meant) {
                return Ok(());
            }
            waits.get_or_insert_with(|| {
                waiting(alive.iter().filter(|process| is_meant(process)))
            });
            wait(&alive, None)?;
        }
    }

    fn start<V: HandOver, R: Outcome>(
        &self,
        name: &str,
        daemon: bool,
        given: V,
        body: impl FnOnce(V) -> R,
    ) -> Result<Process, Error> {
        self.owner.check("the family")?;
        let pid = child::fork_child(name, given, body)?;
        let pidfd = PidFd::of(pid).inspect_err(|_| {
            // Without its pidfd (too many open files) the scope cannot wait for the
            // child, which therefore must not live.
            let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL);
            let _ = nix::sys::wait::waitpid(pid, None);
        });
        let pidfd = pidfd.map_err(Error::os(|| format!("hold {name}")))?;
        let process = Process::new(name, pid.as_raw() as u32, daemon, pidfd);
        let mut members = self.lock();
        // Their descriptors are closed, so a scope may last for any number of children.
        members.retain(|member| !member.is_settled());
        members.push(process.clone());
        Ok(process)
    }

    fn members(&self) -> Vec<Process> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Process>> {
        // Nothing panics in the middle of a push.
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The good end: daemons are terminated, the others joined.
    fn end(&self) -> Result<(), Error> {
        let (daemons, others): (Vec<_>, Vec<_>) =
            self.members().into_iter().partition(Process::is_daemon);
        // A daemon that has failed by itself did not end by the scope's signal.
        let failed = daemons
            .iter()
            .try_for_each(|daemon| daemon.look().and_then(|_| daemon.check()));
        terminate(&daemons)?;
        for process in &others {
            let _checked_below = process.finish()?;
        }
        others.iter().try_for_each(Process::check).and(failed)
    }

    /// The bad end: all are terminated.
    fn terminate(&self) -> Result<(), Error> {
        terminate(&self.members())
    }
}

/// Asks processes to end, kills those that do not, and reaps them all.
fn terminate(processes: &[Process]) -> Result<(), Error> {
    let alive = || {
        let alive = processes.iter().filter_map(|process| match process.look() {
            Ok(Some(_)) => None,
            Ok(None) => Some(Ok(process.clone())),
            Err(error) => Some(Err(error)),
        });
        alive.collect::<Result<Vec<_>, Error>>()
    };
    let asked = alive()?;
    if asked.is_empty() {
        return Ok(());
    }
    asked.iter().try_for_each(Process::terminate)?;
    let _wait = waiting(&asked);
    let deadline = Instant::now() + GRACE;
    while Instant::now() < deadline {
        let alive = alive()?;
        if alive.is_empty() {
            return Ok(());
        }
        wait(&alive, Some(deadline))?;
    }
    for process in alive()? {
        process.kill()?;
        let _killed = process.finish()?;
    }
    Ok(())
}

fn waiting<'a>(processes: impl IntoIterator<Item = &'a Process>) -> trace::Span {
    let names: Vec<_> = processes.into_iter().map(Process::name).collect();
    trace::waiting(&format!("for {}", names.join(", ")))
}

/// Waits until one of the processes has ended, at most until the deadline.
fn wait(processes: &[Process], deadline: Option<Instant>) -> Result<(), Error> {
    let pidfds: Vec<_> = processes.iter().map(Process::pidfd).collect();
    wait_for_any(&pidfds, deadline)
        .map_err(Error::os(|| "wait for the family".to_owned()))?;
    Ok(())
}
