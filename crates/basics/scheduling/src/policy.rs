//! The policies, by name and with their settings.

use std::collections::HashSet;
use std::fmt::{self, Display};

use crate::Error;
use crate::fair::{Fair, weight};
use crate::job::Job;
use crate::queues::Queues;
use crate::ranked::{By, Ranked};
use crate::schedule::Schedule;
use crate::settings::{Arrivals, Feedback, Priority};
use crate::simulator::simulate;

/// A policy: how the scheduler chooses among the jobs that are ready.
///
/// ```
/// use scheduling::Policy;
///
/// let policy: Policy = "rr:4".parse()?;
/// assert_eq!(policy, Policy::round_robin(4));
/// assert_eq!(policy.to_string(), "round robin, quantum 4");
/// # Ok::<(), scheduling::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Policy {
    /// The job that has been ready for the longest time runs until its io or its end.
    FirstComeFirstServed,
    /// The job with the shortest burst runs until its io or its end.
    ShortestJobFirst,
    /// As shortest job first, but a shorter job that becomes ready preempts.
    ShortestRemainingFirst,
    /// The job runs whose turnaround so far, divided by its burst, is the largest: a
    /// short job soon, a long one after some time.
    HighestResponseRatio,
    /// The job with the earliest deadline runs; an earlier one preempts.
    EarliestDeadlineFirst,
    /// The job with the highest priority runs.
    Priority(Priority),
    /// Each ready job runs in turn, for a quantum at most.
    RoundRobin {
        /// The longest time for which a job runs without a break.
        quantum: u64,
        /// Which of two jobs comes first that become ready at the same moment.
        arrivals: Arrivals,
    },
    /// Several queues, each below the one before it.
    MultilevelFeedback(Feedback),
    /// Fair shares by weight: of the jobs that have not had more than their share, the
    /// one runs whose request is due first.
    Eevdf {
        /// The time on the core that a job requests at once.
        slice: u64,
    },
}

impl Policy {
    /// Round robin in which arrivals come first.
    ///
    /// ```
    /// use scheduling::{Job, Policy};
    ///
    /// let jobs = [Job::new("a", 0, 5), Job::new("b", 2, 3)];
    /// let order = ["a", "b", "a", "b", "a"];
    /// assert_eq!(Policy::round_robin(2).schedule(&jobs)?.order(), order);
    /// # Ok::<(), scheduling::Error>(())
    /// ```
    #[must_use]
    pub fn round_robin(quantum: u64) -> Self {
        Self::RoundRobin { quantum, arrivals: Arrivals::First }
    }

    /// A multilevel feedback queue with these quanta and, at each multiple of `boost`,
    /// all jobs in the first queue again.
    ///
    /// ```
    /// use scheduling::{Job, Policy};
    ///
    /// let jobs = [Job::new("a", 0, 5), Job::new("b", 2, 3)];
    /// let policy = Policy::multilevel_feedback([2, 4], Some(50));
    /// assert_eq!(policy.schedule(&jobs)?.order(), ["a", "b", "a", "b"]);
    /// # Ok::<(), scheduling::Error>(())
    /// ```
    #[must_use]
    pub fn multilevel_feedback(
        quanta: impl Into<Vec<u64>>,
        boost: Option<u64>,
    ) -> Self {
        Self::MultilevelFeedback(Feedback { boost, ..Feedback::new(quanta) })
    }

    /// The schedule that the policy makes for these jobs on one core.
    ///
    /// # Errors
    /// The first job, or the setting of the policy, that is no good, and why.
    ///
    /// ```
    /// use scheduling::{Job, Policy};
    ///
    /// let jobs = [Job::new("a", 0, 5), Job::new("b", 2, 0)];
    /// let error = Policy::ShortestJobFirst.schedule(&jobs).unwrap_err();
    /// assert_eq!(error.to_string(), "job b: the burst is 0; the least is 1");
    /// ```
    pub fn schedule(&self, jobs: &[Job]) -> Result<Schedule, Error> {
        check(jobs)?;
        let ranked = |by| simulate(jobs, &mut Ranked::new(by));
        match self {
            Self::FirstComeFirstServed => ranked(By::ReadySince),
            Self::ShortestJobFirst => ranked(By::Burst),
            Self::ShortestRemainingFirst => ranked(By::LeastLeft),
            Self::HighestResponseRatio => ranked(By::ResponseRatio),
            Self::EarliestDeadlineFirst => {
                if let Some(job) = jobs.iter().find(|job| job.deadline.is_none()) {
                    return Err(Error::NoDeadline { job: job.name.clone() });
                }
                ranked(By::Deadline)
            }
            Self::Priority(priority) => {
                not_zero("priority", "time of aging", priority.aging)?;
                ranked(By::Priority(*priority))
            }
            Self::RoundRobin { quantum, arrivals } => {
                not_zero("round robin", "quantum", [*quantum])?;
                let settings =
                    Feedback { arrivals: *arrivals, ..Feedback::new([*quantum]) };
                simulate(jobs, &mut Queues::new(settings, jobs.len()))
            }
            Self::MultilevelFeedback(settings) => {
                if settings.quanta.is_empty() {
                    return Err(Error::NoLevels);
                }
                let policy = "multilevel feedback";
                not_zero(
                    policy,
                    "quantum of a queue",
                    settings.quanta.iter().copied(),
                )?;
                not_zero(policy, "time between boosts", settings.boost)?;
                simulate(jobs, &mut Queues::new(settings.clone(), jobs.len()))
            }
            Self::Eevdf { slice } => {
                not_zero("EEVDF", "slice", [*slice])?;
                let weights = jobs.iter().map(|job| {
                    weight(job.priority).ok_or_else(|| Error::BadNice {
                        job: job.name.clone(),
                        nice: job.priority,
                    })
                });
                let weights = weights.collect::<Result<Vec<_>, _>>()?;
                simulate(jobs, &mut Fair::new(*slice, weights.into_iter()))
            }
        }
    }
}

fn not_zero(
    policy: &'static str,
    what: &'static str,
    times: impl IntoIterator<Item = u64>,
) -> Result<(), Error> {
    let is_good = times.into_iter().all(|time| time > 0);
    is_good.then_some(()).ok_or(Error::Zero { policy, what })
}

/// Whether the jobs can be scheduled at all.
fn check(jobs: &[Job]) -> Result<(), Error> {
    let mut names = HashSet::new();
    let mut end = jobs.iter().map(|job| job.arrival).max().ok_or(Error::NoJobs)?;
    for job in jobs {
        let name = || job.name.clone();
        if !names.insert(&job.name) {
            return Err(Error::SameName { job: name() });
        }
        if job.burst == 0 {
            return Err(Error::ZeroBurst { job: name() });
        }
        if job.io.is_some_and(|io| io.every == 0 || io.lasts == 0) {
            return Err(Error::ZeroIo { job: name() });
        }
        // The latest end: all jobs after the last arrival, one after the other.
        let work = job.io_time().and_then(|io| io.checked_add(job.burst));
        end = work
            .and_then(|work| end.checked_add(work))
            .ok_or_else(|| Error::Overflow { job: name() })?;
    }
    Ok(())
}

impl Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FirstComeFirstServed => write!(f, "first come first served"),
            Self::ShortestJobFirst => write!(f, "shortest job first"),
            Self::ShortestRemainingFirst => write!(f, "shortest remaining first"),
            Self::HighestResponseRatio => write!(f, "highest response ratio"),
            Self::EarliestDeadlineFirst => write!(f, "earliest deadline first"),
            Self::Priority(Priority { preempt: true, .. }) => {
                write!(f, "priority, preemptive")
            }
            Self::Priority(_) => write!(f, "priority"),
            Self::RoundRobin { quantum, .. } => {
                write!(f, "round robin, quantum {quantum}")
            }
            Self::MultilevelFeedback(Feedback { quanta, .. }) => {
                let quanta: Vec<String> = quanta.iter().map(u64::to_string).collect();
                write!(f, "multilevel feedback, quanta {}", quanta.join(" "))
            }
            Self::Eevdf { slice } => write!(f, "EEVDF, slice {slice}"),
        }
    }
}
