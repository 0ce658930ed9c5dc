//! The ways in which tasks can be run.

use std::fmt;

/// A way to run a number of tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// One after the other, in the calling thread.
    Serial,
    /// A thread for each.
    Threads,
    /// A thread for each, of which only one computes at a time, as under Python's
    /// global interpreter lock. A thread that waits does not hold the lock.
    Gil,
    /// A process for each; the callbacks run in the parent.
    Processes,
    /// A coroutine for each, all in the calling thread.
    Coroutines,
}

impl Way {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Serial, Self::Threads, Self::Gil, Self::Processes, Self::Coroutines];

    /// Those among which a program in Rust has the choice: all but [`Way::Gil`].
    pub const CHOICE: [Self; 4] =
        [Self::Serial, Self::Threads, Self::Processes, Self::Coroutines];
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Serial => "serial",
            Self::Threads => "threads",
            Self::Gil => "one lock",
            Self::Processes => "processes",
            Self::Coroutines => "coroutines",
        })
    }
}
