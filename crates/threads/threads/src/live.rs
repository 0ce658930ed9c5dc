//! The threads of this process that live, as the kernel lists them.

use std::fs;
use std::io;
use std::path::Path;

/// A thread of this process, as the kernel saw it a moment ago.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LiveThread {
    /// The kernel's number for it, which no other thread of the system has meanwhile.
    /// That of the main thread is the process's.
    pub tid: i32,
    /// The first 15 bytes of its name. That of the main thread is the program's.
    pub name: String,
    /// What it does.
    pub state: State,
}

/// What a thread does, as proc(5) tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// It runs on a core, or is ready and waits for one: the kernel has one letter, R,
    /// for both.
    Runnable,
    /// It is blocked, until something happens that it waits for: S, or D for the short
    /// waits in which no signal reaches it.
    Blocked,
    /// Any other letter; T is stopped by a signal, t by a debugger.
    Other(char),
}

/// The flag of a thread that has begun to end, in the ninth field of its `stat`
/// (`PF_EXITING`).
const IS_ENDING: u64 = 0x4;

/// The threads that live, the main thread first: Python's `threading.enumerate()`
/// (N2.17).
///
/// A thread is listed from its start on, and not any more once it has been joined. The
/// list is that of a moment that has passed, unless the caller knows that no thread
/// begins or ends.
///
/// It reads one file for each thread.
///
/// # Errors
/// If `/proc` cannot be read.
///
/// ```
/// let live = threads::enumerate()?;
/// assert_eq!(live[0].tid, std::process::id() as i32);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn enumerate() -> io::Result<Vec<LiveThread>> {
    let mut live = Vec::new();
    for task in fs::read_dir("/proc/self/task")? {
        match LiveThread::read(&task?.path()) {
            Ok(thread) => live.extend(thread),
            // It has ended since the folder was read.
            Err(error) if has_gone(&error) => {}
            Err(error) => return Err(error),
        }
    }
    // The main thread has the smallest number, unless the numbers have begun anew.
    let main = std::process::id() as i32;
    live.sort_by_key(|thread| (thread.tid != main, thread.tid));
    Ok(live)
}

/// How many threads live: Python's `threading.active_count()`.
///
/// # Errors
/// As [`enumerate`].
pub fn active_count() -> io::Result<usize> {
    Ok(enumerate()?.len())
}

fn has_gone(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
        || error.raw_os_error() == Some(nix::libc::ESRCH)
}

impl LiveThread {
    /// The thread of that folder, unless it has begun to end.
    fn read(task: &Path) -> io::Result<Option<Self>> {
        let stat = fs::read_to_string(task.join("stat"))?;
        Self::parse(&stat).map_err(|what| {
            let path = task.join("stat");
            io::Error::other(format!("{}: {what}: {stat}", path.display()))
        })
    }

    /// `7 (name) R 1 …`, of which the ninth field has the flags. A name may have
    /// anything in it, spaces and parentheses too.
    ///
    /// A thread that is joined has set the flag before: the kernel sets it first, and
    /// wakes the thread that joins later.
    fn parse(stat: &str) -> Result<Option<Self>, &'static str> {
        let (tid, rest) = stat.split_once(" (").ok_or("no name")?;
        let (name, rest) = rest.rsplit_once(") ").ok_or("no end of the name")?;
        let mut fields = rest.split(' ');
        let state = fields.next().and_then(|it| it.chars().next()).ok_or("no state")?;
        let flags = fields.nth(5).and_then(|it| it.parse::<u64>().ok());
        if flags.ok_or("no flags")? & IS_ENDING != 0 {
            return Ok(None);
        }
        Ok(Some(Self {
            tid: tid.parse().map_err(|_| "no number")?,
            name: name.to_owned(),
            state: State::of(state),
        }))
    }
}

impl State {
    fn of(letter: char) -> Self {
        match letter {
            'R' => Self::Runnable,
            'S' | 'D' => Self::Blocked,
            other => Self::Other(other),
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_have_anything_in_it() {
        let stat = "7 (a) S (b)) R 1 7 7 0 -1 4194368 5 0 0 0\n";
        let thread = LiveThread::parse(stat).expect("a line").expect("it lives");
        assert_eq!((thread.tid, &*thread.name), (7, "a) S (b)"));
        assert_eq!(thread.state, State::Runnable);
    }

    #[test]
    fn a_thread_that_ends_is_left_out() {
        let stat = "7 (a) R 1 7 7 0 -1 4194372 5 0 0 0\n";
        assert_eq!(LiveThread::parse(stat), Ok(None));
    }

    #[test]
    fn what_is_no_such_line_is_an_error() {
        for bad in ["", "7", "7 (a", "7 (a) ", "7 (a) R 1 7", "x (a) R 1 7 7 0 -1 64 5"]
        {
            assert!(LiveThread::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn letters_are_states() {
        assert_eq!(State::of('D'), State::Blocked);
        assert_eq!(State::of('T'), State::Other('T'));
    }
}
