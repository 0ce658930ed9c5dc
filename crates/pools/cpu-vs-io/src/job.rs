//! Tasks: so much to compute, and so long to wait.

use std::time::Duration;

/// A task: it computes, and then it waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Task {
    /// How long it computes on a core that it has to itself.
    pub computes: Duration,
    /// How long it waits: for the network, a disk, another program.
    pub waits: Duration,
}

impl Task {
    /// A task that only computes.
    #[must_use]
    pub const fn computing(time: Duration) -> Self {
        Self { computes: time, waits: Duration::ZERO }
    }

    /// A task that only waits.
    #[must_use]
    pub const fn waiting(time: Duration) -> Self {
        Self { computes: Duration::ZERO, waits: time }
    }

    /// A task of that length which waits for a share of it, and computes before.
    ///
    /// # Panics
    /// If the share is not between 0 and 1.
    ///
    /// ```
    /// use std::time::Duration;
    /// use cpu_vs_io::Task;
    ///
    /// let task = Task::of(Duration::from_millis(8), 0.75);
    /// assert_eq!(task.computes, Duration::from_millis(2));
    /// assert_eq!(task.waits, Duration::from_millis(6));
    /// ```
    #[must_use]
    pub fn of(length: Duration, share_of_waiting: f64) -> Self {
        assert!((0.0..=1.0).contains(&share_of_waiting), "a share is from 0 to 1");
        let waits = length.mul_f64(share_of_waiting);
        Self { computes: length.saturating_sub(waits), waits }
    }

    /// Its length on a core of its own.
    #[must_use]
    pub fn length(self) -> Duration {
        self.computes + self.waits
    }
}

/// A number of equal tasks, each with a callback that handles its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Job {
    /// How many tasks there are.
    pub tasks: u32,
    /// Each of them.
    pub task: Task,
    /// What is done after each of them. In a process it is the parent that does it, one
    /// callback after the other; else it is the thread or coroutine of the task.
    pub callback: Task,
    /// Whether each thread and process tells the trace what it does.
    pub(crate) traced: bool,
}

impl Job {
    /// So many tasks, without callbacks.
    #[must_use]
    pub const fn new(tasks: u32, task: Task) -> Self {
        let callback = Task::computing(Duration::ZERO);
        Self { tasks, task, callback, traced: false }
    }

    /// The same with a callback after each task.
    #[must_use]
    pub const fn callback(self, callback: Task) -> Self {
        Self { callback, ..self }
    }

    /// The same, but each thread and each process tells the trace what it does, for the
    /// picture. That costs time.
    #[must_use]
    pub const fn traced(self) -> Self {
        Self { traced: true, ..self }
    }
}
