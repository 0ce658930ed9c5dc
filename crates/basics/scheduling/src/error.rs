//! Why there is no schedule.

/// Why there is no schedule: each error names the job or the policy at fault.
///
/// ```
/// use scheduling::{Error, Job, Policy};
///
/// let error = Policy::round_robin(0).schedule(&[Job::new("a", 0, 5)]).unwrap_err();
/// assert_eq!(error, Error::Zero { policy: "round robin", what: "quantum" });
/// assert_eq!(error.to_string(), "round robin: the quantum is 0; the least is 1");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The list of jobs is empty.
    #[error("there is no job to schedule")]
    NoJobs,
    /// Two jobs have the same name.
    #[error("job {job}: another job has the same name")]
    SameName {
        /// The name.
        job: String,
    },
    /// A job has no work to do.
    #[error("job {job}: the burst is 0; the least is 1")]
    ZeroBurst {
        /// The job.
        job: String,
    },
    /// A time of a job's input and output is zero.
    #[error("job {job}: a time of its io is 0; the least is 1")]
    ZeroIo {
        /// The job.
        job: String,
    },
    /// The job would end at a time that a number cannot hold.
    #[error("job {job}: it may end later than 2^64-1, the last moment there is")]
    Overflow {
        /// The job.
        job: String,
    },
    /// The policy needs deadlines, and the job has none.
    #[error("job {job}: it has no deadline; earliest deadline first needs one")]
    NoDeadline {
        /// The job.
        job: String,
    },
    /// The job's priority is no nice value.
    #[error("job {job}: its nice value is {nice}; it lies between -20 and 19")]
    BadNice {
        /// The job.
        job: String,
        /// Its priority.
        nice: i64,
    },
    /// A length of time of the policy is zero.
    #[error("{policy}: the {what} is 0; the least is 1")]
    Zero {
        /// The policy.
        policy: &'static str,
        /// The length of time.
        what: &'static str,
    },
    /// A multilevel feedback queue without a level.
    #[error("multilevel feedback: there is no level; give a quantum for each")]
    NoLevels,
    /// The schedule has more slices than a reader or the memory can bear.
    #[error("the schedule has more than {most} slices; use longer quanta")]
    TooManySlices {
        /// The most slices that a schedule may have.
        most: usize,
    },
    /// A job that cannot be read.
    #[error("job {job:?}: {problem}")]
    BadJob {
        /// The job as it was written.
        job: String,
        /// The fault.
        problem: String,
    },
    /// A policy that cannot be read.
    #[error("policy {policy:?}: {problem}")]
    BadPolicy {
        /// The policy as it was written.
        policy: String,
        /// The fault.
        problem: String,
    },
}
