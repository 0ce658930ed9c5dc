//! A pool of threads whose tasks may wait for each other, and a queue of permits
//! (N5.9, N5.10).
//!
//! | note | here | what it does |
//! |---|---|---|
//! | N5.9, the simple pool | [`PermitPool`] | a queue of permits: a thread for each task, but only so many at a time |
//! | N5.10, the full pool | [`ThreadPool`] | threads started on demand, which take task after task from a queue |
//!
//! ```
//! use std::sync::mpsc;
//! use thread_pool::ThreadPool;
//!
//! let pool = ThreadPool::new(5)?;
//! let (sender, results) = mpsc::channel();
//! for i in 0..30 {
//!     let sender = sender.clone();
//!     pool.run(move || i * i, move |result| sender.send(result.unwrap()).unwrap())?;
//! }
//! pool.close(); // No more tasks; those in the queue are run.
//! drop(sender);
//! assert_eq!(results.iter().sum::<u32>(), 8_555);
//! # Ok::<(), thread_pool::Error>(())
//! ```
//!
//! | the note's `ThreadPool` | here |
//! |---|---|
//! | `run(func, args, callback)` | [`run`](ThreadPool::run): the callback gets a `Result` with the value or the [`Panic`] |
//! | `close()` | [`close`](ThreadPool::close), and [`wait`](ThreadPool::wait) for the end of the threads |
//! | `terminate()` | [`terminate`](ThreadPool::terminate), which returns how many tasks it has discarded |
//! | `max_task_num` | [`Builder::queue`]: a bound of the queue |
//! | `generate_list`, `free_list` | [`threads`](ThreadPool::threads), [`busy`](ThreadPool::busy), [`idle`](ThreadPool::idle) |
//! | nothing | [`spawn`](ThreadPool::spawn): a [`Task`] to be joined; a task that joins another helps |
//! | nothing | [`join`](ThreadPool::join): two functions at the same time, which may borrow |
//! | nothing | [`Latch`]: a wait during which a task helps its pool |
//!
//! # How it works
//! Tasks wait in one queue, the oldest first (crossbeam's `Injector`, which has no
//! lock). The second half of each join waits in a deque of the thread that joins
//! (crossbeam's work-stealing deque). Its own thread takes the newest half back when
//! it has done the first; a thread without work steals the oldest, which tends to be
//! the largest. So most halves cost a push and a pop, without a lock or an allocation.
//!
//! A worker looks for work in this order: its own halves, those of others, the queue.
//! When it finds none it looks a few times more, and then sleeps. A push calls a worker
//! only if none is looking: it wakes one, or else starts a thread if there may be one
//! more. A worker that finds something while it is the last one that looks, and sees
//! that there is more, calls the next. So a burst of tasks wakes as many threads as it
//! needs, and the thread that pushes wakes one at most.
//!
//! A thread is counted, as started and as looking, by the thread that starts it, before
//! it runs. In the note's pool each thread counts itself: until it has, the pool may
//! start too many, and `close` sends it no stop.
//!
//! A task that waits, for a task, for a [`Latch`], for the other half of a join, or for
//! room in a bounded queue, runs other work meanwhile. A task that joins a task that no
//! thread has begun runs it itself.
//!
//! | module | role |
//! |---|---|
//! | `pool` | [`ThreadPool`] and its [`Builder`] |
//! | `task`, `latch` | what can be waited for |
//! | `worker` | the threads: find work, run it, help, join, sleep |
//! | `half` | a function on the stack of a thread that joins; the unsafe code |
//! | `intake` | the queue, and how it is closed |
//! | `roster` | which workers look, sleep, or may be started |
//! | `crew` | the queue and the roster together, and how a thread is started |
//! | `permit_pool` | [`PermitPool`] and its [`Permit`] |
//! | `sync`, `error` | locks, parking; why something failed |
//!
//! # What is promised
//! - There are never more threads than the most, and a thread is there for each task
//!   until that many are. If the system has no room for another thread, those that are
//!   there go on; only a pool that has none returns [`Error::Start`].
//! - Each task that is accepted is run once, or discarded by
//!   [`terminate`](ThreadPool::terminate). Tasks begin in the order in which they came,
//!   except one that is joined by a task before its turn.
//! - A panic of a task goes to its callback, its [`Task`] or its join, and the thread
//!   takes the next task.
//! - A pool of any size finishes tasks that join each other, as long as none waits, by
//!   way of others, for itself.
//! - A half of a join is run by an idle thread as soon as there is one, also if the
//!   other half waits for it by other means, such as a barrier.
//! - Dropping the pool closes it and waits for its threads: none is left behind.
//!
//! # Limits
//! - Hold no lock while you join or wait in a task: a task that this thread runs
//!   meanwhile may want the same lock, and the thread waits for itself. The same holds
//!   for a task that waits by other means, such as a channel, for one that this thread
//!   has put off. Rayon, which helps as well, has the same limits.
//! - Helping nests on the stack, 2 MiB for each thread: tasks that wait for tasks that
//!   wait, a few thousand deep, overflow it, and that ends the process.
//! - A task that waits by other means than those of this crate holds its thread. So
//!   does one that never ends, and then [`wait`](ThreadPool::wait) and dropping the
//!   pool do not return: a thread cannot be killed.
//! - A panic that aborts (`panic = "abort"`, or a destructor that panics during one)
//!   ends the process, as does `std::process::exit` in a task.
//! - A child made by `fork` has none of the threads, so a pool is of no use there.
//!
//! # What was checked
//! - Cases of CPython's `test_concurrent_futures` and gevent's `test__threadpool`;
//!   `tests/pool.rs` has the table.
//! - close and terminate in the middle of a flood of tasks: each task that was accepted
//!   is run, or counted as discarded.
//! - Trees of joins and tasks of any shape, with panics in them, in pools of one to
//!   three threads, give what one thread gives (`tests/joins.rs`).
//! - A pool of one thread and two tasks under every schedule with one preemption, by
//!   `interleavings` (`tests/explored.rs`). The lock-free queue and the deques are
//!   crossbeam's: there each operation on them counts as done at once.
//! - loom tries every schedule of a latch, and of a half that another thread runs, with
//!   what weaker memory orderings allow
//!   (`RUSTFLAGS="--cfg loom" cargo test -p thread-pool --lib --release loom`).
//!
//! # What it costs
//! `cargo xtask bench thread-pool` measures empty tasks and a sum by halves beside
//! rayon and chili. A single run on a machine with two cores and much other work, so
//! rough, and in CPU time:
//!
//! | an operation | `ThreadPool` | rayon | chili |
//! |---|---|---|---|
//! | an empty task from outside, with its callback | 293 ns | 373 ns | |
//! | an empty task from a task | 322 ns | 315 ns | |
//!
//! A join that is taken back costs more here than there: two to three times as much as
//! rayon's in the best of these runs. In sums of a thousand numbers a leaf, that is
//! lost in the noise; in sums of ten it is not. So make the leaves large.

#![deny(unsafe_code)]

mod crew;
mod error;
mod half;
mod intake;
mod latch;
mod permit_pool;
mod pool;
mod roster;
mod sync;
mod task;
mod worker;

pub use error::{Error, Panic, TaskError};
pub use latch::Latch;
pub use permit_pool::{Permit, PermitPool};
pub use pool::{Builder, ThreadPool};
pub use task::Task;

// Threads share a pool, and hand on what is to be joined; values need not be Sync.
#[cfg(not(loom))]
const _: () = {
    const fn is_send_and_sync<T: Send + Sync>() {}
    type NotSync = std::cell::Cell<u8>;
    is_send_and_sync::<(ThreadPool, Builder, Task<NotSync>, Latch)>();
    is_send_and_sync::<(PermitPool, Permit, Error, Panic, TaskError)>();
};

#[cfg(all(test, loom))]
mod loom_models;
