//! A task that has been spawned: what is to be joined.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crate::crew::Crew;
use crate::error::{Panic, TaskError};
use crate::intake::Job;
use crate::latch::Latch;
use crate::sync::{Mutex, lock};
use crate::worker;

/// A task, as [`ThreadPool::spawn`](crate::ThreadPool::spawn) returns it. Dropping it
/// lets the task go on.
///
/// ```
/// let pool = thread_pool::ThreadPool::new(2)?;
/// let task = pool.spawn(|| 6 * 7)?;
/// assert_eq!(task.join()?, 42);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Task<T> {
    state: Arc<State<T>>,
    pool: Arc<Crew>,
}

type Function<T> = Box<dyn FnOnce() -> T + Send>;

struct State<T> {
    /// Empty once a thread has begun the task: only one can take it.
    function: Mutex<Option<Function<T>>>,
    result: Mutex<Option<Result<T, TaskError>>>,
    done: Latch,
}

impl<T: Send + 'static> Task<T> {
    /// A task, and what the pool is to run for it.
    pub(crate) fn new(
        pool: &Arc<Crew>,
        function: impl FnOnce() -> T + Send + 'static,
    ) -> (Self, Job) {
        let state = Arc::new(State {
            function: Mutex::new(Some(Box::new(function) as Function<T>)),
            result: Mutex::new(None),
            done: Latch::new(),
        });
        let queued = Queued(Arc::clone(&state));
        (Self { state, pool: Arc::clone(pool) }, Box::new(move || queued.run()))
    }

    /// Waits until the task has ended, and returns its value.
    ///
    /// A task of the same pool that waits here runs the other one itself, if no thread
    /// has begun it, or else runs other tasks meanwhile; see [`Latch`].
    ///
    /// # Errors
    /// If the task panicked, or was discarded by
    /// [`terminate`](crate::ThreadPool::terminate).
    pub fn join(self) -> Result<T, TaskError> {
        self.run_if_ours();
        self.state.done.wait();
        lock(&self.state.result).take().unwrap_or(Err(TaskError::Discarded))
    }

    /// Waits until the task has ended, for `timeout` at most, and returns whether it
    /// has. A task of the same pool that waits here does as [`join`](Self::join) says.
    #[must_use]
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        self.run_if_ours();
        self.state.done.wait_timeout(timeout)
    }

    /// Whether the task has ended.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.state.done.is_open()
    }

    /// Runs the task if no thread has begun it and this thread is of its pool.
    fn run_if_ours(&self) {
        let is_ours = worker::current(|worker| {
            worker.is_some_and(|worker| worker.is_of(&self.pool))
        });
        if is_ours {
            self.state.run();
        }
    }
}

impl<T> State<T> {
    /// Runs the task, unless a thread has begun it.
    fn run(&self) {
        let function = lock(&self.function).take();
        if let Some(function) = function {
            let result = catch_unwind(AssertUnwindSafe(function));
            self.end(result.map_err(|payload| Panic::new(payload).into()));
        }
    }

    fn end(&self, result: Result<T, TaskError>) {
        *lock(&self.result) = Some(result);
        self.done.open();
    }
}

/// The task in the pool's queue: if it goes without being run, the task is discarded.
struct Queued<T>(Arc<State<T>>);

impl<T> Queued<T> {
    fn run(&self) {
        self.0.run();
    }
}

impl<T> Drop for Queued<T> {
    fn drop(&mut self) {
        let function = lock(&self.0.function).take();
        if function.is_some() {
            self.0.end(Err(TaskError::Discarded));
        }
    }
}

impl<T> fmt::Debug for Task<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task")
            .field("is_finished", &self.state.done.is_open())
            .finish_non_exhaustive()
    }
}
