//! The kernel's own schedulers: real children compute, and note when they had the core.

use std::io;
use std::thread;
use std::time::Duration;

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::time::{ClockId, clock_gettime};
use nix::unistd::Pid;
use processes::{Event, SharedMemory};
use shared::trace::{self, Kind, Record};

use crate::kit::kernel::log::Log;
use crate::schedule::Slice;
use crate::{Job, Reason, Schedule};

mod class;
mod log;

pub use class::{Class, quantum};

/// A process that finds so much time missing was not on the core meanwhile. Interrupts
/// are shorter, and turns of other processes longer.
const GAP: Duration = Duration::from_micros(50);

/// Why the kernel could not be asked.
///
/// ```
/// use scheduling::kit::kernel::{Class, Error};
///
/// let error = Error::Denied { class: Class::Fifo };
/// assert_eq!(error.to_string(), "SCHED_FIFO needs the capability CAP_SYS_NICE");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The class is not for processes without privileges.
    #[error("{class} needs the capability CAP_SYS_NICE")]
    Denied {
        /// The class.
        class: Class,
    },
    /// A system call failed.
    #[error("cannot {doing}: {source}")]
    Os {
        /// The purpose of the call.
        doing: &'static str,
        /// The reason.
        source: io::Error,
    },
    /// A child failed, or could not be started.
    #[error(transparent)]
    Family(#[from] processes::Error),
}

impl Error {
    fn os<E: Into<io::Error>>(doing: &'static str) -> impl FnOnce(E) -> Self {
        move |source| Self::Os { doing, source: source.into() }
    }
}

/// The cores that this process may use, by their numbers.
///
/// # Errors
/// If the kernel does not tell.
///
/// ```
/// assert!(!scheduling::kit::kernel::cores()?.is_empty());
/// # Ok::<(), scheduling::kit::kernel::Error>(())
/// ```
pub fn cores() -> Result<Vec<usize>, Error> {
    let set = affinity()?;
    Ok((0..CpuSet::count()).filter(|&core| set.is_set(core) == Ok(true)).collect())
}

fn affinity() -> Result<CpuSet, Error> {
    sched_getaffinity(Pid::from_raw(0)).map_err(Error::os("learn which cores are free"))
}

fn pin(core: usize) -> Result<(), Error> {
    let mut set = CpuSet::new();
    set.set(core)
        .and_then(|()| sched_setaffinity(Pid::from_raw(0), &set))
        .map_err(Error::os("stay on one core"))
}

/// Runs each job as a child process, the first on the first of the cores, the second on
/// the second, and so on, from the first again when there are no more.
///
/// A unit is a microsecond, and the priority of a job its nice value. Jobs that arrive
/// at the same moment begin in the order of the list. Each child computes until it has
/// had the core for its burst, and then tells the trace when that was. Other
/// processes of the machine may take the core in between.
///
/// # Errors
/// [`Error::Denied`] if the kernel does not allow the class; [`Error::Family`] if a
/// child fails.
///
/// ```
/// use scheduling::Job;
/// use scheduling::kit::kernel::{Class, cores, run};
///
/// let schedule = run(Class::Fair, &cores()?, &[Job::new("a", 0, 2_000)])?;
/// assert!(schedule.jobs[0].end >= 2_000);
/// # Ok::<(), scheduling::kit::kernel::Error>(())
/// ```
pub fn run(class: Class, cores: &[usize], jobs: &[Job]) -> Result<Schedule, Error> {
    if !class.is_allowed()? {
        return Err(Error::Denied { class });
    }
    let memory = Error::os("share memory with the children");
    let desks: Result<Vec<Desk>, io::Error> =
        jobs.iter().map(|_| Desk::new()).collect();
    let desks = desks.map_err(memory)?;
    let begin = processes::scope(|family| {
        for ((job, desk), &core) in jobs.iter().zip(&desks).zip(cores.iter().cycle()) {
            let name = format!("{class} {}", job.name);
            family.spawn(&name, || desk.child(class, core, job))?;
            family.wait_for(&desk.is_ready)?;
        }
        // The children of a realtime class would keep the parent from starting the
        // next one, if it were not above them.
        let _above = class.rise_above(cores[0])?;
        let begin = now()?;
        let mut order: Vec<usize> = (0..jobs.len()).collect();
        order.sort_by_key(|&place| jobs[place].arrival);
        for place in order {
            let arrival = begin + Duration::from_micros(jobs[place].arrival);
            thread::sleep(arrival.saturating_sub(now()?));
            desks[place].may_begin.set();
        }
        family.join()?;
        Ok::<_, Error>(begin)
    })?;
    let micros = |at: Duration| at.saturating_sub(begin).as_micros() as u64;
    let mut slices = Vec::new();
    for (job, desk) in desks.iter().enumerate() {
        slices.extend(desk.log.slices().map(|(from, to)| Slice {
            job,
            begin: micros(from),
            end: micros(to),
            why: Reason::Kernel,
        }));
    }
    slices.sort_by_key(|slice| slice.begin);
    Ok(Schedule::of(jobs, slices, Vec::new()))
}

/// What the parent shares with one child.
struct Desk {
    is_ready: Event,
    may_begin: Event,
    log: SharedMemory<Log>,
}

impl Desk {
    fn new() -> io::Result<Self> {
        Ok(Self {
            is_ready: Event::new()?,
            may_begin: Event::new()?,
            log: SharedMemory::new(Log::new(), 0)?,
        })
    }

    fn child(&self, class: Class, core: usize, job: &Job) -> Result<(), Error> {
        pin(core)?;
        class.enter(job.priority)?;
        self.is_ready.set();
        self.may_begin.wait();
        self.compute(Duration::from_micros(job.burst))?;
        for (from, to) in self.log.slices().filter(|_| trace::is_written()) {
            let text = || "on the core".to_owned();
            for (at, kind) in
                [(from, Kind::Begin { text: text() }), (to, Kind::End { text: text() })]
            {
                Record { ns: at.as_nanos() as i64, ..Record::now(kind) }.write();
            }
        }
        Ok(())
    }

    /// Computes until it has had so much time on the core, and notes when that was: it
    /// looks at the clock all the time, and finds a gap where it had no core.
    fn compute(&self, burst: Duration) -> Result<(), Error> {
        let done = time_on_core()? + burst;
        // The CPU time of a virtual machine also counts what its host has taken away.
        // So the slices must add up, too.
        let mut missing = burst;
        let mut begin = now()?;
        let mut last = begin;
        let mut is_done = false;
        while !is_done {
            is_done = time_on_core()? >= done && last.saturating_sub(begin) >= missing;
            let now = now()?;
            if now > last + GAP {
                self.log.push(begin, last);
                missing = missing.saturating_sub(last.saturating_sub(begin));
                begin = now;
            }
            last = now;
        }
        self.log.push(begin, last);
        Ok(())
    }
}

fn now() -> Result<Duration, Error> {
    time(ClockId::CLOCK_MONOTONIC)
}

fn time_on_core() -> Result<Duration, Error> {
    time(ClockId::CLOCK_THREAD_CPUTIME_ID)
}

fn time(clock: ClockId) -> Result<Duration, Error> {
    clock_gettime(clock).map(Duration::from).map_err(Error::os("read the clock"))
}
