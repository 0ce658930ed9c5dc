//! Why a task was not got or not done.

use nix::errno::Errno;

use crate::MAX_IN_HAND;

/// Why no task was got.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GetError {
    /// There was none, not now or not in time.
    #[error("the queue is empty")]
    Empty,
    /// The queue has been closed, and every task is done, or in the hands of the very
    /// process that asks.
    #[error("the queue is closed and its tasks are done")]
    Closed,
    /// As many tasks as can be are in hand.
    #[error(
        "there is no free hand: {MAX_IN_HAND} tasks have been got and are not done"
    )]
    NoHand,
    /// A task was got that its type does not accept. It counts as done: nobody else
    /// could do it.
    #[error("a task cannot be decoded: {0}")]
    Decode(postcard::Error),
    /// The kernel has no room for another lock.
    #[error("cannot lock a hand: {0}")]
    Lock(Errno),
}

impl From<Errno> for GetError {
    fn from(error: Errno) -> Self {
        Self::Lock(error)
    }
}

/// `task_done` was called more often than there were tasks in hand: of the thread that
/// calls it, or, in a [`ThreadQueue`](crate::ThreadQueue), of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("task_done() called too many times: there is no task in hand")]
pub struct TooManyDone;
