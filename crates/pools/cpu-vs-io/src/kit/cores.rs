//! Threads on cores of their own.

use std::io;
use std::panic::resume_unwind;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use nix::sched::{CpuSet, sched_setaffinity};
use nix::time::{ClockId, clock_gettime};
use nix::unistd::Pid;
use shared::trace;

use crate::Error;

/// What some threads spent together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spent {
    /// From their common begin to the end of the last.
    pub time: Duration,
    /// The CPU time of all.
    pub cpu: Duration,
}

/// What several turns spent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Total {
    /// The shortest time of a turn.
    pub shortest: Duration,
    cpu: f64,
    turns: u32,
}

impl Default for Total {
    fn default() -> Self {
        Self { shortest: Duration::MAX, cpu: 0.0, turns: 0 }
    }
}

impl Total {
    /// Adds a turn.
    pub fn add(&mut self, turn: Spent) {
        self.shortest = self.shortest.min(turn.time);
        self.cpu += turn.cpu.as_secs_f64();
        self.turns += 1;
    }

    /// The CPU time of a turn on average, in seconds.
    #[must_use]
    pub fn cpu(&self) -> f64 {
        self.cpu / f64::from(self.turns)
    }
}

/// Has a thread on each of the cores call `body` with its number, from 0. They begin at
/// the same moment.
///
/// # Errors
/// If the kernel refuses a core.
///
/// # Panics
/// If `body` does, or the kernel has no room for a thread.
///
/// ```
/// let core = cpu_vs_io::cores()?[0];
/// let spent = cpu_vs_io::kit::cores::on("counts", &[core, core], |number| {
///     assert!(number < 2);
/// })?;
/// # Ok::<(), cpu_vs_io::Error>(())
/// ```
pub fn on(
    name: &str,
    cores: &[usize],
    body: impl Fn(usize) + Sync,
) -> Result<Spent, Error> {
    let start = Barrier::new(cores.len());
    let on_core = &|number: usize, core: usize| {
        let pinned = pin(core);
        start.wait();
        pinned?;
        let span = trace::span(name);
        let (begin, cpu) = (Instant::now(), cpu_time()?);
        body(number);
        drop(span);
        Ok((begin, Instant::now(), cpu_time()?.saturating_sub(cpu)))
    };
    thread::scope(|scope| {
        let mut threads = Vec::new();
        for (number, &core) in cores.iter().enumerate() {
            threads.push(scope.spawn(move || on_core(number, core)));
        }
        let (mut begins, mut ends, mut cpu) = (Vec::new(), Vec::new(), Duration::ZERO);
        for thread in threads {
            let spent: io::Result<_> =
                thread.join().unwrap_or_else(|panic| resume_unwind(panic));
            let (begin, end, cpu_of_one) = spent.map_err(Error::Cores)?;
            begins.push(begin);
            ends.push(end);
            cpu += cpu_of_one;
        }
        let time = ends.into_iter().max().zip(begins.into_iter().min());
        Ok(Spent { time: time.map_or(Duration::ZERO, |(end, begin)| end - begin), cpu })
    })
}

fn pin(core: usize) -> io::Result<()> {
    let mut set = CpuSet::new();
    set.set(core)?;
    Ok(sched_setaffinity(Pid::from_raw(0), &set)?)
}

fn cpu_time() -> io::Result<Duration> {
    Ok(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)?.into())
}
