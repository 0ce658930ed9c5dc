//! A process that runs one instruction at a time, to be killed or stopped at each.
//!
//! ptrace(2) lets a parent execute a single instruction of its child. The child calls
//! [`traced`] around one operation; [`sweep`] has its parent kill one child after the
//! other ([`kill_at`]) or stop it ([`stop_at`]), each a little further on.

use nix::sys::ptrace;
use nix::sys::signal::{Signal, kill, raise};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::Pid;

/// How many instructions apart a quick sweep tries its places. It has no small factor
/// in common with the length of a loop.
pub const STRIDE: usize = 37;

/// Stops a traced process, as every signal does; otherwise it is ignored (signal(7)).
const MARK: Signal = Signal::SIGURG;

/// How far the child of one call of [`sweep`] came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// It was killed or stopped within its operation.
    Inside,
    /// Its operation had ended.
    End,
}

/// Calls `at` with 0, `stride`, 2 × `stride` and so on, until the operation ends within
/// so many instructions. Gives the number of calls before that.
///
/// # Panics
/// If these are fewer than ten: then hardly anything was tried.
pub fn sweep(stride: usize, mut at: impl FnMut(usize) -> Reached) -> usize {
    let inside = |place: &usize| at(*place) == Reached::Inside;
    let places = (0..).step_by(stride).take_while(inside).count();
    assert!(places >= 10, "only {places} places were tried");
    places
}

/// Calls `operation` in a child so that its parent can step through it: the child stops
/// before it begins and after it has ended.
///
/// # Panics
/// If the process is traced already.
pub fn traced<T>(operation: impl FnOnce() -> T) -> T {
    ptrace::traceme().unwrap();
    raise(MARK).unwrap();
    let value = operation();
    raise(MARK).unwrap();
    value
}

/// Has a child execute so many instructions of its operation, system calls included,
/// and kills it there. A child whose operation ends before goes on freely.
///
/// The child must be one of the calling thread's. It has not been reaped yet.
///
/// # Panics
/// If the child ends by itself, or a signal of another process reaches it.
#[must_use]
pub fn kill_at(pid: u32, instructions: usize) -> Reached {
    let stopped = stop_at(pid, instructions);
    match stopped.reached {
        Reached::Inside => {
            kill(stopped.pid, Signal::SIGKILL).unwrap();
            Reached::Inside
        }
        Reached::End => stopped.release(),
    }
}

/// Has a child execute so many instructions of its operation, and leaves it stopped
/// there, or at the end of the operation.
///
/// # Panics
/// As [`kill_at`].
#[must_use]
pub fn stop_at(pid: u32, instructions: usize) -> Stopped {
    let pid = Pid::from_raw(pid as i32);
    assert_eq!(wait(pid), WaitStatus::Stopped(pid, MARK));
    let inside = (0..instructions).all(|_| {
        ptrace::step(pid, None).unwrap();
        match wait(pid) {
            WaitStatus::Stopped(_, Signal::SIGTRAP) => true,
            WaitStatus::Stopped(_, MARK) => false,
            other => panic!("the child does not step: {other:?}"),
        }
    });
    Stopped { pid, reached: if inside { Reached::Inside } else { Reached::End } }
}

/// A child that stands still; made by [`stop_at`].
#[derive(Debug)]
pub struct Stopped {
    pid: Pid,
    reached: Reached,
}

impl Stopped {
    /// Lets the child run freely to its end, and tells where it stood.
    ///
    /// # Panics
    /// If the child has been killed meanwhile.
    #[must_use = "it tells whether the sweep goes on"]
    pub fn release(self) -> Reached {
        ptrace::detach(self.pid, None).unwrap();
        self.reached
    }
}

fn wait(pid: Pid) -> WaitStatus {
    loop {
        match waitpid(pid, None) {
            Err(nix::Error::EINTR) => {}
            status => return status.unwrap(),
        }
    }
}
