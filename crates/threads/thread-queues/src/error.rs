//! Why an item was not put, not got, or not done.

use std::fmt;

/// Why an item was not put. It hands the item back.
///
/// ```
/// # use thread_queues::{PutError, Queue};
/// let queue = Queue::new(1);
/// queue.put("apple")?;
/// let full = queue.try_put("pear");
/// assert!(matches!(full, Err(PutError::Full("pear"))));
/// # Ok::<(), PutError<&str>>(())
/// ```
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum PutError<T> {
    /// There was no room: not now (`try_put`), or not in time (`put_timeout`).
    #[error("the queue is full")]
    Full(T),
    /// The queue has been shut down.
    #[error("the queue has been shut down")]
    ShutDown(T),
}

impl<T> PutError<T> {
    /// The item that was not put.
    pub fn into_item(self) -> T {
        match self {
            Self::Full(item) | Self::ShutDown(item) => item,
        }
    }
}

/// Shows the reason, but not the item, so the item may be of any type.
impl<T> fmt::Debug for PutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "Full(..)",
            Self::ShutDown(_) => "ShutDown(..)",
        })
    }
}

/// Why no item was got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GetError {
    /// There was no item: not now (`try_get`), or not in time (`get_timeout`).
    #[error("the queue is empty")]
    Empty,
    /// The queue has been shut down, and no item is left.
    #[error("the queue has been shut down and is empty")]
    ShutDown,
}

/// [`task_done`](crate::BlockingQueue::task_done) was called more often than items were
/// put; nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("task_done() called too many times: no item is unfinished")]
pub struct TooManyDone;
