//! State, ending and children of a process, as /proc tells them.

use std::fmt::{self, Display};
use std::time::{Duration, Instant};
use std::{fs, io};

use nix::unistd::Pid;
use shared::trace;

use crate::pidfd::{PidFd, wait_for_any};

/// What a process is doing, by the letter that /proc/PID/stat shows
/// (`proc_pid_stat(5)`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// R: on a core, or ready for one.
    Running,
    /// S: asleep, until something happens or a signal comes.
    Sleeping,
    /// D: asleep in the kernel, not to be disturbed, mostly by a disk.
    Waiting,
    /// T: stopped by a signal.
    Stopped,
    /// t: stopped by a debugger.
    Traced,
    /// Z: dead, and not yet reaped by its parent.
    Zombie,
    /// Another letter: dying (X), idle in the kernel (I).
    Other(char),
}

/// The kernel's own words, those of /proc/PID/status.
impl Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Running => write!(f, "running"),
            Self::Sleeping => write!(f, "sleeping"),
            Self::Waiting => write!(f, "disk sleep"),
            Self::Stopped => write!(f, "stopped"),
            Self::Traced => write!(f, "tracing stop"),
            Self::Zombie => write!(f, "zombie"),
            Self::Other(letter) => write!(f, "state {letter}"),
        }
    }
}

/// The state of a process, or `None` if there is no such process (any more).
///
/// # Errors
/// If /proc cannot be read.
///
/// ```
/// assert_eq!(processes::state(std::process::id())?, Some(processes::State::Running));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn state(pid: u32) -> io::Result<Option<State>> {
    Ok(read(&format!("{pid}/stat"))?.as_deref().and_then(parse))
}

/// Waits until a process has ended, whoever's child it is, but no longer than
/// `timeout`; whether it has.
///
/// # Errors
/// If the kernel has no room for another open file.
///
/// ```
/// use std::time::Duration;
/// assert!(!processes::ends_within(std::process::id(), Duration::from_millis(1))?);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn ends_within(pid: u32, timeout: Duration) -> io::Result<bool> {
    match PidFd::open(Pid::from_raw(pid as i32))? {
        Some(pidfd) => {
            let ended = !wait_for_any(&[&pidfd], Instant::now().checked_add(timeout))?
                .is_empty();
            if ended {
                trace::death(&format!("process {pid}"), pid as i32, "ended");
            }
            Ok(ended)
        }
        None => Ok(true),
    }
}

/// A file of /proc; `None` if its process or thread has ended.
pub(crate) fn read(file: &str) -> io::Result<Option<String>> {
    match fs::read_to_string(format!("/proc/{file}")) {
        Ok(text) => Ok(Some(text)),
        // ESRCH: it ended while its file was being read.
        Err(error)
            if error.kind() == io::ErrorKind::NotFound
                || error.raw_os_error() == Some(libc::ESRCH) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Reads `PID (NAME) STATE …`, where NAME may hold anything, brackets and spaces too.
fn parse(stat: &str) -> Option<State> {
    let (_, rest) = stat.rsplit_once(')')?;
    Some(match rest.trim_start().chars().next()? {
        'R' => State::Running,
        'S' => State::Sleeping,
        'D' => State::Waiting,
        'T' => State::Stopped,
        't' => State::Traced,
        'Z' => State::Zombie,
        other => State::Other(other),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_anything() {
        assert_eq!(parse("7 (a) Z 1 (b)) S 42 7 7"), Some(State::Sleeping));
        assert_eq!(parse("7 (zombie) Z 1 7"), Some(State::Zombie));
        assert_eq!(parse(""), None);
    }

    #[test]
    fn who_is_not_there_has_no_state() {
        // Pids end at 2^22 (proc_sys_kernel(5), pid_max).
        assert_eq!(state(u32::MAX >> 1).expect("/proc"), None);
        assert!(ends_within(u32::MAX >> 1, Duration::ZERO).expect("a pidfd"));
    }
}
