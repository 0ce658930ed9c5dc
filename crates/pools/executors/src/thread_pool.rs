//! The pool of threads.

use std::cell::Cell;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::{io, thread};

use crossbeam::queue::SegQueue;
use thread_pool::ThreadPool;

use crate::error::{Error, SubmitError, TaskError};
use crate::executor::Executor;
use crate::future::{Future, package};
use crate::portable::Portable;
use crate::promise::{Job, outcome_of};

/// How many workers a pool may have.
const MOST_WORKERS: usize = 10_000;

/// A pool of worker threads; Python's `ThreadPoolExecutor`.
///
/// It runs any closure that can be sent to a thread ([`spawn`](Self::spawn)), and, as
/// every [`Executor`], a function with its argument. Its threads are those of a
/// [`thread_pool::ThreadPool`]: one is started when a task comes and none is idle. When
/// the pool is dropped, it is shut down, as Python's is at the end of `with`.
///
/// ```
/// use executors::ThreadPoolExecutor;
/// let pool = ThreadPoolExecutor::new(4)?;
/// let by = 3;
/// let futures: Vec<_> =
///     (0..4).map(|n| pool.spawn(move || n * by)).collect::<Result<_, _>>()?;
/// let products = futures.into_iter().map(|future| future.result().unwrap());
/// assert!(products.eq([0, 3, 6, 9]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// What a closure borrows may be gone before the thread runs it, so it owns all that it
/// works on (E0373):
///
/// ```compile_fail,E0373
/// let pool = executors::ThreadPoolExecutor::new(4).unwrap();
/// let by = 3;
/// let _future = pool.spawn(|| 7 * by);
/// ```
pub struct ThreadPoolExecutor {
    threads: ThreadPool,
    shared: Arc<Shared>,
    /// Whether tasks are taken. Read while a task is submitted, written by a close.
    is_open: RwLock<bool>,
    /// Held by the thread that waits for the end, so that a second one waits as well.
    ends: Mutex<()>,
}

/// What a [`ThreadPoolExecutor`] is to be like ([`ThreadPoolExecutor::builder`]).
#[derive(Clone)]
#[must_use]
pub struct ThreadPoolBuilder {
    workers: usize,
    initializer: Option<Initializer>,
}

type Initializer = Arc<dyn Fn() + Send + Sync>;

struct Shared {
    /// The tasks that have not begun. The threads have a ticket for each, with which
    /// they take the next one: so all of them can be taken back.
    jobs: SegQueue<Job>,
    initializer: Option<Initializer>,
    /// The initializer has panicked.
    is_broken: AtomicBool,
}

impl ThreadPoolExecutor {
    /// A pool of so many workers. They are called worker-1, worker-2, …
    ///
    /// # Errors
    /// [`Error::Workers`] for none or more than 10,000; [`Error::Os`] if there is no
    /// room for a thread.
    pub fn new(workers: usize) -> Result<Self, Error> {
        Self::builder().workers(workers).build()
    }

    /// A pool with five times as many workers as the machine has cores for this
    /// process, unless the builder is told otherwise.
    ///
    /// That is what the note recommends for tasks that wait (N4.2), and what Python did
    /// until 3.7. Today it takes four more than the cores, and at most 32.
    pub fn builder() -> ThreadPoolBuilder {
        let cores = thread::available_parallelism().map_or(1, Into::into);
        ThreadPoolBuilder { workers: 5 * cores, initializer: None }
    }

    /// Submits a closure, and does not wait for it.
    ///
    /// # Errors
    /// If the pool has been shut down or is broken.
    pub fn spawn<T: Send + 'static>(
        &self,
        task: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Future<T>, SubmitError> {
        let (job, future) = package(task);
        self.enqueue(job).map(|()| future)
    }

    fn enqueue(&self, job: Job) -> Result<(), SubmitError> {
        let is_open = self.is_open.read().unwrap_or_else(PoisonError::into_inner);
        if !*is_open {
            return Err(SubmitError::ShutDown);
        }
        if self.shared.is_broken.load(SeqCst) {
            return Err(SubmitError::Broken);
        }
        self.shared.jobs.push(job);
        let shared = Arc::clone(&self.shared);
        // It is closed only under the lock, and has had a thread since it was built.
        let ticket = self.threads.run(move || shared.run_next(), |_| ());
        ticket.map_err(|_| SubmitError::ShutDown)
    }

    /// Waits until all tasks are done and the threads have ended.
    fn wait(&self) {
        let _ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        self.threads.wait();
    }
}

impl Shared {
    fn run_next(&self) {
        if !self.is_initialized() {
            self.is_broken.store(true, SeqCst);
        }
        // Another thread may have broken the pool, or cancelled the job of this ticket.
        let Some(job) = self.jobs.pop() else { return };
        if self.is_broken.load(SeqCst) {
            job.fail(TaskError::BrokenPool);
        } else {
            job.run();
        }
    }

    /// Initializes this thread, if it is not; false if that fails.
    fn is_initialized(&self) -> bool {
        thread_local! {
            static IS_INITIALIZED: Cell<bool> = const { Cell::new(false) };
        }
        match &self.initializer {
            Some(initializer) if !IS_INITIALIZED.replace(true) => {
                outcome_of(&**initializer).is_ok()
            }
            _ => true,
        }
    }

    /// Takes back what has not begun; a job that is dropped is cancelled.
    fn take_back(&self) -> usize {
        std::iter::from_fn(|| self.jobs.pop()).count()
    }
}

impl ThreadPoolBuilder {
    /// So many workers, 1 to 10,000.
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = workers;
        self
    }

    /// Each worker calls `initializer` before its first task. If it panics, the pool is
    /// broken: the tasks that have not begun fail.
    pub fn initializer(
        mut self,
        initializer: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        self.initializer = Some(Arc::new(initializer));
        self
    }

    /// Makes the pool.
    ///
    /// # Errors
    /// As [`ThreadPoolExecutor::new`].
    pub fn build(self) -> Result<ThreadPoolExecutor, Error> {
        let Self { workers, initializer } = self;
        if !(1..=MOST_WORKERS).contains(&workers) {
            return Err(Error::Workers { asked: workers, limit: MOST_WORKERS });
        }
        let threads = first_thread_of(workers)
            .map_err(|source| Error::Os { what: "start the workers", source })?;
        let shared = Shared {
            jobs: SegQueue::new(),
            initializer,
            is_broken: AtomicBool::new(false),
        };
        Ok(ThreadPoolExecutor {
            threads,
            shared: Arc::new(shared),
            is_open: RwLock::new(true),
            ends: Mutex::new(()),
        })
    }
}

/// A pool of threads that has one already: so it can run whatever it accepts. It starts
/// the others when there are tasks for them.
fn first_thread_of(workers: usize) -> io::Result<ThreadPool> {
    let threads = ThreadPool::new(workers).map_err(io::Error::other)?;
    match threads.run(|| (), |_| ()) {
        Ok(()) => Ok(threads),
        Err(thread_pool::Error::Start(source)) => Err(source),
        Err(error) => Err(io::Error::other(error)),
    }
}

impl Executor for ThreadPoolExecutor {
    fn workers(&self) -> usize {
        self.threads.max_threads()
    }

    fn submit<A: Portable, R: Portable>(
        &self,
        task: fn(A) -> R,
        argument: A,
    ) -> Result<Future<R>, SubmitError> {
        self.spawn(move || task(argument))
    }

    fn submit_many<A: Portable, R: Portable>(
        &self,
        task: fn(A) -> R,
        arguments: Vec<A>,
    ) -> Result<Future<Vec<R>>, SubmitError> {
        self.spawn(move || arguments.into_iter().map(task).collect())
    }

    fn close(&self) {
        let mut is_open = self.is_open.write().unwrap_or_else(PoisonError::into_inner);
        *is_open = false;
        self.threads.close();
    }

    fn cancel_pending(&self) -> usize {
        self.shared.take_back()
    }

    fn shutdown(&self) -> Result<(), Error> {
        self.close();
        self.wait();
        Ok(())
    }

    fn terminate(&self) -> Result<usize, Error> {
        self.close();
        let lost = self.cancel_pending();
        self.wait();
        Ok(lost)
    }
}

impl fmt::Debug for ThreadPoolExecutor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadPoolExecutor")
            .field("threads", &self.threads)
            .field("pending", &self.shared.jobs.len())
            .finish_non_exhaustive()
    }
}
