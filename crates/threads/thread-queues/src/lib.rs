//! Queues between threads: first in first out, last in first out, by priority
//! (N1.4–N1.6, N2.23).
//!
//! | Python | here | order | note |
//! |---|---|---|---|
//! | `queue.Queue` | [`Queue`] | first in, first out | N1.4, N2.23 |
//! | `queue.LifoQueue` | [`LifoQueue`] | last in, first out | N1.5, N2.23 |
//! | `queue.PriorityQueue` | [`PriorityQueue`] | smallest first, equals in the order put | N1.6, N2.23 |
//!
//! ```
//! use thread_queues::Queue;
//! let apples = Queue::new(3); // At most three; with 0, any number.
//! std::thread::scope(|scope| {
//!     scope.spawn(|| {
//!         (0..10).for_each(|apple| apples.put(apple).unwrap());
//!         apples.shutdown(false);
//!     });
//!     assert_eq!(apples.iter().sum::<u32>(), 45);
//! });
//! ```
//!
//! All three are a [`BlockingQueue`] over a [`Storage`], which knows only the order.
//! The methods are those of Python 3.13: put, get, `task_done`, join and shutdown.
//! Beyond Python:
//! - An error hands the item back: [`PutError::Full`], [`PutError::ShutDown`]. In
//!   Python the exception carries nothing.
//! - [`shutdown(true)`](BlockingQueue::shutdown) returns the items that it discards.
//! - A queue is an iterator over its items until it is shut down, so no stop value is
//!   needed, and no count of consumers.
//! - `join` has a form with a timeout.
//!
//! # How it works
//! A queue has two ends, and each has a lock of its own.
//!
//! | module | role |
//! |---|---|
//! | `storage` | the order of the items; knows nothing of threads |
//! | `ends` | the two ends, their locks, and the threads that sleep at them |
//! | `queue` | put, get, `task_done`, join, shutdown |
//! | `kinds` | the names of the three queues |
//! | `iter` | the items of a queue as iterators |
//! | `error` | why an item was not put, not got, or not done |
//! | `sync` | the mutex and the condvar of `interleavings`, without poison |
//!
//! A put locks the end where items go in. A get locks the end where they come out, and
//! takes an item that lies ready there. If none does, it locks the other end as well,
//! and moves items over: all of them in a [`Queue`], where what is put later comes out
//! later; one in the others. So in a [`Queue`] the threads that put and those that get
//! rarely meet, as they would all the time at a single lock.
//!
//! A thread that has to wait first spins for a few microseconds, until some items, or
//! some room, have gathered. Then it looks once more with both locks, and sleeps where
//! the other side will come by: a get at the end where items are put, a put at the end
//! where they are got. Each put wakes one get at most, and none that has been woken
//! already.
//!
//! # What is promised
//! - Each item that is put is got once, by one thread, or is handed back by an error or
//!   by `shutdown(true)`.
//! - There are never more than `maxsize` items.
//! - A put or a get that sleeps is woken when there is room or an item for it, and by
//!   `shutdown`. A timeout loses neither an item nor a wake-up.
//! - If the order of the items panics ([`Ord`], or a [`Storage`] of your own), the
//!   queue stays usable, and no lock is poisoned. An item in hand at that moment may be
//!   lost; then it counts as if it had never been put.
//!
//! It is not fair: a thread that comes just as there is an item may take it before one
//! that has waited and is still waking up. Then the latter waits on.
//!
//! # What was checked
//! - The cases of CPython's `Lib/test/test_queue.py`, one by one; `tests/cpython` has
//!   the table.
//! - A model: after any sequence of calls in one thread each of the three queues holds
//!   what a list holds, and every answer is the model's (`tests/model.rs`).
//! - loom tries every schedule of two producers and two consumers, of timeouts, `join`
//!   and `shutdown`, with at most two preemptions
//!   (`RUSTFLAGS="--cfg loom" cargo test -p thread-queues --lib --release loom`): no
//!   item is lost or got twice, and no thread is left asleep.
//! - `interleavings` tries the same two producers and two consumers, and a get with a
//!   timeout that runs out at any moment (`tests/explored.rs`); and all 9,915 schedules
//!   of a `join` and a `task_done` (`cargo xtask explore thread-queues`).
//!
//! loom has no clock, so in the models every deadline has passed at once, and no thread
//! spins before it sleeps.
//!
//! # What it costs
//! Figures of `cargo xtask bench thread-queues` on two cores of an Intel Xeon that had
//! much other work to do, 2026-11-28, medians of three rounds: a number put and got, in
//! a queue of at most 100, from one thread to one and from four to four. CPU time is
//! that of all threads. For four receivers std's channel needs a mutex around its one
//! receiver.
//!
//! | queue | 1 to 1: time, CPU time | 4 to 4: time, CPU time | 1 to 1 on one core | 4 to 4 on one core |
//! |---|---|---|---|---|
//! | `Queue` | 149 ns, 99 ns | 251 ns, 139 ns | 170 ns, 97 ns | 245 ns, 136 ns |
//! | std `sync_channel` | 144 ns, 78 ns | 450 ns, 370 ns | 136 ns, 70 ns | 621 ns, 342 ns |
//! | crossbeam | 152 ns, 68 ns | 160 ns, 69 ns | 125 ns, 61 ns | 112 ns, 66 ns |
//! | crossfire | 84 ns, 42 ns | 92 ns, 57 ns | 85 ns, 42 ns | 107 ns, 54 ns |
//! | flume | 117 ns, 77 ns | 223 ns, 133 ns | 124 ns, 74 ns | 205 ns, 104 ns |
//! | `LifoQueue` | 288 ns, 164 ns | 310 ns, 234 ns | 282 ns, 155 ns | 245 ns, 186 ns |
//! | `PriorityQueue` | 385 ns, 194 ns | 472 ns, 215 ns | 348 ns, 183 ns | 354 ns, 212 ns |
//! | Python's `queue.Queue` | 4.17 µs, 2.10 µs | 4.39 µs, 2.28 µs | 3.08 µs, 2.11 µs | 3.79 µs, 2.20 µs |
//!
//! On idle cores `Queue` takes 1.2 to 1.5 times as long as `sync_channel` from one to
//! one (48 ns and 37 ns). The lock-free channels are faster still, and have neither
//! `join` nor any other order.

#![forbid(unsafe_code)]

mod ends;
mod error;
mod iter;
mod kinds;
mod queue;
mod storage;
mod sync;

pub use error::{GetError, PutError, TooManyDone};
pub use iter::Iter;
pub use kinds::{LifoQueue, PriorityQueue, Queue};
pub use queue::BlockingQueue;
pub use storage::{Fifo, Lifo, Prioritized, SmallestFirst, Storage};

// Threads share a queue whose items may be sent from one to another; the items need not
// be Sync.
#[cfg(not(loom))]
const _: () = {
    const fn is_send_and_sync<T: Send + Sync>() {}
    type NotSync = std::cell::Cell<u8>;
    is_send_and_sync::<(Queue<NotSync>, LifoQueue<NotSync>, PriorityQueue<u8>)>();
    is_send_and_sync::<(Iter<'_, Fifo<NotSync>>, PutError<u8>, GetError, TooManyDone)>(
    );
};
