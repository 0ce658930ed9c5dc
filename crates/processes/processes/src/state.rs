//! State, parent, descendants and end of a process, as /proc tells them.

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

/// The parent of a process, or `None` if there is no such process (any more). The first
/// process of a system or of a container has the parent 0.
///
/// # Errors
/// If /proc cannot be read.
///
/// ```
/// let parent = std::os::unix::process::parent_id();
/// assert_eq!(processes::parent(std::process::id())?, Some(parent));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn parent(pid: u32) -> io::Result<Option<u32>> {
    Ok(read(&format!("{pid}/stat"))?.as_deref().and_then(|stat| parse_number(stat, 1)))
}

/// The session of a process, which is the pid of the process that has made it
/// (setsid(2)), or `None` if there is no such process (any more).
///
/// # Errors
/// If /proc cannot be read.
///
/// ```
/// let session = nix::unistd::getsid(None)?.as_raw() as u32;
/// assert_eq!(processes::session(std::process::id())?, Some(session));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn session(pid: u32) -> io::Result<Option<u32>> {
    Ok(read(&format!("{pid}/stat"))?.as_deref().and_then(|stat| parse_number(stat, 3)))
}

/// The children of a process, then their children, and so on; dead ones that are not
/// yet reaped included.
///
/// A process that is started meanwhile may be missing.
///
/// # Errors
/// If /proc cannot be read.
///
/// ```
/// let below = processes::scope(|family| {
///     family.daemon("child", || processes::pause())?;
///     Ok::<_, processes::Error>(processes::descendants(std::process::id()))
/// })?;
/// assert_eq!(below?.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn descendants(pid: u32) -> io::Result<Vec<u32>> {
    let mut found = vec![pid];
    let mut asked = 0;
    while let Some(&pid) = found.get(asked) {
        found.extend(children(pid)?);
        asked += 1;
    }
    Ok(found.split_off(1))
}

/// The children of all threads of a process.
fn children(pid: u32) -> io::Result<Vec<u32>> {
    let mut children = Vec::new();
    let tasks = match fs::read_dir(format!("/proc/{pid}/task")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(children),
        tasks => tasks?,
    };
    for task in tasks {
        let task = task?.file_name();
        let task = task.to_string_lossy();
        children.extend(children_of_thread(&format!("{pid}/task/{task}"))?);
    }
    Ok(children)
}

/// The children of one thread, dead ones that are not yet reaped included; none if the
/// thread has ended: they are another thread's children then (`proc_pid_task(5)`).
pub(crate) fn children_of_thread(thread: &str) -> io::Result<Vec<u32>> {
    let children = read(&format!("{thread}/children"))?.unwrap_or_default();
    Ok(children.split_whitespace().filter_map(|pid| pid.parse().ok()).collect())
}

/// Waits until a process has ended, be it a child of the caller or not, but no longer
/// than `timeout`; whether it has.
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

/// What follows the name in `PID (NAME) STATE PARENT GROUP SESSION …`, where NAME may
/// hold anything, brackets and spaces too.
fn after_name(stat: &str) -> Option<std::str::SplitWhitespace<'_>> {
    Some(stat.rsplit_once(')')?.1.split_whitespace())
}

fn parse_number(stat: &str, place: usize) -> Option<u32> {
    after_name(stat)?.nth(place)?.parse().ok()
}

fn parse(stat: &str) -> Option<State> {
    Some(match after_name(stat)?.next()?.chars().next()? {
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
        assert_eq!(parse_number("7 (a) Z 1 (b)) S 42 7 8", 1), Some(42));
        assert_eq!(parse_number("7 (a) Z 1 (b)) S 42 7 8", 3), Some(8));
        assert_eq!(parse_number("7 (a) S", 1), None);
    }

    #[test]
    fn a_process_that_does_not_exist_has_no_state_and_has_ended() {
        // Pids end at 2^22 (proc_sys_kernel(5), pid_max).
        let pid = u32::MAX >> 1;
        assert_eq!(state(pid).expect("/proc"), None);
        assert_eq!(parent(pid).expect("/proc"), None);
        assert_eq!(session(pid).expect("/proc"), None);
        assert!(descendants(pid).expect("/proc").is_empty());
        assert!(ends_within(pid, Duration::ZERO).expect("a pidfd"));
    }
}
