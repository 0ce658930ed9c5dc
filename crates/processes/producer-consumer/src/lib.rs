//! A bounded queue between processes that survives the death of any of them (N2.11,
//! N2.12).
//!
//! [`ProcessQueue`] is the counterpart of Python's `multiprocessing.Queue`:
//!
//! ```
//! use producer_consumer::ProcessQueue;
//! let apples = ProcessQueue::new(3)?;
//! processes::scope(|family| {
//!     family.spawn("producer", || (0..10).try_for_each(|apple| apples.put(apple)))?;
//!     assert!((0..10).all(|apple| apples.get() == Ok(apple)));
//!     Ok::<(), processes::Error>(())
//! })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Python passes items through a pipe. This queue passes them through memory that the
//! processes share, in layers that each know only the one below:
//!
//! | layer | what it is |
//! |---|---|
//! | [`processes::SharedMemory`] | memory that stays the same memory after a fork |
//! | [`ticket_lock::RobustLock`] | a lock that the kernel releases if its owner dies |
//! | [`EventCount`] | sleep until a condition holds; costs nothing without sleepers |
//! | [`Ring`] | records of bytes; one store pushes or pops one, so none is half done |
//! | [`ProcessQueue`] | items of any type that serde knows, and waiting |
//!
//! [`kit`] is not part of it: the scene `async` needs it.
//!
//! # What is promised
//! - Every item that was put is got once, as long as the process that gets it lives:
//!   nothing is lost and nothing comes twice. The items of one producer keep their
//!   order.
//! - Any process may be killed by SIGKILL at any moment. The others go on: a lock
//!   passes to the next, and a process that missed a wake-up looks again within 100 ms.
//!   At most one item is lost: the one that the dead process was putting or had just
//!   got.
//! - A call with a deadline ends at it, and `try_put` and `try_get` never block, even
//!   if another process is stopped (SIGSTOP) with a lock in hand.
//! - The queue never holds more than it was made for. A producer that is too fast
//!   waits.
//! - Nothing is left behind, whichever process is killed: the memory has no name, and
//!   goes with the last process that has it.
//!
//! # What is not
//! - A process that is stopped while it holds a lock stops the calls without a deadline
//!   on its side, `close` among them, until it goes on or is killed.
//! - All processes are of one pid namespace: the locks know their owners by thread id.
//! - A queue reserves 64 MiB of address space, so `ulimit -v` bounds the number of
//!   queues.
//! - Of several producers that wait for room, one with a large item may be woken where
//!   only a small one has room; the small one then notices within 100 ms.
//!
//! # What it costs
//! Figures of `cargo xtask bench producer-consumer` on a quiet machine with two cores
//! of an AMD EPYC (Zen 5), 2026-11-21, medians of five rounds, for items of 12
//! characters. CPU time is that of all processes together. The last column is of the
//! same command behind `taskset -c 0`, with all processes on one core (three rounds).
//!
//! | producers to consumers | queue | an item | of ours | CPU time | on one core |
//! |---|---|---|---|---|---|
//! | 1 to 1 | `ProcessQueue` | 91 ns | 1 | 173 ns | 115 ns |
//! | 1 to 1 | ipc-channel | 1.08 µs | 12 | 2.03 µs | 2.11 µs |
//! | 1 to 1 | `multiprocessing.Queue` | 2.98 µs | 33 | 5.09 µs | 5.22 µs |
//! | 1 to 3 | `ProcessQueue` | 103 ns | 1 | 199 ns | 118 ns |
//! | 1 to 3 | ipc-channel (three channels) | 3.31 µs | 35 | 5.11 µs | 3.26 µs |
//! | 1 to 3 | `multiprocessing.Queue` | 4.08 µs | 41 | 7.32 µs | 7.01 µs |
//!
//! They are figures of a stream. A single item to a process that sleeps takes as long
//! as the kernel takes to wake it.

#[cfg(not(loom))]
mod error;
mod event_count;
#[cfg(not(loom))]
mod iter;
#[cfg(not(loom))]
pub mod kit;
#[cfg(not(loom))]
mod queue;
#[cfg(not(loom))]
mod ring;

pub use event_count::EventCount;
#[cfg(not(loom))]
pub use {
    error::{GetError, PutError},
    iter::Iter,
    queue::ProcessQueue,
    ring::{Record, Refused, Ring},
};
