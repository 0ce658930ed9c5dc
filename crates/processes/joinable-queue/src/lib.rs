//! A queue between processes that knows when every task is done, and gives a dead
//! consumer's tasks to others (N2.13).
//!
//! [`JoinableQueue`] is the counterpart of Python's `multiprocessing.JoinableQueue`:
//!
//! ```
//! use joinable_queue::JoinableQueue;
//! let apples = JoinableQueue::<u32>::new(0)?;
//! processes::scope(|family| {
//!     family.daemon("x", || -> Result<(), joinable_queue::GetError> {
//!         loop {
//!             let apple = apples.get()?;
//!             assert!((0..10).contains(&*apple));
//!             apple.done();
//!         }
//!     })?;
//!     let producer = family.spawn("producer", || {
//!         (0..10).try_for_each(|apple| apples.put(apple))?;
//!         apples.join(); // Until the last apple is done, not only got.
//!         Ok::<(), joinable_queue::PutError<u32>>(())
//!     })?;
//!     assert!(producer.join()?.is_ok());
//!     Ok::<(), processes::Error>(())
//! })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Python counts the unfinished tasks. If a consumer dies in the middle of its task,
//! the task is gone, the count stays above zero, and `join` waits for ever. Here
//! nothing is counted: a task lies in the ring of the crate `producer-consumer`, or in
//! the hand of a consumer, which is memory that outlives it. A task that lies in one of
//! the two is unfinished.
//!
//! # What is promised
//! - [`join`](JoinableQueue::join) returns when all that was put before is done, as
//!   long as there is a consumer to do it.
//! - Each task is done at least once, whichever process is killed by SIGKILL and when.
//!   A task whose consumer survives is done exactly once.
//! - The task of a dead consumer goes to the next that gets one, or at most 100 ms
//!   later to one that waits, and is marked as [`redelivered`](Task::redelivered): a
//!   part of it may have been done, or all of it except for the call of `done`.
//! - The kernel tells which consumer is dead, by a lock that goes with the process. No
//!   pid is looked at, so a process that gets the pid of a dead one, even with its
//!   memory, does not have its tasks.
//! - A call with a deadline ends at it, and `try_put` and `try_get` never block, even
//!   if another process is stopped (SIGSTOP) in the middle of a put or a get.
//!
//! # Limits
//! - At most 128 tasks ([`MAX_IN_HAND`]) are in hand at once, of all consumers
//!   together. A process keeps its hand for the next task until it finds the queue
//!   empty; so of more than 128 processes that have had tasks and now neither hold one
//!   nor wait for one, 128 may keep all hands, and others get [`GetError::NoHand`].
//! - An item takes at most 1 MiB ([`MAX_ITEM`]), encoded with postcard; the items that
//!   wait take at most 64 MiB.
//! - A queue reserves 192 MiB of address space: 64 for the items that wait and 1 for
//!   each hand. It takes the machine's memory only where items have lain.
//! - A consumer that hangs is not dead, and keeps its task.
//! - The locks are lost when a process closes all its descriptors, as some programs do
//!   to become a daemon. Then others get its tasks while it still does them.
//! - All processes are of one pid namespace, as for `producer-consumer`.
//!
//! # What it costs
//! Figures of `cargo xtask bench joinable-queue` on a quiet machine with two cores of
//! an AMD EPYC (Zen 5), 2026-11-21, medians of three rounds, for items of 12
//! characters, each said to be done, until the queue is joined. CPU time is that of all
//! processes together.
//!
//! | producers to consumers | queue | an item | of ours | CPU time |
//! |---|---|---|---|---|
//! | 1 to 1 | `JoinableQueue` | 116 ns | 1 | 190 ns |
//! | 1 to 1 | `multiprocessing.JoinableQueue` | 3.61 µs | 31 | 5.95 µs |
//! | 1 to 3 | `JoinableQueue` | 127 ns | 1 | 243 ns |
//! | 1 to 3 | `multiprocessing.JoinableQueue` | 5.12 µs | 39 | 8.49 µs |
//!
//! A task takes little more CPU time than an item of a `ProcessQueue`, and no system
//! call either: it is copied into a hand where that one is copied into a buffer, and
//! the kernel's lock on a hand is taken once and kept.
//!
//! Among threads none of this is needed: the queues of the crate `thread-queues` count.

mod error;
mod hands;
mod queue;
mod records;
mod task;

pub use error::{GetError, TooManyDone};
pub use producer_consumer::PutError;
pub use queue::{Iter, JoinableQueue};
pub use task::Task;

/// How many tasks can be in hand at once, of all processes together.
pub const MAX_IN_HAND: usize = 128;

/// How many bytes an item has at most, encoded.
pub const MAX_ITEM: usize = 1 << 20;
