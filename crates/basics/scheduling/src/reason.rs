//! Why the scheduler chose a slice.

use std::fmt::{self, Display};

use serde::{Serialize, Serializer};

/// Why the scheduler gave the core to this job and to no other.
///
/// ```
/// use scheduling::{Job, Policy, Reason};
///
/// let jobs = [Job::new("a", 0, 5), Job::new("b", 0, 2)];
/// let schedule = Policy::ShortestJobFirst.schedule(&jobs)?;
/// assert_eq!(schedule.slices[0].why, Reason::Shortest { burst: 2 });
/// assert_eq!(schedule.slices[0].why.to_string(), "the shortest burst, 2");
/// assert_eq!(schedule.slices[1].why, Reason::OnlyOne);
/// # Ok::<(), scheduling::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// No other job was ready.
    OnlyOne,
    /// It had been ready for the longest time.
    FirstReady,
    /// It had the shortest burst.
    Shortest {
        /// The time on the core until its io or its end.
        burst: u64,
    },
    /// It had the least time left.
    LeastLeft {
        /// The time on the core until its io or its end.
        left: u64,
    },
    /// Its turn had come.
    Turn,
    /// Its turn had come in the highest queue that was not empty.
    Level {
        /// The queue, from 0, the highest.
        level: usize,
    },
    /// It had the highest priority.
    Priority {
        /// The priority that it was given.
        given: i64,
        /// The priority that its wait has made of it.
        aged: i64,
    },
    /// It had the highest response ratio: waiting and burst together, per burst.
    ResponseRatio {
        /// How long it had waited.
        waited: u64,
        /// The time on the core until its io or its end.
        burst: u64,
    },
    /// It had the earliest deadline.
    Deadline {
        /// The deadline.
        at: u64,
    },
    /// Among the jobs that had not had more than their fair share it had the earliest
    /// virtual deadline.
    FairShare,
    /// The kernel does not tell.
    Kernel,
}

impl Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OnlyOne => write!(f, "no other job was ready"),
            Self::FirstReady => write!(f, "the first to be ready"),
            Self::Shortest { burst } => write!(f, "the shortest burst, {burst}"),
            Self::LeastLeft { left } => write!(f, "the least time left, {left}"),
            Self::Turn => write!(f, "its turn"),
            Self::Level { level } => write!(f, "its turn in queue {level}"),
            Self::Priority { given, aged } if given == aged => {
                write!(f, "the highest priority, {given}")
            }
            Self::Priority { given, aged } => {
                write!(f, "the highest priority, {aged}, aged from {given}")
            }
            Self::ResponseRatio { waited, burst } => {
                write!(f, "the highest response ratio, ({waited} + {burst}) / {burst}")
            }
            Self::Deadline { at } => write!(f, "the earliest deadline, {at}"),
            Self::FairShare => write!(f, "the earliest virtual deadline"),
            Self::Kernel => write!(f, "the kernel does not tell"),
        }
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
