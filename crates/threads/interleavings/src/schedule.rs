//! One schedule: the steps of the threads in the order in which they happened.

use std::fmt;
use std::panic::Location;

/// A line of the program's source.
pub type Place = &'static Location<'static>;

/// The steps of a program in the order in which they happened.
///
/// [`lines`](Self::lines) prints it with a column for each thread.
///
/// ```
/// use interleavings::sync::atomic::{AtomicI64, Ordering::Relaxed};
/// use interleavings::{Effect, Limits, Value, explore};
///
/// let report = explore(|| AtomicI64::new(7).load(Relaxed), Limits::default())?;
/// let schedule = &report.outcomes[0].shortest;
/// assert_eq!(schedule.steps[0].effect, Effect::Reads(Value::Number(7)));
/// assert_eq!(schedule.order(), "0"); // One step, by main.
/// # Ok::<(), interleavings::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// The names of the program's threads, `main` first.
    pub threads: Vec<String>,
    /// The steps.
    pub steps: Vec<Step>,
    /// How often a thread had to wait although it could have gone on.
    pub preemptions: u32,
}

/// What a thread does in one go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The number of the thread, in the order in which threads were spawned; main is 0.
    pub thread: usize,
    /// Where the program calls the operation.
    pub place: Place,
    /// What the operation did.
    pub effect: Effect,
}

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Loaded a value.
    Reads(Value),
    /// Stored a value.
    Writes(Value),
    /// Read a value and wrote another in its place.
    Changes(Value, Value),
    /// Took a lock, alone or as one of several readers.
    Locks,
    /// Did not take a lock, because it was held.
    FailsToLock,
    /// Released a lock. The place is that of the guard's beginning.
    Unlocks,
    /// Released a lock and began to wait for a notification.
    Waits,
    /// Stopped waiting without a notification.
    TimesOut,
    /// Woke so many waiting threads.
    Notifies(usize),
    /// Took its own token, or stopped waiting for it.
    Parks,
    /// Gave another thread its token.
    Unparks,
}

impl Effect {
    /// Whether the step has changed nothing that another thread could see.
    pub(crate) fn is_idle(self) -> bool {
        matches!(self, Self::Reads(_) | Self::FailsToLock | Self::TimesOut)
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reads(value) => write!(f, "reads {value}"),
            Self::Writes(value) => write!(f, "writes {value}"),
            Self::Changes(old, new) => write!(f, "{old} becomes {new}"),
            Self::Locks => f.write_str("locks"),
            Self::FailsToLock => f.write_str("fails to lock"),
            Self::Unlocks => f.write_str("unlocks"),
            Self::Waits => f.write_str("waits"),
            Self::TimesOut => f.write_str("times out"),
            Self::Notifies(0) => f.write_str("wakes none"),
            Self::Notifies(count) => write!(f, "wakes {count}"),
            Self::Parks => f.write_str("parks"),
            Self::Unparks => f.write_str("unparks"),
        }
    }
}

/// The value of an atomic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// That of a number.
    Number(i128),
    /// That of a `bool`.
    Truth(bool),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Truth(truth) => truth.fmt(f),
        }
    }
}

macro_rules! numbers {
    ($($type:ty)*) => {
        $(
            impl From<$type> for Value {
                fn from(number: $type) -> Self {
                    Self::Number(number.into())
                }
            }
        )*
    };
}

numbers!(i32 i64 u32 u64);

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Number(number as i128)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Truth(truth)
    }
}
