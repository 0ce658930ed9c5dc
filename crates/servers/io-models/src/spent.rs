//! What a thread has spent while it waited: calls, switches, copies, CPU time.

use std::fmt::{self, Display};
use std::io;
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

use crate::call::Calls;
use crate::kernel::Kernel;

/// What a thread has spent, from the beginning of a [`Meter`] to its end.
#[derive(Clone, Copy, Debug)]
pub struct Spent {
    /// The system calls.
    pub calls: Calls,
    /// The bytes copied between the kernel's memory and the process's.
    pub copied: u64,
    /// The descriptors handed to the kernel to be watched.
    pub watched: u64,
    /// How often the thread has given up its core by itself, to sleep.
    pub voluntary: u64,
    /// How often the scheduler has taken the core away from it.
    pub involuntary: u64,
    /// The CPU time that it has used, its own and the kernel's for it.
    pub cpu: Duration,
    /// The time that has gone by.
    pub time: Duration,
}

/// Measures what this thread spends.
///
/// ```
/// use std::time::Duration;
/// use io_models::{Kernel, Meter};
///
/// let kernel = Kernel::new();
/// let meter = Meter::begin(&kernel)?;
/// std::thread::sleep(Duration::from_millis(20));
/// let spent = meter.end()?;
/// assert!(spent.voluntary >= 1);
/// assert!(spent.time >= Duration::from_millis(20) && spent.cpu < spent.time);
/// assert_eq!(spent.calls.total(), 0); // The sleep was not made by `kernel`.
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Meter<'k> {
    kernel: &'k Kernel,
    before: Spent,
    begin: Instant,
}

impl<'k> Meter<'k> {
    /// Begins to measure this thread, and the calls that `kernel` counts.
    ///
    /// # Errors
    /// The kernel's, if it does not keep such figures.
    pub fn begin(kernel: &'k Kernel) -> io::Result<Self> {
        Ok(Self { kernel, before: now(kernel)?, begin: Instant::now() })
    }

    /// What the thread has spent since.
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    pub fn end(&self) -> io::Result<Spent> {
        let (now, before) = (now(self.kernel)?, self.before);
        Ok(Spent {
            calls: now.calls - before.calls,
            copied: now.copied - before.copied,
            watched: now.watched - before.watched,
            voluntary: now.voluntary.saturating_sub(before.voluntary),
            involuntary: now.involuntary.saturating_sub(before.involuntary),
            cpu: now.cpu.saturating_sub(before.cpu),
            time: self.begin.elapsed(),
        })
    }
}

/// The figures of this thread since it began.
fn now(kernel: &Kernel) -> io::Result<Spent> {
    let usage = getrusage(UsageWho::RUSAGE_THREAD)?;
    let cpu = (usage.user_time() + usage.system_time()).num_microseconds();
    Ok(Spent {
        calls: kernel.calls(),
        copied: kernel.copied(),
        watched: kernel.watched(),
        voluntary: usage.voluntary_context_switches() as u64,
        involuntary: usage.involuntary_context_switches() as u64,
        cpu: Duration::from_micros(cpu as u64),
        time: Duration::ZERO,
    })
}

impl Display for Spent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { calls, voluntary, copied, .. } = self;
        write!(
            formatter,
            "system calls: {calls}; sleeps: {voluntary}; bytes copied: {copied}"
        )
    }
}
