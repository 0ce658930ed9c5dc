//! Schedules: which job had the core when, and how long each had to wait.

use crate::job::Job;
use crate::mean::Mean;
use crate::reason::Reason;

/// What a scheduler made of a list of jobs.
///
/// ```
/// use scheduling::{Job, Mean, Metrics, Policy};
///
/// let jobs = [Job::new("a", 0, 5), Job::new("b", 2, 3)];
/// let schedule = Policy::round_robin(4).schedule(&jobs)?;
/// assert_eq!(schedule.order(), ["a", "b", "a"]);
/// assert_eq!(schedule.mean(Metrics::turnaround), Mean::of(8 + 5, 2));
/// # Ok::<(), scheduling::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Schedule {
    /// The slices of time on the core, in the order of their beginnings.
    pub slices: Vec<Slice>,
    /// The waits of jobs for their devices, in the order of their beginnings.
    pub io: Vec<Wait>,
    /// The jobs, in the order in which they were given.
    pub jobs: Vec<Metrics>,
}

/// A stretch of time for which a job had the core.
///
/// A slice ends where the scheduler chooses again. If it chooses the same job, the next
/// slice follows at the same moment. Idle time is the gap between two slices.
///
/// ```
/// use scheduling::{Job, Policy};
///
/// let schedule = Policy::round_robin(4).schedule(&[Job::new("a", 7, 5)])?;
/// let slices = schedule.slices.iter().map(|slice| (slice.begin, slice.end));
/// assert_eq!(slices.collect::<Vec<_>>(), [(7, 11), (11, 12)]);
/// # Ok::<(), scheduling::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice {
    /// The job, by its place in the list of jobs.
    pub job: usize,
    /// The moment at which it got the core.
    pub begin: u64,
    /// The moment at which it no longer had the core.
    pub end: u64,
    /// Why the scheduler chose it.
    pub why: Reason,
}

/// A stretch of time for which a job waited for its device.
///
/// ```
/// use scheduling::{Job, Policy, Wait};
///
/// let jobs = [Job::new("a", 0, 5).io(3, 4)];
/// let schedule = Policy::FirstComeFirstServed.schedule(&jobs)?;
/// assert_eq!(schedule.io, [Wait { job: 0, begin: 3, end: 7 }]);
/// # Ok::<(), scheduling::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// The job, by its place in the list of jobs.
    pub job: usize,
    /// The moment at which the wait began.
    pub begin: u64,
    /// The moment from which the job was ready again.
    pub end: u64,
}

/// When a job ran, and what follows from it.
///
/// ```
/// use scheduling::{Job, Policy};
///
/// let jobs = [Job::new("a", 0, 5), Job::new("b", 2, 3).io(1, 4)];
/// let b = &Policy::FirstComeFirstServed.schedule(&jobs)?.jobs[1];
/// assert_eq!((b.start, b.end), (5, 16));
/// // Two waits for the device are no waiting for the core.
/// assert_eq!((b.turnaround(), b.waiting(), b.response()), (14, 3, 3));
/// # Ok::<(), scheduling::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metrics {
    /// The name of the job.
    pub name: String,
    /// The moment of its arrival.
    pub arrival: u64,
    /// The time on the core that it needed.
    pub burst: u64,
    /// The time that it spent with input and output.
    pub io: u64,
    /// The moment at which it first had the core.
    pub start: u64,
    /// The moment at which it had ended.
    pub end: u64,
    /// The moment by which it was to have ended.
    pub deadline: Option<u64>,
}

impl Metrics {
    /// Turnaround time: from its arrival to its end.
    ///
    /// ```
    /// use scheduling::{Job, Policy};
    ///
    /// let jobs = [Job::new("a", 0, 5), Job::new("b", 2, 3).deadline(7)];
    /// let schedule = Policy::FirstComeFirstServed.schedule(&jobs)?;
    /// assert_eq!(schedule.jobs[1].turnaround(), 8 - 2);
    /// # Ok::<(), scheduling::Error>(())
    /// ```
    #[must_use]
    pub fn turnaround(&self) -> u64 {
        self.end - self.arrival
    }

    /// Waiting time: how long it was ready without having the core.
    ///
    /// ```
    /// use scheduling::{Job, Policy};
    ///
    /// let jobs = [Job::new("a", 0, 5), Job::new("b", 2, 3).deadline(7)];
    /// let schedule = Policy::FirstComeFirstServed.schedule(&jobs)?;
    /// assert_eq!(schedule.jobs[1].waiting(), 3);
    /// # Ok::<(), scheduling::Error>(())
    /// ```
    #[must_use]
    pub fn waiting(&self) -> u64 {
        // The kernel's clocks may differ by a microsecond.
        self.turnaround().saturating_sub(self.burst).saturating_sub(self.io)
    }

    /// Response time: from its arrival until it first had the core.
    ///
    /// ```
    /// use scheduling::{Job, Policy};
    ///
    /// let jobs = [Job::new("a", 0, 5), Job::new("b", 2, 3).deadline(7)];
    /// let schedule = Policy::FirstComeFirstServed.schedule(&jobs)?;
    /// assert_eq!(schedule.jobs[1].response(), 5 - 2);
    /// # Ok::<(), scheduling::Error>(())
    /// ```
    #[must_use]
    pub fn response(&self) -> u64 {
        self.start - self.arrival
    }

    /// Whether it ended after its deadline.
    ///
    /// ```
    /// use scheduling::{Job, Policy};
    ///
    /// let jobs = [Job::new("a", 0, 5), Job::new("b", 2, 3).deadline(7)];
    /// let schedule = Policy::FirstComeFirstServed.schedule(&jobs)?;
    /// assert!(schedule.jobs[1].is_late());
    /// # Ok::<(), scheduling::Error>(())
    /// ```
    #[must_use]
    pub fn is_late(&self) -> bool {
        self.deadline.is_some_and(|deadline| self.end > deadline)
    }
}

impl Schedule {
    /// The schedule of the jobs that these slices make; each job has a slice.
    pub(crate) fn of(jobs: &[Job], slices: Vec<Slice>, io: Vec<Wait>) -> Self {
        let jobs = jobs.iter().enumerate().map(|(place, job)| {
            let own = || slices.iter().filter(|slice| slice.job == place);
            Metrics {
                name: job.name.clone(),
                arrival: job.arrival,
                burst: job.burst,
                io: job.io_time().unwrap_or_default(),
                start: own().map(|slice| slice.begin).min().unwrap_or(job.arrival),
                end: own().map(|slice| slice.end).max().unwrap_or(job.arrival),
                deadline: job.deadline,
            }
        });
        let jobs = jobs.collect();
        Self { slices, io, jobs }
    }

    /// The names of the jobs in the order in which they had the core; slices of one job
    /// that follow each other count once.
    ///
    /// ```
    /// use scheduling::{Job, Policy};
    ///
    /// let jobs = [Job::new("a", 0, 5), Job::new("b", 2, 3).deadline(7)];
    /// let schedule = Policy::FirstComeFirstServed.schedule(&jobs)?;
    /// assert_eq!(schedule.order(), ["a", "b"]);
    /// # Ok::<(), scheduling::Error>(())
    /// ```
    #[must_use]
    pub fn order(&self) -> Vec<&str> {
        let mut order: Vec<&str> = self
            .slices
            .iter()
            .map(|slice| self.jobs[slice.job].name.as_str())
            .collect();
        order.dedup();
        order
    }

    /// The mean of a time over all jobs, exactly: `mean(Metrics::waiting)`.
    ///
    /// ```
    /// use scheduling::{Job, Mean, Metrics, Policy};
    ///
    /// let jobs = [Job::new("a", 0, 5), Job::new("b", 2, 3).deadline(7)];
    /// let schedule = Policy::FirstComeFirstServed.schedule(&jobs)?;
    /// assert_eq!(schedule.mean(Metrics::waiting), Mean::of(3, 2));
    /// # Ok::<(), scheduling::Error>(())
    /// ```
    #[must_use]
    pub fn mean(&self, time: fn(&Metrics) -> u64) -> Mean {
        let total = self.jobs.iter().map(|job| u128::from(time(job))).sum();
        Mean::of(total, self.jobs.len() as u64)
    }

    /// The moment at which the first job begins.
    ///
    /// ```
    /// use scheduling::{Job, Policy};
    ///
    /// let jobs = [Job::new("a", 0, 5), Job::new("b", 2, 3).deadline(7)];
    /// let schedule = Policy::FirstComeFirstServed.schedule(&jobs)?;
    /// assert_eq!(schedule.begin(), 0);
    /// # Ok::<(), scheduling::Error>(())
    /// ```
    #[must_use]
    pub fn begin(&self) -> u64 {
        self.slices.iter().map(|slice| slice.begin).min().unwrap_or_default()
    }

    /// The moment at which the last job has ended.
    ///
    /// ```
    /// use scheduling::{Job, Policy};
    ///
    /// let jobs = [Job::new("a", 0, 5), Job::new("b", 2, 3).deadline(7)];
    /// let schedule = Policy::FirstComeFirstServed.schedule(&jobs)?;
    /// assert_eq!(schedule.end(), 8);
    /// # Ok::<(), scheduling::Error>(())
    /// ```
    #[must_use]
    pub fn end(&self) -> u64 {
        self.slices.iter().map(|slice| slice.end).max().unwrap_or_default()
    }

    /// For how long the core had nothing to do between the beginning and the end.
    ///
    /// ```
    /// use scheduling::{Job, Policy};
    ///
    /// let jobs = [Job::new("a", 0, 5), Job::new("b", 2, 3).deadline(7)];
    /// let schedule = Policy::FirstComeFirstServed.schedule(&jobs)?;
    /// assert_eq!(schedule.idle(), 0);
    /// # Ok::<(), scheduling::Error>(())
    /// ```
    #[must_use]
    pub fn idle(&self) -> u64 {
        let busy: u64 = self.slices.iter().map(|slice| slice.end - slice.begin).sum();
        (self.end() - self.begin()).saturating_sub(busy)
    }

    /// How often the core went from one job to another. The simulator's switches take
    /// no time.
    ///
    /// ```
    /// use scheduling::{Job, Policy};
    ///
    /// let jobs = [Job::new("a", 0, 5), Job::new("b", 2, 3).deadline(7)];
    /// let schedule = Policy::FirstComeFirstServed.schedule(&jobs)?;
    /// assert_eq!(schedule.switches(), 1);
    /// # Ok::<(), scheduling::Error>(())
    /// ```
    #[must_use]
    pub fn switches(&self) -> usize {
        self.order().len().saturating_sub(1)
    }

    /// How long a job had the core until a moment.
    ///
    /// ```
    /// use scheduling::{Job, Policy};
    ///
    /// let jobs = [Job::new("a", 0, 5), Job::new("b", 2, 3).deadline(7)];
    /// let schedule = Policy::FirstComeFirstServed.schedule(&jobs)?;
    /// assert_eq!(schedule.service(1, 6), 1);
    /// # Ok::<(), scheduling::Error>(())
    /// ```
    #[must_use]
    pub fn service(&self, job: usize, until: u64) -> u64 {
        let own = self.slices.iter().filter(|slice| slice.job == job);
        own.map(|slice| slice.end.min(until).saturating_sub(slice.begin)).sum()
    }

    /// For how long two jobs had a core at the same time. On one core that is never.
    ///
    /// ```
    /// use scheduling::{Job, Policy};
    ///
    /// let jobs = [Job::new("a", 0, 5), Job::new("b", 2, 3).deadline(7)];
    /// let schedule = Policy::FirstComeFirstServed.schedule(&jobs)?;
    /// assert_eq!(schedule.overlap(0, 1), 0);
    /// # Ok::<(), scheduling::Error>(())
    /// ```
    #[must_use]
    pub fn overlap(&self, one: usize, other: usize) -> u64 {
        let of = |job| self.slices.iter().filter(move |slice| slice.job == job);
        let both = of(one).flat_map(|a| of(other).map(move |b| (a, b)));
        both.map(|(a, b)| a.end.min(b.end).saturating_sub(a.begin.max(b.begin))).sum()
    }

    /// The longest time for which a job was ready without having the core, in one
    /// stretch.
    ///
    /// ```
    /// use scheduling::{Job, Policy};
    ///
    /// let jobs = [Job::new("a", 0, 5), Job::new("b", 2, 3)];
    /// let schedule = Policy::round_robin(2).schedule(&jobs)?;
    /// assert_eq!(schedule.order(), ["a", "b", "a", "b", "a"]);
    /// assert_eq!(schedule.longest_wait(0), 2);
    /// # Ok::<(), scheduling::Error>(())
    /// ```
    #[must_use]
    pub fn longest_wait(&self, job: usize) -> u64 {
        self.waits(job).iter().map(|(from, to)| to - from).max().unwrap_or_default()
    }

    /// The stretches for which a job was ready without having the core.
    pub(crate) fn waits(&self, job: usize) -> Vec<(u64, u64)> {
        let slices = self.slices.iter().filter(|slice| slice.job == job);
        let io = self.io.iter().filter(|wait| wait.job == job);
        let mut busy: Vec<(u64, u64)> = slices
            .map(|slice| (slice.begin, slice.end))
            .chain(io.map(|wait| (wait.begin, wait.end)))
            .collect();
        busy.sort_unstable();
        let mut ready = self.jobs[job].arrival;
        let gaps = busy
            .into_iter()
            .map(|(begin, end)| (std::mem::replace(&mut ready, end), begin));
        gaps.filter(|(from, to)| from < to).collect()
    }

    /// The jobs that ended after their deadlines.
    ///
    /// ```
    /// use scheduling::{Job, Policy};
    ///
    /// let jobs = [Job::new("a", 0, 5), Job::new("b", 2, 3).deadline(7)];
    /// let schedule = Policy::FirstComeFirstServed.schedule(&jobs)?;
    /// assert_eq!(schedule.late(), ["b"]);
    /// # Ok::<(), scheduling::Error>(())
    /// ```
    #[must_use]
    pub fn late(&self) -> Vec<&str> {
        let late = self.jobs.iter().filter(|job| job.is_late());
        late.map(|job| job.name.as_str()).collect()
    }
}
