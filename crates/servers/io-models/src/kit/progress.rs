//! How a thread waits, as another thread sees it: asleep, or at work.

use std::fs;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

/// So many steps of useful work show that a thread does not wait asleep.
const STEPS: u64 = 1_000;

/// No thread is waited for longer: it does neither sleep nor work.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often another thread looks.
const PAUSE: Duration = Duration::from_micros(100);

/// The progress of a thread, shared with the thread that watches it.
#[derive(Debug)]
pub struct Progress {
    tid: i32,
    steps: AtomicU64,
    ended: AtomicBool,
}

impl Progress {
    /// The progress of this thread.
    pub fn of_this_thread() -> Self {
        let tid = nix::unistd::gettid().as_raw();
        Self { tid, steps: AtomicU64::new(0), ended: AtomicBool::new(false) }
    }

    /// Counts a step of useful work.
    pub fn step(&self) {
        self.steps.fetch_add(1, SeqCst);
    }

    /// The steps so far.
    pub fn steps(&self) -> u64 {
        self.steps.load(SeqCst)
    }

    /// The thread reads no more.
    pub fn end(&self) {
        self.ended.store(true, SeqCst);
    }

    /// Waits until the thread has waited in its own way: it sleeps, or has done a
    /// thousand steps of useful work since. Gives up when it reads no more, and when
    /// ten seconds have gone.
    pub fn wait_until_it_waits(&self) -> io::Result<()> {
        let (deadline, before) = (Instant::now() + PATIENCE, self.steps());
        while self.steps() < before + STEPS
            && !self.ended.load(SeqCst)
            && !self.sleeps()?
            && Instant::now() < deadline
        {
            thread::sleep(PAUSE);
        }
        Ok(())
    }

    /// Whether the kernel has the thread asleep, until something happens.
    fn sleeps(&self) -> io::Result<bool> {
        let stat = fs::read_to_string(format!("/proc/self/task/{}/stat", self.tid))?;
        // The name, in parentheses, may contain anything; the state follows it.
        Ok(stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('S')))
    }
}
