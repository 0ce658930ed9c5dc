//! Why an exploration could not be made.

use crate::report::Stand;

/// Why an exploration could not be made.
///
/// ```
/// use std::time::Duration;
/// use interleavings::{Error, Limits, explore};
///
/// let sleeps = || std::thread::sleep(Duration::from_hours(1));
/// let error = explore(sleeps, Limits::default()).unwrap_err();
/// assert!(matches!(error, Error::Stuck(_)));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Two runs with the same choices differed, so the program depends on something
    /// besides its schedule: the time, a random number, a value that the run before has
    /// changed.
    #[error(
        "the program is not the same in every run: after {steps} steps {found} instead \
         of {expected}"
    )]
    Nondeterministic {
        /// How many steps were the same.
        steps: usize,
        /// The next steps of the first run.
        expected: String,
        /// The next steps of the second run.
        found: String,
    },
    /// No thread took a step for a second. Probably one of them waits for something
    /// that the explorer does not see, such as a lock of std or the end of a sleep.
    ///
    /// The operating system's thread that explored the program is left to itself.
    #[error("no step for a second: {}", list(.0))]
    Stuck(Vec<Stand>),
    /// The schedule to be replayed is none of the program's.
    #[error("thread {thread} cannot take step {step}; {possible} can")]
    NotPossible {
        /// The number of the thread that was to go.
        thread: usize,
        /// The number of the step, from 1.
        step: usize,
        /// The threads that can take this step.
        possible: String,
    },
    /// The system has no memory or no thread left.
    #[error("cannot start to explore")]
    Start(#[from] std::io::Error),
}

fn list(stands: &[Stand]) -> String {
    stands.iter().map(Stand::to_string).collect::<Vec<_>>().join(", ")
}
