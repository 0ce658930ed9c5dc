//! Processes that lost their parent come to the nearest ancestor that adopts them, and
//! end with its scope.

use std::collections::BTreeSet;
use std::io;

use nix::sys::prctl::{get_child_subreaper, set_child_subreaper};
use nix::unistd::Pid;
use rustix::process::{Signal, WaitId, WaitIdOptions, waitid};
use shared::trace;

use crate::Error;
use crate::pidfd::PidFd;
use crate::state::children;

/// While it lives, orphans of this process's descendants become its children (prctl(2),
/// `PR_SET_CHILD_SUBREAPER`).
#[derive(Debug)]
pub(crate) struct Orphans {
    /// Whether the process adopted orphans already, for a scope around this one.
    before: bool,
    /// The children that the process had already.
    known: BTreeSet<Pid>,
}

impl Orphans {
    pub(crate) fn adopt() -> Result<Self, Error> {
        let what = || "adopt orphans".to_owned();
        let before = get_child_subreaper().map_err(Error::os(what))?;
        set_child_subreaper(true).map_err(Error::os(what))?;
        Ok(Self {
            before,
            known: if childless() {
                BTreeSet::new()
            } else {
                children().map_err(Error::os(what))?
            },
        })
    }

    /// Ends whoever has come since, and theirs, which come as soon as their parent is
    /// dead.
    pub(crate) fn end(self) -> Result<(), Error> {
        let ended = self.end_all().map_err(Error::os(|| "end orphans".to_owned()));
        let restored = set_child_subreaper(self.before)
            .map_err(Error::os(|| "stop adopting orphans".to_owned()));
        ended.and(restored)
    }

    fn end_all(&self) -> io::Result<()> {
        while !childless() {
            let orphans: Vec<Pid> =
                children()?.difference(&self.known).copied().collect();
            if orphans.is_empty() {
                break;
            }
            for orphan in orphans {
                // Its parent is dead and nobody waits for what it does: there is no
                // reason to ask first.
                let pidfd = PidFd::open(orphan)?;
                pidfd.signal(Signal::KILL)?;
                let exit = pidfd.reap()?;
                trace::death("orphan", orphan.as_raw(), &exit.to_string());
            }
        }
        Ok(())
    }
}

/// Whether this process has no children at all, dead or alive; asked first, because it
/// costs one system call.
fn childless() -> bool {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    matches!(waitid(WaitId::All, options), Err(rustix::io::Errno::CHILD))
}
