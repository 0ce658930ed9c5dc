//! Why a task was not put, not got or not done.

use std::fmt;

use nix::errno::Errno;

use crate::{MAX_IN_HAND, MAX_ITEM};

/// Why an item was not put. It gives the item back.
#[derive(thiserror::Error)]
pub enum PutError<T> {
    /// There was no room, not now or not in time.
    #[error("the queue is full")]
    Full(T),
    /// The queue has been closed.
    #[error("the queue is closed")]
    Closed(T),
    /// The item is longer than [`MAX_ITEM`].
    #[error("an item of {size} bytes is longer than the {MAX_ITEM} that a consumer has a hand for")]
    TooLarge {
        /// The item.
        item: T,
        /// How many bytes it takes, encoded.
        size: usize,
    },
    /// The item cannot be encoded.
    #[error("the item cannot be encoded: {error}")]
    Encode {
        /// The item.
        item: T,
        /// What its `Serialize` or postcard says.
        error: postcard::Error,
    },
}

impl<T> PutError<T> {
    /// The item that was not put.
    pub fn into_item(self) -> T {
        match self {
            Self::Full(item)
            | Self::Closed(item)
            | Self::TooLarge { item, .. }
            | Self::Encode { item, .. } => item,
        }
    }
}

/// Tells what is wrong, but not the item, so that any item may be in it.
impl<T> fmt::Debug for PutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PutError({self})")
    }
}

/// Why no task was got.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GetError {
    /// There was none, not now or not in time.
    #[error("the queue is empty")]
    Empty,
    /// The queue has been closed, and every task is done, or in the hands of the very process that asks.
    #[error("the queue is closed and its tasks are done")]
    Closed,
    /// As many tasks as can be are in hand.
    #[error("there is no free hand: {MAX_IN_HAND} tasks have been got and are not done")]
    NoHand,
    /// A task was got that its type does not accept. It counts as done: nobody else could do it.
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

/// `task_done` was called more often than there were tasks in hand: of the thread that calls it, or, in a
/// [`ThreadQueue`](crate::ThreadQueue), of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("task_done() called too many times: there is no task in hand")]
pub struct TooManyDone;
