//! A process that runs one instruction at a time, to be killed or stopped at each.
//!
//! ptrace(2) lets a parent execute a single instruction of its child. The child calls
//! [`traced`] around one operation; the parent drives it as a [`Victim`].

use nix::sys::ptrace;
use nix::sys::signal::{Signal, raise};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::Pid;

/// How many instructions apart a quick sweep kills its victims. It has no small factor in
/// common with the length of a loop.
pub const STRIDE: usize = 37;

/// Stops a traced process, as every signal does; otherwise ignored (signal(7)).
const MARK: Signal = Signal::SIGURG;

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

/// A child in [`traced`], stopped.
#[derive(Debug)]
pub struct Victim(Pid);

impl Victim {
    /// Waits until the child has reached its operation. It must be a child of the calling
    /// thread.
    ///
    /// # Panics
    /// If the child ends before.
    #[must_use]
    pub fn at_its_operation(pid: u32) -> Self {
        let pid = Pid::from_raw(pid as i32);
        assert_eq!(wait(pid), WaitStatus::Stopped(pid, MARK));
        Self(pid)
    }

    /// Executes so many instructions of the operation, system calls included, and leaves
    /// the child stopped. False if the operation has ended before.
    ///
    /// # Panics
    /// If the child ends, or a signal other than the tracer's reaches it.
    #[must_use]
    pub fn advance(&self, instructions: usize) -> bool {
        (0..instructions).all(|_| {
            ptrace::step(self.0, None).unwrap();
            match wait(self.0) {
                WaitStatus::Stopped(_, Signal::SIGTRAP) => true,
                WaitStatus::Stopped(_, MARK) => false,
                other => panic!("the victim does not step: {other:?}"),
            }
        })
    }

    /// Lets the child run freely from here to its end.
    pub fn release(self) {
        ptrace::detach(self.0, None).unwrap();
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

/// Calls `at` with 0, `stride`, 2 × `stride` and so on, until it says that the operation
/// has ended before so many instructions. Gives the number of calls.
///
/// # Panics
/// If the operation ends within fewer than 20 calls: then hardly anything was tried.
pub fn sweep(stride: usize, mut at: impl FnMut(usize) -> Reached) -> usize {
    let calls =
        (0..).step_by(stride).take_while(|&it| at(it) == Reached::Inside).count();
    assert!(calls >= 20, "only {calls} places were tried");
    calls
}

/// How far the victim of one call of [`sweep`] came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// It was killed or stopped within its operation.
    Inside,
    /// Its operation had ended.
    End,
}
