//! The future of a task: its result, once it has one.

use std::fmt;
use std::sync::Arc as StdArc;
use std::time::{Duration, Instant};

use interleavings::sync::Arc;
use shared::trace;

use crate::error::TaskError;
use crate::process::dispatch::Dispatch;
use crate::process::slots::TaskId;
use crate::promise::{Bell, Job, Outcome, Promise};

/// The result of a task that has been submitted; Python's `Future`.
///
/// A task is pending, then running, then done; or it is cancelled while it is pending,
/// and then done as well, without a result.
///
/// ```
/// use executors::{Executor as _, TaskError, ThreadPoolExecutor};
///
/// let pool = ThreadPoolExecutor::new(2)?;
/// let seven = pool.submit(|n: u64| n + 1, 6)?;
/// let none = pool.submit(|()| -> u64 { panic!("no apple") }, ())?;
/// assert_eq!(seven.result(), Ok(7));
/// assert_eq!(none.result(), Err(TaskError::Panicked("no apple".to_owned())));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A future that is dropped changes nothing: its task runs all the same.
#[must_use = "the result is lost, and so is an error"]
pub struct Future<T> {
    promise: Arc<Promise<T>>,
    /// Nothing for a task of a thread pool, which needs no help of its owner.
    remote: Option<Remote>,
}

/// Where a task of a process pool is.
pub(crate) struct Remote {
    pub(crate) dispatch: StdArc<Dispatch>,
    pub(crate) id: TaskId,
}

/// Makes a task into a [`Job`] for any thread, and the future of its result: what an
/// executor is made of.
///
/// ```
/// let (job, future) = executors::package(|| 6 * 7);
/// std::thread::scope(|scope| scope.spawn(|| job.run()).join()).unwrap();
/// assert_eq!(future.result(), Ok(42));
///
/// let (job, future) = executors::package(|| 6 * 7);
/// assert!(future.cancel());
/// job.run();
/// assert_eq!(future.result(), Err(executors::TaskError::Cancelled));
/// ```
pub fn package<T: Send + 'static>(
    task: impl FnOnce() -> T + Send + 'static,
) -> (Job, Future<T>) {
    let promise = Arc::new(Promise::new());
    (Job::new(Arc::clone(&promise), task), Future { promise, remote: None })
}

impl<T> Future<T> {
    pub(crate) fn remote(promise: Arc<Promise<T>>, remote: Remote) -> Self {
        Self { promise, remote: Some(remote) }
    }

    /// Waits until the task is done, and gives its result.
    ///
    /// The callbacks of the future have been called by then. Where the task is one of a
    /// process pool, this thread calls them, and those of other futures of the pool
    /// that are done meanwhile.
    ///
    /// # Errors
    /// Why the task has no result.
    pub fn result(self) -> Outcome<T> {
        self.wait(None);
        self.take()
    }

    /// As [`result`](Self::result), but waits no longer than `timeout`.
    ///
    /// # Errors
    /// This future, if the task is not done by then: the task goes on.
    ///
    /// ```
    /// use std::time::Duration;
    /// use executors::package;
    ///
    /// let (job, future) = package(|| 42);
    /// let future = future.result_timeout(Duration::ZERO).unwrap_err();
    /// job.run();
    /// assert_eq!(future.result_timeout(Duration::ZERO).unwrap(), Ok(42));
    /// ```
    pub fn result_timeout(self, timeout: Duration) -> Result<Outcome<T>, Self> {
        if self.wait(Instant::now().checked_add(timeout)) || self.is_foreign() {
            Ok(self.take())
        } else {
            Err(self)
        }
    }

    /// Waits until the task is done, and gives the error of one without a result;
    /// Python's `exception`.
    #[must_use]
    pub fn exception(&self) -> Option<TaskError> {
        if self.wait(None) { self.promise.error() } else { Some(TaskError::NotYours) }
    }

    /// Whether the task is done: it has a result, or never will.
    #[must_use]
    pub fn done(&self) -> bool {
        if let Some(Remote { dispatch, .. }) = &self.remote {
            dispatch.receive();
        }
        self.promise.is_done()
    }

    /// Whether a worker has begun the task, and it is not done yet.
    #[must_use]
    pub fn running(&self) -> bool {
        match &self.remote {
            None => self.promise.is_running(),
            Some(Remote { dispatch, id }) => {
                !self.promise.is_done() && dispatch.is_running(*id)
            }
        }
    }

    /// Cancels the task, if it is pending; whether it is cancelled now.
    ///
    /// A task that is cancelled never runs. One that runs is not disturbed: it may hold
    /// a lock, or have written half of a file.
    #[must_use = "a task that has begun is not cancelled"]
    pub fn cancel(&self) -> bool {
        match &self.remote {
            Some(Remote { dispatch, id }) if !self.promise.is_done() => {
                dispatch.cancel(*id)
            }
            _ => self.promise.cancel(),
        }
    }

    /// Whether the task was cancelled.
    #[must_use]
    pub fn cancelled(&self) -> bool {
        self.promise.error() == Some(TaskError::Cancelled)
    }

    /// Has `callback` called with the outcome once the task is done; at once, and by
    /// this thread, if it is done.
    ///
    /// | the task is one of | the callback is called by |
    /// |---|---|
    /// | a thread pool | the worker that has run the task |
    /// | a process pool | a thread of the parent, in `result`, `wait`, `shutdown` … |
    /// | either, and it is cancelled | the thread that cancels it |
    ///
    /// Callbacks are called in the order in which they were added. A callback that
    /// panics keeps none of the others from being called. It must not shut its pool
    /// down, which waits for the callback.
    pub fn add_done_callback(
        &self,
        callback: impl FnOnce(&Outcome<T>) + Send + 'static,
    ) {
        self.promise.add_callback(Box::new(callback));
    }

    /// Waits until the task is done; whether it is.
    fn wait(&self, deadline: Option<Instant>) -> bool {
        match &self.remote {
            None if self.promise.is_done() => true,
            None => {
                let _waits = trace::waiting("for a result");
                self.promise.wait(deadline)
            }
            Some(Remote { dispatch, .. }) => {
                let ready = || self.promise.is_done();
                dispatch.wait_until("for a result", deadline, &ready)
            }
        }
    }

    /// Whether the task is one of another process, of which this one has a copy.
    fn is_foreign(&self) -> bool {
        self.remote.as_ref().is_some_and(|remote| !remote.dispatch.is_owner())
    }

    fn take(self) -> Outcome<T> {
        // Only a task of another process is not done after a wait without a deadline.
        self.promise.take().unwrap_or(Err(TaskError::NotYours))
    }

    pub(crate) fn add_bell(&self, bell: Bell) {
        self.promise.add_bell(bell);
    }

    /// The process pool whose task it is.
    pub(crate) fn dispatch(&self) -> Option<&StdArc<Dispatch>> {
        self.remote.as_ref().map(|remote| &remote.dispatch)
    }
}

impl<T> fmt::Debug for Future<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.promise.is_done() {
            "done"
        } else if self.running() {
            "running"
        } else {
            "pending"
        };
        f.debug_tuple("Future").field(&format_args!("{state}")).finish()
    }
}
