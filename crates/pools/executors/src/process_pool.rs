//! The pool of processes.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc as StdArc;
use std::thread;

use interleavings::sync::Arc;
use ipc_pipe::encode;
use processes::Family;

use crate::error::{Error, SubmitError};
use crate::executor::Executor;
use crate::future::{Future, Remote};
use crate::portable::Portable;
use crate::process::board::{Board, MOST_WORKERS};
use crate::process::call::{Call, read};
use crate::process::dispatch::{Dispatch, Reply};
use crate::process::keeper::keep;
use crate::process::worker::Routine;
use crate::promise::Promise;

/// How many unfinished tasks a pool holds, where the builder does not say.
const CAPACITY: usize = 1 << 14;

/// How many unfinished tasks a pool may hold.
const MOST_TASKS: usize = 1 << 20;

/// A pool of worker processes; Python's `ProcessPoolExecutor`.
///
/// A task is a function of the program, which a worker, being a fork, has as well. Its
/// argument and its result are copied ([`Portable`]). A closure that captures something
/// cannot go over, and is refused when the program is compiled:
///
/// ```compile_fail,E0308
/// # use executors::{Error, Executor as _, ProcessPoolExecutor};
/// processes::scope(|family| {
///     let pool = ProcessPoolExecutor::new(family, 4)?;
///     let by = 3;
///     let _future = pool.submit(|n: u64| n * by, 7).unwrap();
///     Ok::<(), Error>(())
/// }).unwrap();
/// ```
///
/// It is made while its process has one thread only, since a process with several
/// cannot fork. The pool itself has no thread in this process: replies are received,
/// and callbacks called, by the threads that ask for results. So a second pool can be
/// made beside it, and threads can be started when all pools are there.
pub struct ProcessPoolExecutor {
    dispatch: StdArc<Dispatch>,
    workers: usize,
}

/// What a [`ProcessPoolExecutor`] is to be like ([`ProcessPoolExecutor::builder`]).
#[derive(Clone)]
#[must_use]
pub struct ProcessPoolBuilder {
    workers: usize,
    capacity: usize,
    routine: Routine,
}

impl ProcessPoolExecutor {
    /// A pool of so many workers, 1 to 256, all of which are started at once. They end
    /// with the family at the latest.
    ///
    /// # Errors
    /// [`Error::Workers`] for another number; [`Error::Processes`] if this process has
    /// more than one thread, or can have no more processes; [`Error::Os`] if it can
    /// have no more memory or descriptors.
    pub fn new(family: &Family, workers: usize) -> Result<Self, Error> {
        Self::builder().workers(workers).build(family)
    }

    /// A pool with as many workers as the machine has cores for this process, unless
    /// the builder is told otherwise.
    ///
    /// ```
    /// use std::num::NonZeroU32;
    /// use executors::{Executor as _, ProcessPoolExecutor};
    ///
    /// processes::scope(|family| {
    ///     let pool = ProcessPoolExecutor::builder()
    ///         .workers(2)
    ///         .initializer(|| println!("a worker begins"))
    ///         .max_tasks_per_child(NonZeroU32::new(10).unwrap())
    ///         .build(family)?;
    ///     let pids = pool.map(|()| std::process::id(), (0..100).map(|_| ()));
    ///     let mut pids = pids.collect::<Result<Vec<u32>, _>>().unwrap();
    ///     pids.sort_unstable();
    ///     pids.dedup();
    ///     assert_eq!(pids.len(), 10);
    ///     pool.shutdown()
    /// })?;
    /// # Ok::<(), executors::Error>(())
    /// ```
    pub fn builder() -> ProcessPoolBuilder {
        ProcessPoolBuilder {
            workers: default_workers().min(MOST_WORKERS),
            capacity: CAPACITY,
            routine: Routine::default(),
        }
    }

    fn send<R: Portable>(
        &self,
        call: Call,
        argument: &impl Portable,
    ) -> Result<Future<R>, SubmitError> {
        let mut record = Vec::new();
        Board::begin_task(call, &mut record);
        encode(argument, &mut record)
            .map_err(|error| SubmitError::Encode(error.to_string()))?;
        let promise = Arc::new(Promise::new());
        let promised = Arc::clone(&promise);
        let complete = Box::new(move |reply: Reply| {
            promised.finish(reply.and_then(|bytes| read(&bytes)));
        });
        let id = self.dispatch.submit(&mut record, complete)?;
        let dispatch = StdArc::clone(&self.dispatch);
        Ok(Future::remote(promise, Remote { dispatch, id }))
    }
}

impl ProcessPoolBuilder {
    /// So many workers, 1 to 256.
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = workers;
        self
    }

    /// At most so many unfinished tasks, 16,384 if it is not called; from one to
    /// 1,048,576. A `submit` beyond that waits until a task is done. (Python's queue
    /// has no bound.)
    pub fn capacity(mut self, tasks: usize) -> Self {
        self.capacity = tasks.clamp(1, MOST_TASKS);
        self
    }

    /// Each worker calls `initializer` before its first task. It is copied by the fork,
    /// so it may capture what it likes. If it panics or ends its worker, the pool is
    /// broken.
    pub fn initializer(
        mut self,
        initializer: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        self.routine.initializer = Some(StdArc::new(initializer));
        self
    }

    /// A worker ends after so many tasks, and another one takes its place: for tasks
    /// that leak memory.
    pub fn max_tasks_per_child(mut self, tasks: NonZeroU32) -> Self {
        self.routine.max_tasks = Some(tasks);
        self
    }

    /// Makes the pool, whose processes end with the family at the latest.
    ///
    /// # Errors
    /// As [`ProcessPoolExecutor::new`].
    pub fn build(self, family: &Family) -> Result<ProcessPoolExecutor, Error> {
        let Self { workers, capacity, routine } = self;
        if !(1..=MOST_WORKERS).contains(&workers) {
            return Err(Error::Workers { asked: workers, limit: MOST_WORKERS });
        }
        let os = |what| move |source| Error::Os { what, source };
        let board = Board::new(capacity).map_err(os("make a place for the tasks"))?;
        let (control, its_end) =
            ipc_pipe::pipe().map_err(os("make a pipe to the keeper"))?;
        let keeper = family.daemon_with("keeper", its_end, |its_end| {
            keep(&board, workers as u32, &routine, &its_end)
        })?;
        let dispatch = StdArc::new(Dispatch::new(board, keeper, control, capacity));
        Ok(ProcessPoolExecutor { dispatch, workers })
    }
}

/// As many as the cores that this process may use, as the note has it (N4.2).
fn default_workers() -> usize {
    thread::available_parallelism().map_or(1, Into::into)
}

impl Executor for ProcessPoolExecutor {
    fn workers(&self) -> usize {
        self.workers
    }

    fn submit<A: Portable, R: Portable>(
        &self,
        task: fn(A) -> R,
        argument: A,
    ) -> Result<Future<R>, SubmitError> {
        self.send(Call::once(task), &argument)
    }

    fn submit_many<A: Portable, R: Portable>(
        &self,
        task: fn(A) -> R,
        arguments: Vec<A>,
    ) -> Result<Future<Vec<R>>, SubmitError> {
        self.send(Call::many(task), &arguments)
    }

    fn close(&self) {
        self.dispatch.close();
    }

    fn cancel_pending(&self) -> usize {
        self.dispatch.cancel_pending()
    }

    fn shutdown(&self) -> Result<(), Error> {
        self.dispatch.shutdown()
    }

    fn terminate(&self) -> Result<usize, Error> {
        self.dispatch.terminate()
    }
}

/// Shuts down, as Python does at the end of `with`; in a panic it terminates.
impl Drop for ProcessPoolExecutor {
    fn drop(&mut self) {
        // In a child of the owner both do nothing.
        if thread::panicking() {
            let _ = self.terminate();
        } else {
            let _ = self.shutdown();
        }
    }
}

impl fmt::Debug for ProcessPoolExecutor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessPoolExecutor")
            .field("workers", &self.workers)
            .field("dispatch", &self.dispatch)
            .finish()
    }
}
