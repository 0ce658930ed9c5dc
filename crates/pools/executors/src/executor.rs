//! The interface of both pools, and the results of many calls in order.

use std::collections::VecDeque;
use std::iter::Fuse;

use crate::error::{Error, SubmitError, TaskError};
use crate::future::Future;
use crate::portable::Portable;
use crate::promise::Outcome;

/// A pool of workers that calls functions and gives their results; Python's `Executor`.
///
/// Both pools are one, so a program that takes an executor can be given threads or
/// processes.
///
/// ```
/// use executors::{Executor, ProcessPoolExecutor, ThreadPoolExecutor};
///
/// fn squares(pool: &impl Executor) -> Vec<u64> {
///     pool.map(|n: u64| n * n, 1..=3).map(Result::unwrap).collect()
/// }
///
/// processes::scope(|family| {
///     // First the processes: a process with threads cannot fork.
///     let processes = ProcessPoolExecutor::new(family, 2)?;
///     let threads = ThreadPoolExecutor::new(2)?;
///     assert_eq!(squares(&processes), squares(&threads));
///     Ok::<(), executors::Error>(())
/// })?;
/// # Ok::<(), executors::Error>(())
/// ```
pub trait Executor {
    /// How many tasks run at once at most.
    fn workers(&self) -> usize;

    /// Submits a call of `task` with an argument, and does not wait for it. Several
    /// arguments go as a tuple.
    ///
    /// # Errors
    /// If the pool has been shut down or is broken, or the argument cannot be sent.
    fn submit<A: Portable, R: Portable>(
        &self,
        task: fn(A) -> R,
        argument: A,
    ) -> Result<Future<R>, SubmitError>;

    /// Submits one task that calls `task` with each of several arguments in turn: a
    /// chunk of [`map`](Self::map). If one call panics, none has a result.
    ///
    /// # Errors
    /// As [`submit`](Self::submit).
    fn submit_many<A: Portable, R: Portable>(
        &self,
        task: fn(A) -> R,
        arguments: Vec<A>,
    ) -> Result<Future<Vec<R>>, SubmitError>;

    /// Submits a call and waits for its result; `apply` of Python's
    /// `multiprocessing.Pool`. One call after the other: the pool does nothing for it.
    ///
    /// # Errors
    /// Why there is no result; [`TaskError::NotSubmitted`] if the pool refuses the
    /// task.
    fn apply<A: Portable, R: Portable>(
        &self,
        task: fn(A) -> R,
        argument: A,
    ) -> Outcome<R> {
        self.submit(task, argument)?.result()
    }

    /// Calls `task` with each of the items, and gives the results in the order of the
    /// items. Python's `map`.
    ///
    /// It is lazy, as iterators are: nothing is submitted before the first result is
    /// asked for. From then on a number of items is always in the pool
    /// ([`Map::buffer_size`]), so the items may be endless. When it is dropped, the
    /// calls that have not begun are cancelled.
    ///
    /// ```
    /// use executors::{Executor as _, ThreadPoolExecutor};
    /// let pool = ThreadPoolExecutor::new(4)?;
    /// let squares = pool.map(|n: u64| n * n, 0..).chunk_size(10);
    /// assert!(squares.map(Result::unwrap).take(3).eq([0, 1, 4]));
    /// # Ok::<(), executors::Error>(())
    /// ```
    fn map<A: Portable, R: Portable, I: IntoIterator<Item = A>>(
        &self,
        task: fn(A) -> R,
        items: I,
    ) -> Map<'_, Self, A, R, I::IntoIter>
    where
        Self: Sized,
    {
        Map {
            pool: self,
            task,
            items: items.into_iter().fuse(),
            chunk_size: 1,
            buffer_size: BUFFER,
            chunks: VecDeque::new(),
            submitted: 0,
            results: VecDeque::new(),
        }
    }

    /// Takes no more tasks, and does not wait: those that were submitted are done.
    /// Python's `shutdown(wait=False)`.
    fn close(&self);

    /// Cancels all tasks that have not begun, and gives their number. Python's
    /// `shutdown(cancel_futures=True)`, together with [`shutdown`](Self::shutdown).
    fn cancel_pending(&self) -> usize;

    /// Takes no more tasks, and waits until all are done, their callbacks included, and
    /// the workers have ended. Python's `shutdown()`, and `close` and `join` of a
    /// `multiprocessing.Pool` in one call. Dropping a pool does the same.
    ///
    /// # Errors
    /// If the pool is broken, or this process is a child of its owner.
    fn shutdown(&self) -> Result<(), Error>;

    /// Takes no more tasks, and ends the pool as soon as it can be ended: a process
    /// pool at once, with its tasks; a thread pool after the tasks that run.
    /// `terminate` of Python's `multiprocessing.Pool`. Gives the number of tasks that
    /// have no result for it.
    ///
    /// # Errors
    /// As [`shutdown`](Self::shutdown).
    fn terminate(&self) -> Result<usize, Error>;
}

/// How many items are in the pool at once, where the caller does not say.
const BUFFER: usize = 1000;

/// The results of many calls in the order of their arguments ([`Executor::map`]).
#[derive(Debug)]
#[must_use = "iterators are lazy: nothing is submitted before the first `next`"]
pub struct Map<'p, P: Executor, A, R, I: Iterator<Item = A>> {
    pool: &'p P,
    task: fn(A) -> R,
    items: Fuse<I>,
    chunk_size: usize,
    buffer_size: usize,
    /// What was submitted.
    chunks: VecDeque<Chunk<R>>,
    submitted: usize,
    results: VecDeque<Outcome<R>>,
}

/// How many items were submitted together, and their results, unless the pool has
/// refused them.
type Chunk<R> = (usize, Result<Future<Vec<R>>, TaskError>);

impl<P: Executor, A: Portable, R: Portable, I: Iterator<Item = A>> Map<'_, P, A, R, I> {
    /// Sends so many items at a time (1 if not called). For short calls: a chunk costs
    /// as much to send as a single item. Python's `chunksize`.
    ///
    /// If a call panics, the others of its chunk have no result either.
    pub fn chunk_size(mut self, items: usize) -> Self {
        self.chunk_size = items.max(1);
        self
    }

    /// Has at most so many items in the pool at once, one chunk at least (1,000 items
    /// if not called). `buffersize` of Python 3.14.
    pub fn buffer_size(mut self, items: usize) -> Self {
        self.buffer_size = items;
        self
    }

    fn fill(&mut self) {
        while self.chunks.is_empty()
            || self.submitted + self.chunk_size <= self.buffer_size
        {
            let chunk: Vec<A> = self.items.by_ref().take(self.chunk_size).collect();
            let length = chunk.len();
            if length == 0 {
                return;
            }
            let submitted = self.pool.submit_many(self.task, chunk);
            self.submitted += length;
            self.chunks.push_back((length, submitted.map_err(Into::into)));
        }
    }
}

impl<P: Executor, A: Portable, R: Portable, I: Iterator<Item = A>> Iterator
    for Map<'_, P, A, R, I>
{
    type Item = Outcome<R>;

    fn next(&mut self) -> Option<Outcome<R>> {
        self.fill();
        if self.results.is_empty() {
            let (length, future) = self.chunks.pop_front()?;
            self.submitted -= length;
            match future.and_then(Future::result) {
                Ok(results) => self.results.extend(results.into_iter().map(Ok)),
                Err(error) => {
                    let errors = std::iter::repeat_n(error, length);
                    self.results.extend(errors.map(Err));
                }
            }
        }
        self.results.pop_front()
    }
}

/// Cancels what has not begun.
impl<P: Executor, A, R, I: Iterator<Item = A>> Drop for Map<'_, P, A, R, I> {
    fn drop(&mut self) {
        for future in self.chunks.drain(..).filter_map(|(_, future)| future.ok()) {
            let _has_begun = future.cancel();
        }
    }
}
