//! The machine as the predictions know it, and the predictions.

use std::fmt;
use std::time::Duration;

use crate::{Job, Way};

/// The figures of a machine from which times are predicted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Machine {
    pub(crate) cores: u32,
    pub(crate) speed_up: f64,
    pub(crate) step: Duration,
    /// How many of them [`Machine::step`] is the time of.
    pub(crate) steps: u64,
    costs: [Cost; Way::ALL.len()],
}

/// What a way costs beside the tasks themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// Once, for the first task: a scope, a runtime.
    pub once: Duration,
    /// For each task: to start it, and to wait for its end.
    pub each: Duration,
    /// How much longer than asked for a wait lasts.
    pub late: Duration,
}

impl Machine {
    /// A machine on which nothing costs anything but the tasks themselves, and all
    /// cores together are as many times as fast as one.
    ///
    /// The notes reckon with such a machine, of four cores (N4.9):
    ///
    /// ```
    /// use std::time::Duration;
    /// use cpu_vs_io::{Job, Machine, Task, Way};
    ///
    /// let secs = Duration::from_secs;
    /// let job = Job::new(4, Task::computing(secs(5)));
    /// let job = job.callback(Task::computing(secs(1)));
    /// let machine = Machine::ideal(4);
    /// assert_eq!(machine.predict(Way::Gil, &job), secs(24));
    /// assert_eq!(machine.predict(Way::Processes, &job), secs(9));
    /// assert_eq!(machine.predict(Way::Threads, &job), secs(6));
    /// ```
    ///
    /// # Panics
    /// If there is no core.
    #[must_use]
    pub fn ideal(cores: u32) -> Self {
        assert!(cores > 0, "a machine has a core");
        Self {
            cores,
            speed_up: f64::from(cores),
            step: Duration::from_nanos(1),
            steps: 1,
            costs: [Cost::default(); Way::ALL.len()],
        }
    }

    /// The same, but a way costs that much.
    ///
    /// ```
    /// use std::time::Duration;
    /// use cpu_vs_io::{Cost, Job, Machine, Task, Way};
    ///
    /// let each = Duration::from_millis(40);
    /// let machine =
    ///     Machine::ideal(4).costing(Way::Processes, Cost { each, ..Cost::default() });
    /// // N1.2, where four processes that sleep for 5 seconds took 5.16.
    /// let job = Job::new(4, Task::waiting(Duration::from_secs(5)));
    /// assert_eq!(machine.predict(Way::Processes, &job).as_millis(), 5_160);
    /// ```
    #[must_use]
    pub fn costing(mut self, way: Way, cost: Cost) -> Self {
        self.costs[way as usize] = cost;
        self
    }

    /// How many cores this process may use.
    #[must_use]
    pub fn cores(&self) -> u32 {
        self.cores
    }

    /// How many times as much all cores compute together as one does alone.
    ///
    /// It is less than the number of cores if two of them share parts of a processor,
    /// or other programs run.
    #[must_use]
    pub fn speed_up(&self) -> f64 {
        self.speed_up
    }

    /// What a way costs beside the tasks themselves.
    #[must_use]
    pub fn cost(&self, way: Way) -> Cost {
        self.costs[way as usize]
    }

    /// How many steps of the loop that a task computes with take that time.
    #[must_use]
    pub fn steps(&self, time: Duration) -> u64 {
        (time.as_secs_f64() / self.step.as_secs_f64() * self.steps as f64) as u64
    }

    /// How long a number of cores' work takes when every core is used, if `tasks` tasks
    /// compute `each` at the same time.
    ///
    /// It takes no less than one of them, and no less than all of them divided by the
    /// [speed-up](Machine::speed_up).
    #[must_use]
    pub fn in_parallel(&self, tasks: u32, each: Duration) -> Duration {
        let tasks = f64::from(tasks);
        each.mul_f64(tasks.min(1.0).max(tasks / self.speed_up))
    }

    /// Predicts how long the job takes that way.
    ///
    /// With n tasks that compute c and wait w, and callbacks that compute c' and wait
    /// w', and p(c) for c on [all cores](Machine::in_parallel):
    ///
    /// | way | time, beside its cost |
    /// |---|---|
    /// | serial | n (c + w + c' + w') |
    /// | threads | p(c) + w + p(c') + w' |
    /// | threads under one lock, coroutines | n c + w + n c' + w' |
    /// | processes | p(c) + w + n (c' + w') |
    #[must_use]
    pub fn predict(&self, way: Way, job: &Job) -> Duration {
        let Cost { once, each, late } = self.cost(way);
        let wait = |time: Duration| if time.is_zero() { time } else { time + late };
        let (compute, wait_in_task) = (job.task.computes, wait(job.task.waits));
        let (handle, wait_after) = (job.callback.computes, wait(job.callback.waits));
        let n = job.tasks;
        let time = match way {
            _ if n == 0 => Duration::ZERO,
            Way::Serial => n * (compute + wait_in_task + handle + wait_after),
            Way::Threads => {
                let [compute, handle] =
                    [compute, handle].map(|time| self.in_parallel(n, time));
                compute + wait_in_task + handle + wait_after
            }
            Way::Gil | Way::Coroutines => {
                n * (compute + handle) + wait_in_task + wait_after
            }
            Way::Processes => {
                self.in_parallel(n, compute) + wait_in_task + n * (handle + wait_after)
            }
        };
        once + n * each + time
    }

    /// The way among those of [`Way::CHOICE`] for which the shortest time is predicted.
    ///
    /// ```
    /// use std::time::Duration;
    /// use cpu_vs_io::{Job, Machine, Task, Way};
    ///
    /// let task = Task::waiting(Duration::from_secs(5));
    /// let machine = Machine::ideal(4);
    /// assert_eq!(machine.best(&Job::new(1, task)), Way::Serial);
    /// assert_ne!(machine.best(&Job::new(2, task)), Way::Serial);
    /// ```
    #[must_use]
    pub fn best(&self, job: &Job) -> Way {
        let mut best = Way::Serial;
        for way in Way::CHOICE {
            // Of two that take the same time, the simpler one.
            if self.predict(way, job) < self.predict(best, job) {
                best = way;
            }
        }
        best
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = |way| self.cost(way).each.as_secs_f64() * 1e6;
        write!(
            f,
            "{} cores compute {:.2} times as fast as one; to start: a thread {:.0} µs, \
             a process {:.0} µs, a coroutine {:.1} µs",
            self.cores,
            self.speed_up,
            micros(Way::Threads),
            micros(Way::Processes),
            micros(Way::Coroutines),
        )
    }
}
