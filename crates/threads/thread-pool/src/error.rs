//! Why a pool was not made, a task not accepted, or a value not returned.

use std::any::Any;
use std::{fmt, io, panic};

use crate::sync::Mutex;

/// Why a pool was not made or did not accept a task.
///
/// ```
/// use thread_pool::{Error, ThreadPool};
///
/// assert!(matches!(ThreadPool::new(0), Err(Error::NoThreads)));
/// let pool = ThreadPool::new(1)?;
/// pool.close();
/// assert!(matches!(pool.run(|| (), |_| ()), Err(Error::Closed)));
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The pool is to have no thread at all.
    #[error("a pool has at least one thread")]
    NoThreads,
    /// The queue is to have no room at all.
    #[error("a bounded queue has room for at least one task")]
    NoRoom,
    /// The name of the threads holds a zero byte.
    #[error("the name of a thread holds no zero byte: {0:?}")]
    Name(String),
    /// The pool has been closed, and accepts no more tasks.
    #[error("the pool is closed")]
    Closed,
    /// The system has no room for the pool's first thread.
    #[error("cannot start a thread for the pool")]
    Start(#[source] io::Error),
}

/// Why a task has no value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TaskError {
    /// The task panicked.
    #[error(transparent)]
    Panicked(#[from] Panic),
    /// The task was discarded before it began: the pool was terminated.
    #[error("the task was discarded by terminate")]
    Discarded,
}

/// A task panicked: what it panicked with.
///
/// ```
/// let pool = thread_pool::ThreadPool::new(1)?;
/// pool.run(
///     || panic!("no eggs"),
///     |result: Result<(), _>| {
///         assert_eq!(result.unwrap_err().to_string(), "the task panicked: no eggs");
///     },
/// )?;
/// # Ok::<(), thread_pool::Error>(())
/// ```
#[derive(thiserror::Error)]
#[error("the task panicked: {}", self.message())]
pub struct Panic {
    message: Option<String>,
    /// In a mutex only so that threads may share the error.
    payload: Mutex<Box<dyn Any + Send>>,
}

impl Panic {
    pub(crate) fn new(payload: Box<dyn Any + Send>) -> Self {
        let message = payload
            .downcast_ref::<&str>()
            .map(ToString::to_string)
            .or_else(|| payload.downcast_ref::<String>().cloned());
        Self { message, payload: Mutex::new(payload) }
    }

    /// The message of the panic, or a remark that it has none.
    #[must_use]
    pub fn message(&self) -> &str {
        self.message.as_deref().unwrap_or("(not a text)")
    }

    /// Goes on panicking here, with the same payload. The panic hook is not called
    /// again.
    ///
    /// # Panics
    /// Always.
    pub fn resume(self) -> ! {
        let unlocked = self.payload.into_inner();
        panic::resume_unwind(
            unlocked.unwrap_or_else(std::sync::PoisonError::into_inner),
        )
    }
}

impl fmt::Debug for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Panic").field(&self.message()).finish()
    }
}

/// Calls `function`, and drops the panic that it may end with. The destructor of a
/// panic's payload may panic as well; that second payload is leaked.
pub(crate) fn quietly(function: impl FnOnce()) {
    let call = panic::AssertUnwindSafe(function);
    if let Err(payload) = panic::catch_unwind(call) {
        let drop_it = panic::AssertUnwindSafe(|| drop(payload));
        if let Err(second) = panic::catch_unwind(drop_it) {
            std::mem::forget(second);
        }
    }
}
