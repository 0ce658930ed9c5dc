//! Processes that lost their parent come to the nearest ancestor that adopts them, and
//! end with its scope.

use std::collections::BTreeSet;
use std::{fs, io};

use nix::sys::prctl::{get_child_subreaper, set_child_subreaper};
use nix::unistd::{Pid, getpid, gettid};
use rustix::process::{Signal, WaitId, WaitIdOptions, waitid};
use shared::trace;

use crate::pidfd::PidFd;
use crate::{Error, state};

/// While it lives, orphans of this process's descendants become its children (prctl(2),
/// `PR_SET_CHILD_SUBREAPER`).
///
/// The kernel gives an orphan to the first thread of the process that adopts it. So a
/// program that another thread has started is no orphan, as long as its thread lives.
#[derive(Debug)]
pub(crate) struct Orphans {
    /// Whether the process adopted orphans already, for a scope around this one.
    before: bool,
    /// The children that the process had already; by its pid alone, one that is reaped
    /// meanwhile could not be told from a later orphan.
    known: Vec<(Pid, PidFd)>,
    /// Two descriptors for the end of the scope, when there may be no other.
    reserve: [PidFd; 2],
}

impl Orphans {
    /// Nothing in any thread but the first: there the family stays empty.
    pub(crate) fn adopt() -> Result<Option<Self>, Error> {
        if gettid() != getpid() {
            return Ok(None);
        }
        let what = || "adopt orphans".to_owned();
        let before = get_child_subreaper().map_err(Error::os(what))?;
        let known = known().map_err(Error::os(what))?;
        let reserve =
            || Ok::<_, io::Error>([PidFd::of(getpid())?, PidFd::of(getpid())?]);
        let reserve = reserve().map_err(Error::os(what))?;
        set_child_subreaper(true).map_err(Error::os(what))?;
        Ok(Some(Self { before, known, reserve }))
    }

    /// Ends all children that the first thread has got since, and theirs, which come as
    /// soon as their parent is dead.
    pub(crate) fn end(self) -> Result<(), Error> {
        drop(self.reserve);
        let ended =
            end_all(&self.known).map_err(Error::os(|| "end orphans".to_owned()));
        let restored = set_child_subreaper(self.before)
            .map_err(Error::os(|| "stop adopting orphans".to_owned()));
        ended.and(restored)
    }
}

/// The children of all threads.
fn known() -> io::Result<Vec<(Pid, PidFd)>> {
    let mut known = Vec::new();
    if childless() {
        return Ok(known);
    }
    for thread in fs::read_dir("/proc/self/task")? {
        for pid in children_of(&thread?.file_name().to_string_lossy())? {
            known.extend(PidFd::open(pid)?.map(|pidfd| (pid, pidfd)));
        }
    }
    Ok(known)
}

fn end_all(known: &[(Pid, PidFd)]) -> io::Result<()> {
    let mut found = true;
    while found && !childless() {
        found = false;
        for pid in adopted()? {
            let Some(pidfd) = PidFd::open(pid)? else { continue };
            // Another thread may have reaped the listed child meanwhile, and the kernel
            // have given its pid to any process. But if the pid is still listed, and
            // the process of the pidfd is not reaped, the two are one.
            let is_adopted = adopted()?.contains(&pid) && pidfd.is_child()?;
            if !is_adopted || is_known(known, pid)? {
                continue;
            }
            found = true;
            // Its parent is dead and no process waits for its work: there is no reason
            // to ask first.
            pidfd.signal(Signal::KILL)?;
            if let Some(exit) = pidfd.reap()? {
                trace::death("orphan", pid.as_raw(), &exit.to_string());
            }
        }
    }
    Ok(())
}

/// Whether the child with this pid is one of the known.
fn is_known(known: &[(Pid, PidFd)], pid: Pid) -> io::Result<bool> {
    for (_, pidfd) in known.iter().filter(|(known, _)| *known == pid) {
        if pidfd.is_child()? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The children of the first thread.
fn adopted() -> io::Result<BTreeSet<Pid>> {
    children_of(&getpid().to_string())
}

fn children_of(thread: &str) -> io::Result<BTreeSet<Pid>> {
    let children = state::children_of_thread(&format!("self/task/{thread}"))?;
    Ok(children.into_iter().map(|pid| Pid::from_raw(pid as i32)).collect())
}

/// Whether this process has no children at all, dead or alive; asked first, because it
/// costs one system call.
fn childless() -> bool {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    matches!(waitid(WaitId::All, options), Err(rustix::io::Errno::CHILD))
}
