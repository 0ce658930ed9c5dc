//! Every schedule of a small program, and the shortest one that fails
//! (N2.1, N2.10, N2.20, N5.7).
//!
//! Threads take turns in an order that no one chooses. A program that is wrong in one
//! order of a thousand passes its tests, and fails a year later. [`explore`] runs it
//! once in each order that its threads allow, and reports how many orders there are, in
//! how many of them it fails, and the shortest of those as lines of its source.
//!
//! ```
//! use interleavings::sync::atomic::{AtomicI64, Ordering::Relaxed};
//! use interleavings::{Limits, explore, thread};
//!
//! let report = explore(
//!     || {
//!         let n = AtomicI64::new(2);
//!         thread::scope(|scope| {
//!             for _ in 0..2 {
//!                 scope.spawn(|| n.store(n.load(Relaxed) - 1, Relaxed));
//!             }
//!         });
//!         assert_eq!(n.into_inner(), 0);
//!     },
//!     Limits::default(),
//! )?;
//! assert_eq!(report.to_string(), "6 schedules, 4 fail");
//! # Ok::<(), interleavings::Error>(())
//! ```
//!
//! # How it works
//! The program uses the types of [`sync`] and [`thread`] in place of std's, and is
//! otherwise unchanged. Outside an exploration they are std's: each operation looks at
//! a flag of its thread, and then does what std does. So the function that real threads
//! run is the one that is explored.
//!
//! In an exploration the program's threads are coroutines on one thread of the
//! operating system. A thread runs until it is about to take a *step*, and says which.
//! When all have said so, the explorer chooses one of those whose step is possible, and
//! lets it run to its next step. When the program has ended it is run again, with
//! another choice at the last place that has one left, until no choice is left: a
//! search of the tree of all schedules, depth first. The choices before that place are
//! made as before, and the program must do the same there, or the exploration ends with
//! an error.
//!
//! | a step | no step |
//! |---|---|
//! | a load, a store, a read-modify-write | to spawn a thread, to begin, to end |
//! | to lock, to try to, to unlock | to join a thread that has ended |
//! | to begin to wait, to time out, to lock again after a wait | to be woken |
//! | to notify | to yield, to sleep |
//! | to park with a token, to unpark | whatever is not of this crate |
//!
//! A thread that is blocked has no step, and so the number of schedules follows by
//! hand: two threads of two steps each have 4! / (2! · 2!) = 6.
//!
//! | module | role |
//! |---|---|
//! | `explore` | runs the program under schedule after schedule, and watches that it goes on |
//! | `search` | which thread goes next: the tree, preemptions, sleep sets |
//! | `run` | one run: takes a thread to its next step, spawns and unwinds threads |
//! | `world`, `op` | what the threads of a run are about to do, and whether they can |
//! | `fiber` | coroutines and their stacks |
//! | [`sync`], [`thread`], [`hint`] | std's types and functions, or their steps |
//! | `deadline` | when a wait ends at the latest |
//! | `report`, `schedule`, `table` | what was found, and how it is printed |
//! | `program` | functions of a scene that the runner can have explored |
//! | `limits`, `error`, `lane` | how far to go, what can go wrong, the names of threads |
//!
//! # What is promised
//! - Every order of steps is tried once, and the numbers are exact. A preemption bound
//!   ([`Limits::preemptions`]) or the order of steps that commute
//!   ([`Limits::distinct`]) makes them fewer.
//! - A panic or a deadlock is an outcome, with the threads that wait, for what, and
//!   where. The shortest schedule of each outcome is the one with the fewest
//!   preemptions, and then the fewest steps.
//! - A loop that polls is given way to the others after ten rounds in which nothing
//!   has changed, and a schedule of a thousand steps is cut short ([`Limits::steps`]):
//!   it is counted apart, and its last line is named.
//! - Two explorations of the same program are equal. A program that depends on anything
//!   else than its schedule ends with [`Error::Nondeterministic`].
//! - Several explorations may go on at once, and real threads may use the same types
//!   meanwhile.
//!
//! # Limits
//! - Memory is sequentially consistent in an exploration: a load reads the last store.
//!   What weaker orderings allow beyond that is loom's field. Under `--cfg loom`
//!   [`sync`] and [`thread`] are loom's, so that a mechanism which uses them can be
//!   checked by both.
//! - What waits outside of this crate's types, such as a lock of std, a channel or a
//!   real sleep, is not seen. No thread takes a step then, and after a second the
//!   exploration ends with [`Error::Stuck`] and the last line of each thread.
//! - A condvar wakes the threads that have waited longest, and none spuriously.
//! - A thread that panics takes no more steps while it unwinds, and no other thread
//!   runs meanwhile. If a destructor has to wait then for another thread, the
//!   exploration is stuck.
//! - The threads of a run that is over, as after a deadlock, are unwound as if the
//!   operation at which they stand had panicked; unsafe code that relies on these types
//!   has to be prepared for that.
//! - The thread-locals of std are those of the exploring thread, and shared by all
//!   explored ones; [`thread_local!`] has one for each.
//!
//! # What it costs
//! `cargo xtask bench interleavings`, on two cores that had much other work to do, so
//! in CPU time; medians of three rounds:
//!
//! | an operation | here | beside it |
//! |---|---|---|
//! | a load and a store outside an exploration | 1.72 ns | std: 1.32 ns |
//! | a lock and its unlock outside an exploration | 26.5 ns | std: 19.7 ns |
//! | to explore two threads of eight steps: 12,870 schedules | 71 ms | generators of CPython 3.11: 353 ms |
//!
//! A schedule that ends with a panic takes about three times as long, for the panic.

mod deadline;
#[cfg(not(loom))]
mod error;
#[cfg(not(loom))]
mod explore;
#[cfg(not(loom))]
mod fiber;
#[cfg(not(loom))]
pub mod hint;
#[cfg(not(loom))]
mod lane;
#[cfg(not(loom))]
mod limits;
#[cfg(not(loom))]
mod op;
#[cfg(not(loom))]
mod program;
#[cfg(not(loom))]
mod report;
#[cfg(not(loom))]
mod run;
#[cfg(not(loom))]
mod schedule;
#[cfg(not(loom))]
mod search;
#[cfg(not(loom))]
pub mod sync;
#[cfg(not(loom))]
mod table;
#[cfg(not(loom))]
pub mod thread;
#[cfg(not(loom))]
mod world;

pub use deadline::Deadline;
#[cfg(loom)]
pub use loom::{hint, sync, thread, thread_local};
#[cfg(not(loom))]
pub use {
    error::Error,
    explore::{explore, replay},
    limits::Limits,
    program::program,
    report::{End, Outcome, Report, Stand, WaitsFor},
    schedule::{Effect, Place, Schedule, Step, Value},
};

#[cfg(all(test, loom))]
mod loom_verdicts;

// As with std, any thread may use a lock and an atomic, and a guard is bound to its
// thread.
#[cfg(not(loom))]
const _: () = {
    const fn is_send_and_sync<T: Send + Sync>() {}
    const fn is_sync<T: Sync>() {}
    is_send_and_sync::<(sync::Mutex<u8>, sync::RwLock<u8>, sync::Condvar)>();
    is_send_and_sync::<(sync::atomic::AtomicI64, sync::atomic::AtomicBool)>();
    is_send_and_sync::<(thread::JoinHandle<u8>, thread::Thread, Report, Error)>();
    is_sync::<(sync::MutexGuard<'_, u8>, sync::RwLockReadGuard<'_, u8>)>();
};

/// Whether the caller is a thread of an explored program, of loom's as well.
///
/// What only saves time, such as to spin before a wait, would only add schedules then.
///
/// ```
/// use interleavings::{Limits, explore, is_explored};
///
/// assert!(!is_explored());
/// explore(|| assert!(is_explored()), Limits::default())?;
/// # Ok::<(), interleavings::Error>(())
/// ```
#[inline]
#[must_use]
pub fn is_explored() -> bool {
    #[cfg(not(loom))]
    let is_explored = run::exploring();
    #[cfg(loom)]
    let is_explored = true;
    is_explored
}
