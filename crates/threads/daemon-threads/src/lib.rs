//! A crew of threads that a program waits for, and daemons that it does not (N2.19).
//!
//! In Python a program ends when its last thread has ended that is not a daemon. In
//! Rust it ends when `main` returns, and every thread that still runs is cut off: all
//! threads are daemons. A [`Crew`] is the other half. [`Crew::run`] calls the main code
//! of a program and then waits for the threads that the crew has started, as Python's
//! interpreter does at its end.
//!
//! ```
//! use daemon_threads::Crew;
//!
//! fn main() -> Result<(), daemon_threads::Error> {
//!     let ended = Crew::run(|crew| {
//!         crew.daemon("ticks", || loop { std::thread::yield_now() })?;
//!         crew.spawn("son", || println!("waited for"))
//!     });
//!     // The son has ended. The daemon goes on until `main` returns.
//!     assert!(ended.panicked.is_empty());
//!     ended.value
//! }
//! ```
//!
//! # How it works
//! The crew has a list of the threads that it waits for. At the end it takes the list,
//! joins each thread in it, and looks at the list again, until it finds it empty; then
//! it closes the list. A thread that starts another one does so before it ends, so the
//! new one is in the list when the old one has been joined. Looking once would not do:
//! what the threads themselves start would be abandoned.
//!
//! A daemon is a thread that is not in the list. Nothing else is different about it.
//!
//! | module | role |
//! |---|---|
//! | `crew` | [`Crew`]: the list, and the wait at the end |
//! | `whole` | [`write_whole`]: a file that is written whole or not at all |
//! | `error` | [`Error`]: why a thread was not started |
//!
//! # What is promised
//! - When [`Crew::run`] returns, all threads that the crew has started have ended, but
//!   for the daemons; also if the main code panics.
//! - A thread that panics takes neither the crew nor the other threads down. It is
//!   reported at the end ([`Ended::panicked`]).
//! - A file that is written by [`write_whole`] is the old one or the new one, whole,
//!   wherever its thread is cut off.
//! - After the end no thread can be started: a daemon that tries gets an error. So none
//!   is started that the program would cut off.
//!
//! The first and the last are explored: under every schedule of a thread that
//! starts another one as the last thing it does, and of a daemon that starts one while
//! the crew ends.
//!
//! # Limits
//! - A daemon is cut off between any two instructions. It runs no destructor, writes no
//!   buffer out, and leaves half a file. What it holds in memory goes with the process;
//!   what it has done outside stays as it is.
//! - A crew waits for its threads as long as they take. [`std::process::exit`] waits
//!   for none.
//! - The handles of threads that have ended are kept until the next thread is started.
//! - Where threads need no daemon and borrow from their function, take
//!   [`std::thread::scope`], which waits as well.

#![forbid(unsafe_code)]

mod crew;
mod error;
mod whole;

pub use crew::{Crew, Ended};
pub use error::Error;
pub use whole::write_whole;

// A thread may be given its crew, to start others.
#[cfg(not(loom))]
const _: () = {
    const fn is_send_and_sync<T: Send + Sync>() {}
    is_send_and_sync::<(Crew, Ended<u8>, Error)>();
};
