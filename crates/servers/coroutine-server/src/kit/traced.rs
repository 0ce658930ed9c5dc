//! The system calls of another process, counted as strace counts them.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use anyhow::Context as _;
use nix::errno::Errno;
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use shared::Result;

/// How long the counting thread sleeps when no thread has made a call.
const PAUSE: Duration = Duration::from_micros(50);

/// Counts the system calls that a child of this process makes, in all of its threads,
/// while `work` runs on the caller's thread. Gives their number and what `work` gives.
pub(super) fn calls<T>(pid: Pid, work: impl FnOnce() -> T) -> Result<(u64, T)> {
    let is_done = AtomicBool::new(false);
    let (is_done, (begun, has_begun)) = (&is_done, std::sync::mpsc::channel());
    std::thread::scope(|scope| {
        // ptrace(2) is a matter between two threads.
        let counting = scope.spawn(move || {
            let traced = Traced::begin(pid);
            // The caller waits for this, unless it has gone.
            let _ = begun.send(());
            let mut traced = traced?;
            while !is_done.load(SeqCst) {
                traced.step()?;
            }
            traced.end()
        });
        has_begun.recv().ok();
        let worked = work();
        is_done.store(true, SeqCst);
        let counted = counting.join();
        let counted = counted.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        Ok((counted.context("cannot count the server's system calls")?, worked))
    })
}

/// The threads of the child, which stop at the beginning and the end of each call.
struct Traced {
    threads: HashSet<Pid>,
    stops: u64,
}

impl Traced {
    fn begin(pid: Pid) -> Result<Self> {
        let options = Options::PTRACE_O_TRACESYSGOOD | Options::PTRACE_O_TRACECLONE;
        let mut threads = HashSet::new();
        for thread in std::fs::read_dir(format!("/proc/{pid}/task"))? {
            let name = thread?.file_name();
            let number = name.to_str().and_then(|name| name.parse().ok());
            let thread = Pid::from_raw(number.context("the number of a thread")?);
            ptrace::seize(thread, options)?;
            ptrace::interrupt(thread)?;
            threads.insert(thread);
        }
        Ok(Self { threads, stops: 0 })
    }

    /// Lets all threads go on that stand still; true if there were some.
    fn step(&mut self) -> Result<bool> {
        let mut any = false;
        while let Some((thread, signal)) = self.stopped()? {
            any = true;
            resumed(ptrace::syscall(thread, signal))?;
        }
        if !any {
            std::thread::sleep(PAUSE);
        }
        Ok(any)
    }

    /// A thread that stands still, and the signal that it is to be given.
    fn stopped(&mut self) -> Result<Option<(Pid, Option<Signal>)>> {
        let of_this_thread = WaitPidFlag::__WALL | WaitPidFlag::__WNOTHREAD;
        loop {
            match waitpid(None, Some(of_this_thread | WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::PtraceSyscall(thread)) => {
                    self.stops += 1;
                    return Ok(Some((thread, None)));
                }
                Ok(WaitStatus::PtraceEvent(thread, ..)) => {
                    self.threads.insert(thread);
                    return Ok(Some((thread, None)));
                }
                Ok(WaitStatus::Stopped(thread, signal)) => {
                    return Ok(Some((thread, Some(signal))));
                }
                Ok(
                    WaitStatus::Exited(thread, _) | WaitStatus::Signaled(thread, ..),
                ) => {
                    self.threads.remove(&thread);
                }
                Ok(_) | Err(Errno::ECHILD) => return Ok(None),
                Err(Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Lets the child go; the number of its calls.
    fn end(mut self) -> Result<u64> {
        for thread in self.threads.clone() {
            resumed(ptrace::interrupt(thread))?;
        }
        while !self.threads.is_empty() {
            let Some((thread, signal)) = self.stopped()? else {
                std::thread::sleep(PAUSE);
                continue;
            };
            resumed(ptrace::detach(thread, signal))?;
            self.threads.remove(&thread);
        }
        Ok(self.stops / 2)
    }
}

/// A thread may end while it stands still.
fn resumed(result: nix::Result<()>) -> nix::Result<()> {
    if result == Err(Errno::ESRCH) { Ok(()) } else { result }
}
