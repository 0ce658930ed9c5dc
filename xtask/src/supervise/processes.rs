//! The processes below this one: found, waited for, killed, reaped.

use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid, waitpid};
use nix::unistd::{Pid, getpid};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::process::{PidfdFlags, pidfd_open};

use super::procfs::{self, Process};
use super::report::Left;

/// Waits until this process's own child has ended, and leaves it to be waited for.
/// Reaps meanwhile what others have orphaned, as init would.
pub fn reap_orphans_until(child: rustix::process::Pid) -> io::Result<()> {
    loop {
        // Of all that have ended it sees the oldest child first, and that is the one.
        match waitid(Id::All, WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT) {
            Ok(status)
                if status
                    .pid()
                    .is_some_and(|pid| pid.as_raw() != child.as_raw_pid()) =>
            {
                waitpid(status.pid(), None)?;
            }
            Ok(_) => return Ok(()),
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// What runs below this process. A zombie there is none of the program's: it waits for
/// this process, as an orphan does that has ended a moment ago.
pub fn left_behind() -> io::Result<Vec<Left>> {
    let mut left = procfs::descendants(getpid().as_raw())?;
    left.retain(|process| !process.zombie);
    let left = left.into_iter().map(|Process { pid, name, .. }| Left::Process {
        pid,
        name,
        ports: procfs::listening_ports(pid),
    });
    Ok(left.collect())
}

/// Waits for processes that are ending on their own, those whose parent was killed, and
/// reaps them.
pub fn let_end(grace: Duration) -> io::Result<()> {
    let deadline = Instant::now() + grace;
    while let Some(alive) = reap_and_list()? {
        if !wait_for_any(&alive, deadline)? {
            break;
        }
    }
    Ok(())
}

/// Kills one of the processes below this one, and gives its name; nothing if there is
/// none.
pub fn kill_one(choice: u64) -> io::Result<Option<String>> {
    let mut alive = procfs::descendants(getpid().as_raw())?;
    alive.retain(|process| !process.zombie);
    let Some(number) = choice.checked_rem(alive.len() as u64) else { return Ok(None) };
    let victim = alive.swap_remove(number as usize);
    match kill(Pid::from_raw(victim.pid), Signal::SIGKILL) {
        Ok(()) => Ok(Some(victim.name)),
        Err(Errno::ESRCH) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Kills and reaps everything below this process.
pub fn kill_all() -> io::Result<()> {
    // SIGKILL takes its time only with a process that the kernel holds in an
    // uninterruptible wait.
    let deadline = Instant::now() + Duration::from_secs(5);
    while let Some(alive) = reap_and_list()? {
        for process in &alive {
            match kill(Pid::from_raw(process.pid), Signal::SIGKILL) {
                Ok(()) | Err(Errno::ESRCH) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if !wait_for_any(&alive, deadline)? {
            break;
        }
    }
    Ok(())
}

/// Reaps what has ended; what has not, or nothing if this process has no children at
/// all.
fn reap_and_list() -> io::Result<Option<Vec<Process>>> {
    loop {
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::StillAlive) => break,
            Ok(_) | Err(Errno::EINTR) => {}
            // Orphans come to this process, so no child means no descendant.
            Err(Errno::ECHILD) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
    }
    let mut alive = procfs::descendants(getpid().as_raw())?;
    alive.retain(|process| !process.zombie);
    Ok(Some(alive))
}

/// Waits until one of them has ended; gives false if none has by the deadline.
fn wait_for_any(processes: &[Process], deadline: Instant) -> io::Result<bool> {
    let open = |process: &Process| {
        pidfd_open(rustix::process::Pid::from_raw(process.pid)?, PidfdFlags::empty())
            .ok()
    };
    let pidfds: Option<Vec<OwnedFd>> = processes.iter().map(open).collect();
    match pidfds {
        // One that cannot be opened has ended already.
        None => Ok(true),
        Some(pidfds) if pidfds.is_empty() => Ok(Instant::now() < deadline),
        Some(pidfds) => {
            let mut polled: Vec<_> =
                pidfds.iter().map(|pidfd| PollFd::new(pidfd, PollFlags::IN)).collect();
            poll_until(&mut polled, Some(deadline))
        }
    }
}

/// poll(2) with a deadline; gives false if it has passed. EINTR is retried.
pub fn poll_until(
    fds: &mut [PollFd<'_>],
    deadline: Option<Instant>,
) -> io::Result<bool> {
    loop {
        let left =
            deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let timeout =
            left.map(Timespec::try_from).transpose().map_err(io::Error::other)?;
        match rustix::event::poll(fds, timeout.as_ref()) {
            Ok(ready) => return Ok(ready > 0),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
