//! Jobs: what a scheduler is given.

/// A job: when it arrives, and how much work it is.
///
/// Time is counted in units of any length, from 0.
///
/// ```
/// use scheduling::{Io, Job};
///
/// let written: Job = "a:0:5:-3:io=2+4:deadline=20".parse()?;
/// let built = Job::new("a", 0, 5).priority(-3).io(2, 4).deadline(20);
/// assert_eq!(written, built);
/// # Ok::<(), scheduling::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Job {
    /// The name, which no other job of the list has.
    pub name: String,
    /// The moment from which the job can run.
    pub arrival: u64,
    /// How much time on the core the job needs.
    pub burst: u64,
    /// The priority, or for EEVDF the nice value.
    pub priority: i64,
    /// The input and output by which the job interrupts its computation.
    pub io: Option<Io>,
    /// The moment by which the job must have ended.
    pub deadline: Option<u64>,
}

/// Input and output of a job: after each `every` units on the core the job waits for
/// `lasts` units for its device, which no other job uses. A job that has done all its
/// work does not wait once more.
///
/// ```
/// let job = scheduling::Job::new("a", 0, 5).io(2, 4);
/// assert_eq!(job.io, Some(scheduling::Io { every: 2, lasts: 4 }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Io {
    /// The time on the core between two waits.
    pub every: u64,
    /// The length of a wait.
    pub lasts: u64,
}

impl Job {
    /// A job with priority 0, without input and output, and without a deadline.
    ///
    /// ```
    /// assert_eq!(scheduling::Job::new("a", 0, 5).burst, 5);
    /// ```
    #[must_use]
    pub fn new(name: impl Into<String>, arrival: u64, burst: u64) -> Self {
        let name = name.into();
        Self { name, arrival, burst, priority: 0, io: None, deadline: None }
    }

    /// The same job with a priority.
    ///
    /// ```
    /// assert_eq!(scheduling::Job::new("a", 0, 5).priority(2).priority, 2);
    /// ```
    #[must_use]
    pub fn priority(self, priority: i64) -> Self {
        Self { priority, ..self }
    }

    /// The same job with input and output: see [`Io`].
    ///
    /// ```
    /// assert!(scheduling::Job::new("a", 0, 5).io(2, 4).io.is_some());
    /// ```
    #[must_use]
    pub fn io(self, every: u64, lasts: u64) -> Self {
        Self { io: Some(Io { every, lasts }), ..self }
    }

    /// The same job with a deadline.
    ///
    /// ```
    /// assert_eq!(scheduling::Job::new("a", 0, 5).deadline(9).deadline, Some(9));
    /// ```
    #[must_use]
    pub fn deadline(self, deadline: u64) -> Self {
        Self { deadline: Some(deadline), ..self }
    }

    /// How long its waits for input and output last together, or `None` if that is
    /// more than a number can hold.
    pub(crate) fn io_time(&self) -> Option<u64> {
        let Some(io) = self.io else { return Some(0) };
        // The work ends with time on the core, never with a wait.
        (self.burst.saturating_sub(1) / io.every.max(1)).checked_mul(io.lasts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_waits_of_a_job_add_up() {
        let time =
            |burst, every, lasts| Job::new("a", 0, burst).io(every, lasts).io_time();
        assert_eq!(Job::new("a", 0, 5).io_time(), Some(0));
        assert_eq!(time(5, 2, 10), Some(20));
        assert_eq!(time(4, 2, 10), Some(10));
        assert_eq!(time(2, 2, 10), Some(0));
        assert_eq!(time(u64::MAX, 1, 2), None);
    }
}
