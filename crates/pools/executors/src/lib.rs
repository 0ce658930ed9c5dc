//! Pools of threads and of processes behind one interface, and their futures
//! (N1.9–N1.11, N2.24, N2.25, N3.5, N4.2–N4.8, N5.13).
//!
//! A task is submitted to an [`Executor`], and its [`Future`] gives the result:
//!
//! ```
//! use executors::{Executor as _, ProcessPoolExecutor};
//!
//! fn task(n: u64) -> u64 {
//!     n * n
//! }
//!
//! processes::scope(|family| {
//!     let pool = ProcessPoolExecutor::new(family, 4)?;
//!     let future = pool.submit(task, 9)?;
//!     future.add_done_callback(|result| println!("{result:?}"));
//!     assert_eq!(future.result(), Ok(81));
//!     assert!(pool.map(task, 0..4).map(Result::unwrap).eq([0, 1, 4, 9]));
//!     pool.shutdown()?;
//!     Ok::<(), Box<dyn std::error::Error>>(())
//! })
//! .unwrap();
//! ```
//!
//! | Python | here |
//! |---|---|
//! | `ThreadPoolExecutor(4)`, `ProcessPoolExecutor(4)` | [`ThreadPoolExecutor::new`], [`ProcessPoolExecutor::new`] |
//! | `submit(task, 9)` | [`submit(task, 9)`](Executor::submit) |
//! | `submit(lambda: …)` | [`ThreadPoolExecutor::spawn`] |
//! | `map(task, items, chunksize=10)` | [`map(task, items).chunk_size(10)`](Executor::map) |
//! | `future.result(timeout)` | [`Future::result`], [`Future::result_timeout`] |
//! | `future.exception()` | [`Future::exception`] |
//! | `shutdown()`; `close()` and `join()` of a `Pool` | [`shutdown`](Executor::shutdown) |
//! | `shutdown(wait=False)` | [`close`](Executor::close) |
//! | `shutdown(cancel_futures=True)` | [`cancel_pending`](Executor::cancel_pending), `shutdown` |
//! | `Pool.terminate()` | [`terminate`](Executor::terminate) |
//! | `Pool.apply`; `Pool.apply_async` | [`apply`](Executor::apply); `submit` |
//! | `wait`, `as_completed` | [`wait`], [`as_completed`] |
//! | `initializer`, `max_tasks_per_child` | [`ProcessPoolBuilder`], [`ThreadPoolBuilder`] |
//!
//! # How a process pool works
//! A process that has threads cannot fork safely, so a pool that starts workers when it
//! needs them has to do so elsewhere. The pool forks one process, the *keeper*, while
//! its parent has one thread. The keeper forks the workers, waits for their ends, and
//! forks another one for each that has died. It never has a thread, so it can do that
//! at any time.
//!
//! Tasks and replies do not go through the keeper. They are records in two rings of
//! [`producer_consumer::Ring`], in memory that all processes share. A record of a task
//! has the task's number, the address of its function, and the encoded argument:
//! workers are forks, so they have the same program at the same addresses. Each task
//! also has a word in shared memory, its *slot*. A worker claims a task, or the parent
//! cancels it, by one compare-and-swap of that word, so that it is one of the two.
//!
//! The parent has no thread behind the pool. The calls that ask for something
//! ([`result`](Future::result), [`done`](Future::done), [`wait`], [`as_completed`],
//! [`shutdown`](Executor::shutdown)) receive the replies that are there, of whichever
//! task, and call the callbacks. The workers go on meanwhile: they take the next task
//! by themselves.
//!
//! | module | role |
//! |---|---|
//! | `promise` | pending, running, done: the state of one task, and its callbacks |
//! | `future`, `gather` | its owner's side: one result; the first, or all, of many |
//! | `executor` | the interface of both pools, and `map` |
//! | `portable` | what can go from process to process |
//! | `thread_pool` | the pool of threads, which stands on [`ThreadPool`](::thread_pool::ThreadPool) |
//! | `process_pool` | the pool of processes: what its users call |
//! | `process::call` | a function as a number that a fork understands |
//! | `process::slots` | the words of the tasks |
//! | `process::board` | the two rings, and the waiting at them |
//! | `process::worker`, `process::keeper` | the lives of the processes |
//! | `process::dispatch` | the unfinished tasks, and the receiving of replies |
//! | `error` | why there is no pool, no task, no result |
//!
//! # What is promised
//! - Each task that is submitted runs once at most, and its future is done some time:
//!   it has a result, or an error that says why not. The callbacks of a future have
//!   been called when its result is given.
//! - A task that has not begun can be cancelled, and never runs then.
//! - A worker process may be killed at any instruction. The task that it had in hand
//!   has the error [`TaskError::BrokenWorker`] with the way the worker ended; no other
//!   task is lost or run twice, and another worker takes its place. A worker that dies
//!   with its result already sent costs nothing.
//! - A task that panics has the error [`TaskError::Panicked`] with the message, and its
//!   worker goes on. One that forks by itself and returns twice ends its copy.
//! - If the keeper is killed, all workers are killed by the kernel, and the tasks that
//!   are not done fail with [`TaskError::BrokenPool`], within 100 ms of a wait.
//! - If the parent is killed, the kernel kills the keeper and the workers. They end
//!   with the parent's family at the latest.
//! - A pool of processes holds at most so many unfinished tasks
//!   ([`ProcessPoolBuilder::capacity`]). `submit` waits for room beyond that.
//!
//! # Limits
//! - All pools of processes are made before the first thread. A pool belongs to the
//!   process that has made it.
//! - An argument and a result of a process pool take at most 16 MiB each, encoded.
//! - A worker has a copy of its parent as it was when the pool was made, not of what
//!   the parent has done since. A function of a library that was loaded later is not
//!   there: the code that loads it must not submit its functions.
//! - While a worker is stopped (SIGSTOP) with the lock of a ring, the others wait.
//! - A callback must not wait for the end of its own pool. A task of a thread pool may
//!   wait for those that were submitted before it, since tasks begin in that order; not
//!   for a later one, unless a thread is left for it. It does not run other tasks
//!   meanwhile, as one that waits for a [`Latch`](::thread_pool::Latch) does: that
//!   could be a later task, which waits for the one that it has interrupted.
//! - A worker that ends by a panic of an initializer breaks the pool, as in Python.
//!
//! # What was checked
//! - The cases of CPython's `test_concurrent_futures` that apply, over both pools, by
//!   one suite (`tests/conformance`), and its crashes and deadlocks
//!   (`tests/faults.rs`).
//! - 1,000 workers killed at random moments while tasks run through them
//!   (`tests/chaos.rs`): no task is lost but one for each kill at most, none runs
//!   twice, and the pool serves on.
//! - A chain of a hundred tasks, each of which waits for the one before it, in pools of
//!   one to three threads, and two threads that shut a pool down (`tests/threads.rs`).
//! - There are models for loom of run against cancel, and of a callback, a waiter and a
//!   bell against the end of the task (`RUSTFLAGS="--cfg loom" cargo test --release
//!   --lib -p executors loom`).
//!
//! # What it costs
//! `cargo xtask bench executors` measures empty tasks beside Python's pools. Two rounds
//! on a machine with two cores and much other work, so rough (CPython 3.11,
//! 2026-11-28): the CPU time of one task, in all threads and processes.
//!
//! | four workers | here | `concurrent.futures` | ratio | `multiprocessing.Pool` | ratio |
//! |---|---|---|---|---|---|
//! | threads, submit | 1.3 µs | 17.7 µs | 14 | | |
//! | threads, `map` | 1.2 µs | 24 µs | 20 | | |
//! | processes, submit | 3.0 µs | 150 µs | 51 | 58 µs | 19 |
//! | processes, `map` | 3.3 µs | 217 µs | 65 | | |
//! | processes, `map` in chunks of 256 | 105 ns | 3.0 µs | 29 | | |
//!
//! # What a killed worker costs elsewhere
//! A pool of four workers with 50 tasks of half a millisecond, and one worker killed at
//! a random moment; 100 pools of each kind (`python3 killed.py KIND 100`, CPython 3.11,
//! on a machine that was very busy, 2026-11-28). A pool is hung if a result does not
//! come within five seconds, and lost if it takes no more tasks.
//!
//! | pool | hung | lost | tasks lost, of 5,000 |
//! |---|---|---|---|
//! | `concurrent.futures.ProcessPoolExecutor` | 0 | 100 | 4,720 |
//! | loky | 5 | 100 | 4,910 |
//! | `multiprocessing.Pool` | 39 | 17 | 868 |
//!
//! `tests/chaos.rs` kills 1,000 workers of one pool of [`ProcessPoolExecutor`]: it
//! requires that no wait hangs, that the pool is not lost, and that no more tasks are
//! lost than workers were killed.

mod error;
#[cfg(not(loom))]
mod executor;
#[cfg(not(loom))]
mod future;
#[cfg(not(loom))]
mod gather;
#[cfg(not(loom))]
mod portable;
#[cfg(not(loom))]
mod process;
#[cfg(not(loom))]
mod process_pool;
mod promise;
#[cfg(not(loom))]
mod thread_pool;

pub use error::{Error, SubmitError, TaskError};
pub use promise::{Job, Outcome};
#[cfg(not(loom))]
pub use {
    executor::{Executor, Map},
    future::{Future, package},
    gather::{AsCompleted, ReturnWhen, Waited, as_completed, wait},
    portable::Portable,
    process_pool::{ProcessPoolBuilder, ProcessPoolExecutor},
    thread_pool::{ThreadPoolBuilder, ThreadPoolExecutor},
};

/// Threads may share what is public, but for a job, which one of them runs.
#[cfg(not(loom))]
const _: () = {
    const fn is_shared<T: Send + Sync>() {}
    const fn is_sent<T: Send>() {}
    is_shared::<(ProcessPoolExecutor, ThreadPoolExecutor)>();
    is_shared::<(Error, SubmitError, TaskError)>();
    is_shared::<Future<u8>>();
    is_sent::<(Job, AsCompleted<u8>)>();
};
