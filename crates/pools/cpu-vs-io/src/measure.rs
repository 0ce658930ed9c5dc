//! The figures of this machine, measured.

use std::io;
use std::time::{Duration, Instant};

use nix::sched::{CpuSet, sched_getaffinity};
use nix::unistd::Pid;

use crate::run::{compute, run};
use crate::{Cost, Error, Job, Machine, Task, Way};

/// How often a cost is measured; the shortest time counts, for all else that runs on
/// the machine only makes it longer.
const ROUNDS: u32 = 5;

/// How often the speed of a core is measured, and of all.
const ROUNDS_OF_SPEED: u32 = 30;

/// The steps of one measurement, about a millisecond: the longer it is, the rarer are
/// the moments in which no other program disturbs it.
const STEPS: u64 = 1_000_000;

/// The wait whose lateness is measured.
const WAIT: Duration = Duration::from_millis(5);

impl Machine {
    /// Measures this machine, which takes about a fifth of a second.
    ///
    /// Other programs that run meanwhile make the figures worse, and the predictions as
    /// well.
    ///
    /// # Errors
    /// As [`Machine::run`].
    pub fn measure() -> Result<Self, Error> {
        let cores = cores()?.len() as u32;
        let mut machine = Self::ideal(cores);
        machine.steps = STEPS;
        for way in Way::ALL {
            machine = machine.costing(way, cost(way)?);
        }
        machine.step = shortest(ROUNDS_OF_SPEED, || {
            compute(STEPS);
            Ok(())
        })?;
        let job = Job::new(cores, Task::computing(machine.step));
        let start = cores * machine.cost(Way::Threads).each;
        let together = shortest(ROUNDS_OF_SPEED, || machine.run(Way::Threads, &job))?
            .saturating_sub(start);
        // On a busy machine the cores may seem to be slower together than one alone,
        // and by a start that was quicker than usual also faster than they are.
        let speed_up = machine.step.as_secs_f64() / together.as_secs_f64();
        machine.speed_up = (f64::from(cores) * speed_up).clamp(1.0, f64::from(cores));
        Ok(machine)
    }

    /// Runs the job that way, and measures how long it takes.
    ///
    /// # Errors
    /// [`Error`] if a thread, a process or the runtime cannot be had, or a process is
    /// killed. The others have ended when this returns. Processes are refused if the
    /// caller has other threads.
    ///
    /// ```
    /// use std::time::Duration;
    /// use cpu_vs_io::{Job, Machine, Task, Way};
    ///
    /// let machine = Machine::measure()?;
    /// let job = Job::new(4, Task::of(Duration::from_millis(2), 0.5));
    /// let [serial, threads] =
    ///     [Way::Serial, Way::Threads].map(|way| machine.run(way, &job));
    /// assert_eq!(serial?.sum, threads?.sum);
    /// # Ok::<(), cpu_vs_io::Error>(())
    /// ```
    pub fn run(&self, way: Way, job: &Job) -> Result<Run, Error> {
        let begin = Instant::now();
        let sum = run(self, way, job)?;
        Ok(Run { time: begin.elapsed(), sum })
    }
}

/// A job that has been run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// How long it took, from the first start to the last end.
    pub time: Duration,
    /// What the tasks and callbacks have computed, added up.
    pub sum: u64,
}

/// The cores that this process may use.
///
/// # Errors
/// If the kernel does not tell.
pub fn cores() -> Result<Vec<usize>, Error> {
    let set = sched_getaffinity(Pid::from_raw(0))
        .map_err(|errno| Error::Cores(io::Error::from(errno)))?;
    Ok((0..CpuSet::count()).filter(|&core| set.is_set(core) == Ok(true)).collect())
}

fn cost(way: Way) -> Result<Cost, Error> {
    // So many that starting them outweighs what is done once.
    let tasks = if way == Way::Processes { 16 } else { 64 };
    // Nothing to compute, so any machine will do.
    let machine = Machine::ideal(1);
    let time =
        |tasks, task| shortest(ROUNDS, || machine.run(way, &Job::new(tasks, task)));
    let nothing = Task::default();
    let once = time(0, nothing)?;
    let each = time(tasks, nothing)?.saturating_sub(once) / tasks;
    let late = time(1, Task::waiting(WAIT))?.saturating_sub(once + each + WAIT);
    Ok(Cost { once, each, late })
}

fn shortest<T>(
    rounds: u32,
    mut run: impl FnMut() -> Result<T, Error>,
) -> Result<Duration, Error> {
    let mut shortest = Duration::MAX;
    for _ in 0..rounds {
        let begin = Instant::now();
        run()?;
        shortest = shortest.min(begin.elapsed());
    }
    Ok(shortest)
}
