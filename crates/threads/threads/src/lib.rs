//! Threads: made, started, named, joined for a time; their panics and their lives
//! (N2.15–N2.18, N5.3, N5.13).
//!
//! [`std::thread`] has all that a thread needs but three things that Python's
//! `threading` has, and one that neither has. A thread that has been made and not been
//! started ([`Unstarted`]). A join that gives up after a time
//! ([`Thread::join_timeout`]). A list of the threads that live ([`enumerate`]). And the
//! life of a thread as the kernel counts it ([`Life`]).
//!
//! ```
//! use std::time::Duration;
//! use threads::{JoinError, Unstarted};
//!
//! let thread = Unstarted::new("worker", || 6 * 7);
//! let thread = thread.start()?;
//! match thread.join_timeout(Duration::from_secs(5)) {
//!     Ok(value) => assert_eq!(value, 42),
//!     Err(JoinError::StillRunning(thread)) => println!("{} is slow", thread.name()),
//!     Err(error) => return Err(error.into()),
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # How it works
//! A thread of std can be joined, which waits for as long as it takes, or be asked
//! whether it has ended. To wait for a time needs something that the thread does when
//! it ends and that another thread can wait for. Here it is a flag under a mutex, with
//! a condvar. A value within the thread's closure sets it when it is dropped, so it is
//! set by a return and by a panic alike. `join_timeout` waits for the flag; if it is
//! set in time, std's join follows, which brings the value and takes no time any more.
//!
//! The lists and the times come from the kernel: the files of `/proc/self/task`, one
//! folder for each thread, and the clock of the CPU time that a thread has used.
//!
//! | module | role |
//! |---|---|
//! | `start` | [`Unstarted`], [`spawn`]: a thread before its start |
//! | `thread` | [`Thread`], [`JoinError`]: a thread that runs, and how it is joined |
//! | `end` | the flag that a thread sets when it ends |
//! | `live` | [`enumerate`], [`active_count`]: the threads that live |
//! | `life` | [`Life`]: how long a thread took to start, to run and to end |
//! | `error` | [`Panicked`]: the panic of a thread |
//!
//! # What is promised
//! - `join_timeout` returns when the thread has ended or the time is up, and loses
//!   neither the thread nor its value: one that still runs is handed back.
//! - A thread is started once, and joined once, or the program does not compile.
//! - A panic of a thread ends that thread alone. Its join returns the panic, with the
//!   name of the thread, the message and the value that was thrown.
//! - After a join `enumerate` does not list the thread any more.
//!
//! The flag is explored with `interleavings` and checked with loom, under every
//! schedule of a thread that ends and a thread that waits.
//!
//! # Limits
//! - A thread cannot be ended from outside, neither here nor in std, nor in Python: a
//!   function that is cut short in its middle leaves its locks locked. The thread has
//!   to be asked, for instance by a flag at which it looks.
//! - A thread that is neither joined nor has ended when `main` returns is cut off. That
//!   is the subject of the topic `daemon-threads`.
//! - The thread owns what it uses. One that borrows needs [`std::thread::scope`], which
//!   has no join with a timeout: it must not go on before its threads have ended.
//! - Linux: the lists and the times are the kernel's.
//!
//! # What it costs
//! A thread takes two allocations more than std's, one for its flag and one for the
//! name in its handle, and a lock and an unlock at its end. Beside the work of the
//! kernel that does not show. CPU time to start a thread and to join it, from a single
//! run of the bench, built without full optimization, on two cores that had much other
//! work to do:
//!
//! | to start and to join | spread | on one core |
//! |---|---|---|
//! | [`spawn`] and [`Thread::join`] | 43 µs | 40 µs |
//! | std's `Builder` | 46 µs | 42 µs |
//! | std's scope | 42 µs | 34 µs |
//! | crossbeam's scope | 51 µs | 39 µs |
//! | Python's `threading.Thread` | 92 µs | 108 µs |
//!
//! Of the time in which a function computed (Tr), the kernel's counters had 97 %, on a
//! core or ready. `cargo xtask bench threads` measures all of it anew.

#![forbid(unsafe_code)]

mod end;
mod error;
mod life;
mod live;
mod start;
mod thread;

pub use error::Panicked;
pub use life::{Life, Run};
pub use live::{LiveThread, State, active_count, enumerate};
pub use start::{Unstarted, spawn};
pub use thread::{JoinError, Thread};

// A handle, and so an error that hands it back, may be shared and sent on; the value
// need only be Send.
#[cfg(not(loom))]
const _: () = {
    const fn is_send_and_sync<T: Send + Sync>() {}
    type NotSync = std::cell::Cell<u8>;
    is_send_and_sync::<(Thread<NotSync>, JoinError<NotSync>, Panicked, Life)>();
};
