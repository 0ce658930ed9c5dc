//! Why a nursery failed.

use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The name of the block in an error.
#[cfg_attr(loom, expect(dead_code, reason = "loom has no runtime that runs a block"))]
pub(crate) const THE_BLOCK: &str = "the block";

/// A nursery that failed, after all its tasks have ended.
///
/// As Python's `ExceptionGroup`, it has the errors of all tasks that failed, in the
/// order in which they did.
///
/// ```
/// use coroutines::on_may;
///
/// let failed = on_may::nursery(|nursery| {
///     nursery.spawn("bar", || Err::<(), _>("no beer"));
///     Ok(())
/// })
/// .unwrap_err();
/// assert_eq!(failed.to_string(), "bar: no beer");
/// assert_eq!(failed.into_first(), "no beer");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{first}{}", more(later.len()))]
pub struct Failed<E> {
    first: Failure<E>,
    later: Vec<Failure<E>>,
}

/// The error of one task.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{task}: {error}")]
#[non_exhaustive]
pub struct Failure<E> {
    /// The name of the task, or `the block`.
    pub task: String,
    /// The error.
    pub error: E,
}

impl<E> Failed<E> {
    /// The error that came first: for it the other tasks were cancelled.
    pub fn first(&self) -> &Failure<E> {
        &self.first
    }

    /// The errors of tasks that failed before the cancellation reached them.
    pub fn later(&self) -> &[Failure<E>] {
        &self.later
    }

    /// The first error itself.
    pub fn into_first(self) -> E {
        self.first.error
    }
}

fn more(later: usize) -> String {
    if later == 0 { String::new() } else { format!(" (and {later} more failed)") }
}

/// The errors of a nursery so far.
pub(crate) struct Failures<E>(Mutex<Vec<Failure<E>>>);

impl<E> Failures<E> {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    pub(crate) fn push(&self, task: &str, error: E) {
        self.lock().push(Failure { task: task.to_owned(), error });
    }

    /// The outcome of a nursery whose tasks have ended.
    pub(crate) fn outcome(&self) -> Result<(), Failed<E>> {
        let mut failures = mem::take(&mut *self.lock()).into_iter();
        match failures.next() {
            Some(first) => Err(Failed { first, later: failures.collect() }),
            None => Ok(()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Failure<E>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
