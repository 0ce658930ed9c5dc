//! The settings of the policies that have more than a number.

/// The settings of priority scheduling.
///
/// ```
/// use scheduling::{High, Job, Policy, Priority};
///
/// let unix = Priority { high: High::Small, preempt: true, aging: None };
/// let jobs = [Job::new("a", 0, 5).priority(1), Job::new("b", 2, 3).priority(0)];
/// assert_eq!(Policy::Priority(unix).schedule(&jobs)?.order(), ["a", "b", "a"]);
/// # Ok::<(), scheduling::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Priority {
    /// Which end of the numbers is high.
    pub high: High,
    /// Whether a higher job that becomes ready preempts. An equal one does not.
    pub preempt: bool,
    /// After each so many units that a job is ready without having the core, its
    /// priority rises by one; when it gets the core, it has its own priority again.
    pub aging: Option<u64>,
}

/// Which end of the numbers is the high priority.
///
/// ```
/// assert_ne!(scheduling::High::Small, scheduling::High::Large);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum High {
    /// Small numbers, as in Unix.
    Small,
    /// Large numbers, as in Windows.
    Large,
}

/// Which job comes first, one that arrives or one whose quantum ends at that moment.
/// Textbooks differ.
///
/// ```
/// assert_ne!(scheduling::Arrivals::First, scheduling::Arrivals::Last);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrivals {
    /// The job that arrives.
    First,
    /// The job whose quantum ends.
    Last,
}

/// The settings of a multilevel feedback queue.
///
/// ```
/// use scheduling::{Feedback, Job, Policy};
///
/// let policy = Policy::MultilevelFeedback(Feedback {
///     demote_alone: false,
///     ..Feedback::new([1, 2, 4])
/// });
/// let jobs = [Job::new("a", 0, 5), Job::new("b", 2, 3)];
/// assert_eq!(policy.schedule(&jobs)?.order(), ["a", "b", "a", "b", "a"]);
/// # Ok::<(), scheduling::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feedback {
    /// The quantum of each queue. A job begins in the first queue; when it has used up
    /// its quantum it goes to the next one, and from the last to the last again.
    pub quanta: Vec<u64>,
    /// At each multiple of so many units all jobs go to the first queue.
    pub boost: Option<u64>,
    /// Which of two jobs comes first that become ready at the same moment.
    pub arrivals: Arrivals,
    /// Whether a job goes down also if no other job is ready when its quantum ends.
    pub demote_alone: bool,
}

impl Feedback {
    /// Queues with these quanta, without a boost. Arrivals come first, and a job that
    /// is alone goes down as well.
    ///
    /// ```
    /// assert_eq!(scheduling::Feedback::new([1, 2]).quanta, [1, 2]);
    /// ```
    #[must_use]
    pub fn new(quanta: impl Into<Vec<u64>>) -> Self {
        Self {
            quanta: quanta.into(),
            boost: None,
            arrivals: Arrivals::First,
            demote_alone: true,
        }
    }
}
