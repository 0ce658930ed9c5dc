//! Locks that see a deadlock coming: `Lock`, `RLock`, `RwLock`, and an order by types
//! (N2.20–N2.22, N5.4).
//!
//! | Python | here | what it is | note |
//! |---|---|---|---|
//! | `threading.Lock` | [`Lock`] | one thread at a time; a deadlock is an error | N2.20, N2.21, N5.4 |
//! | `threading.RLock` | [`RLock`] | the thread that holds it may take it again | N2.22, N5.4 |
//! | none | [`RwLock`] | many readers or one writer, and none of them starves | |
//! | none | [`Ordered`] | locks that can only be taken in one order | N2.21 |
//!
//! ```
//! use thread_locks::{Detector, Lock};
//!
//! let detector = Detector::new();
//! let n = Lock::new(&detector, "n", 500_000);
//! std::thread::scope(|scope| {
//!     for _ in 0..5 {
//!         scope.spawn(|| (0..100).for_each(|_| *n.lock().unwrap() -= 1));
//!     }
//! });
//! assert_eq!(n.into_inner(), 499_500);
//! ```
//!
//! # How it works
//! Each thread keeps a list of the locks that it holds, and at which line it took each.
//! A lock that is free is taken by one `try_lock` of the mutex inside, and added to the
//! list; that is all, if the thread holds nothing else.
//!
//! If the lock is not free, the thread goes to the [`Detector`] before it waits. There,
//! in one step, it looks whether the wait would close a circle, and else tells that it
//! waits, for which lock, and what it holds. A thread that waits holds what it holds
//! until its wait is over. So what the detector knows is true, and the last thread of a
//! circle to come there finds all others. It gets [`WouldDeadlock`], and the threads
//! before it wait on for what it will release.
//!
//! The detector also keeps which lock was taken while which other was held, the first
//! time with its lines. If a new order closes a circle of those, it is an
//! [`Inversion`]: other threads, or other moments, could have made a deadlock of it.
//! The Linux kernel's lockdep does the same. Each thread remembers what it has told, so
//! orders that are known cost a look into a table of its own.
//!
//! | module | role |
//! |---|---|
//! | `lock`, `rlock`, `rw_lock` | the locks |
//! | `ordered` | levels, keys, and locks that compile in one order only |
//! | `detector` | what a lock tells the detector, and when |
//! | `graph` | who waits for whom, what was taken after what; knows no threads |
//! | `held` | the list of a thread |
//! | `report` | what was found, and how it is printed |
//! | `sync` | a mutex without poison |
//!
//! All of them stand on `interleavings::sync`: std's types, loom's under `--cfg loom`,
//! or steps that the explorer puts in every order.
//!
//! # What is promised
//! - A [`Lock`] and an [`RLock`] of the same detector never deadlock: in each circle of
//!   threads that would wait for each other, one gets an error. No thread gets an error
//!   otherwise.
//! - The error and the report name the threads, the locks, and the line of each
//!   `lock()`.
//! - A fair [`RwLock`] lets no reader pass a writer that waits, and no second writer
//!   pass a reader that waits.
//! - Threads that take only [`Ordered`] locks do not deadlock. The compiler checks it.
//! - A panic releases what its thread holds, without poison; the value stays as it was
//!   left.
//!
//! # Limits
//! - The detector sees the locks that were made with it, and nothing else for which a
//!   thread may wait: no channel, no join, no other lock, no [`RwLock`].
//! - A lock whose guard was leaked (`mem::forget`) is held for ever. Other threads wait
//!   for it then, and get no error, as its holder does not wait.
//! - An [`Inversion`] is a matter of order alone. It is reported even if a third lock
//!   around both makes the deadlock impossible.
//! - There is no `acquire(timeout=…)`: a mutex of std has no timeouts. A thread that
//!   cannot wait calls `try_lock`.
//! - A thread that takes a lock in the destructor of a thread-local is not watched.
//! - None of the locks but [`RwLock`] is fair: a thread that comes just as the lock is
//!   released may take it before those that wait.
//!
//! # What was checked
//! - CPython's cases for locks (`Lib/test/lock_tests.py`); `tests/cpython.rs` has the
//!   table.
//! - The graph, beside a simpler way to the same answers, on random orders and random
//!   threads (`src/graph/tests.rs`).
//! - The explorer: every schedule of two locks crosswise, and, with at most two or
//!   three preemptions, three philosophers, chains, retries, and an `RLock` among
//!   `Lock`s (`tests/explored.rs`).
//! - loom: exclusion and wake-ups of each lock, with at most three preemptions
//!   (`RUSTFLAGS="--cfg loom" cargo test -p thread-locks --lib --release loom`). The
//!   detector is not checked by loom 0.7.2: when a thread takes a mutex, loom also
//!   blocks those that are about to call `try_lock` on it (`rt/mutex.rs`,
//!   `post_acquire`). It reports a deadlock of two bare mutexes taken crosswise even
//!   if one thread only tries, and of these locks for the same reason.
//!
//! # What it costs
//! CPU time of a lock, a decrement and a release by one thread, medians of three short
//! runs of `benches/thread_locks.rs` on two cores of an Intel Xeon that had much other
//! work to do, 2026-11-28; rough, and to be compared only with each other:
//!
//! | | `Lock` | std | `interleavings::sync` | `parking_lot` |
//! |---|---|---|---|---|
//! | one lock | 74 ns | 31 ns | 44 ns | 30 ns |
//! | one lock while another is held | 238 ns | 55 ns | | |
//!
//! So a lock that is watched costs 2.4 times std's, and more than four times if it is
//! nested: a look at a table for each lock that is held. What a program does with the
//! lock held should take longer than that.

mod detector;
mod graph;
mod held;
mod lock;
mod ordered;
mod report;
mod rlock;
mod rw_lock;
mod sync;

#[cfg(all(test, loom))]
mod loom_models;

pub use detector::Detector;
pub use lock::{Lock, LockGuard};
pub use ordered::{Before, Ground, Key, Ordered, OrderedGuard};
pub use report::{Inversion, Order, Place, Taken, WouldDeadlock};
pub use rlock::{RLock, RLockGuard};
pub use rw_lock::{ReadGuard, RwLock, WriteGuard};

// Threads share a lock whose value may be sent from one to another; the value need not
// be Sync. A guard stays where it is.
#[cfg(not(loom))]
const _: () = {
    const fn is_send_and_sync<T: Send + Sync>() {}
    type NotSync = std::cell::Cell<u8>;
    is_send_and_sync::<(Detector, Lock<NotSync>, RLock<NotSync>)>();
    is_send_and_sync::<(RwLock<u8>, Ordered<Ground, NotSync>)>();
    is_send_and_sync::<(WouldDeadlock, Inversion, Order, Taken)>();
};
