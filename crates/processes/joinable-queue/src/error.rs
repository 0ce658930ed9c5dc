//! Why a task was not got or not done.

use std::io;

use nix::errno::Errno;

use crate::MAX_IN_HAND;

/// Why no task was got.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GetError {
    /// There was no task: not now (`try_get`), or not in time (`get_timeout`). Another
    /// process may also have been in the middle of a get for that long.
    #[error("the queue is empty")]
    Empty,
    /// The queue has been closed, and every task is done or in the hands of the calling
    /// process.
    #[error("the queue is closed and its tasks are done")]
    Closed,
    /// [`MAX_IN_HAND`] tasks are in hand.
    #[error(
        "there is no free hand: {MAX_IN_HAND} tasks have been got and are not done"
    )]
    NoHand,
    /// A task was got that its type does not accept. It counts as done: no other
    /// consumer could do it. The text is that of the decoder's error, or of the item's
    /// `Deserialize`.
    #[error("a task cannot be decoded: {0}")]
    Decode(String),
    /// The kernel has no room for another lock. The number is that of errno(3).
    #[error("cannot lock a hand: {}", io::Error::from_raw_os_error(*.0))]
    Lock(i32),
}

impl GetError {
    pub(crate) fn lock(error: Errno) -> Self {
        Self::Lock(error as i32)
    }
}

/// `task_done` was called more often than the thread that calls it had tasks in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("task_done() called too many times: there is no task in hand")]
pub struct TooManyDone;
