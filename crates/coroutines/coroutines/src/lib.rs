//! Coroutines with stacks and without, and a nursery over both (N1.19, N1.20, N2.27,
//! N3.6, N5.15).
//!
//! | | Python | here | a task is | it waits |
//! |---|---|---|---|---|
//! | with stacks | gevent | [`on_may`], over may | a function | in any call of may |
//! | without stacks | asyncio | [`on_tokio`], over tokio | a future | at an `.await` |
//!
//! A *nursery* is a block that spawns tasks and does not end before they have: trio's
//! nursery, and Python's `asyncio.TaskGroup`. If one of them fails, the others are
//! cancelled, and the error is that of the nursery.
//!
//! ```
//! use coroutines::on_may;
//! use may::coroutine::sleep;
//! use std::time::Duration;
//!
//! let outcome = on_may::nursery(|nursery| {
//!     nursery.spawn("foo", || {
//!         sleep(Duration::from_secs(1000)); // It is cancelled here.
//!         Ok(())
//!     });
//!     nursery.spawn("bar", || Err::<(), _>("the bar is closed"));
//!     Ok(())
//! });
//! assert_eq!(outcome.unwrap_err().to_string(), "bar: the bar is closed");
//! ```
//!
//! # What is promised
//! - When a nursery returns, all its tasks have ended, and all tasks of nurseries that
//!   these had opened: by an error, by a panic, and if the caller is cancelled. The one
//!   exception is a future of [`on_tokio`] that is dropped while there is no nursery
//!   around it: its tasks are cancelled, and end a moment later.
//! - The first error cancels the block and all tasks. A task that fails while it is
//!   being cancelled is reported as well ([`Failed::later`]).
//! - A panic goes on in the caller of the nursery, with the same payload, when all
//!   tasks have ended.
//! - A task that is cancelled before it has begun does not begin. Else it ends where it
//!   waits, and its destructors run.
//! - A line that a task prints has the name of the task.
//!
//! # Limits
//! - A task that does not wait cannot be cancelled, and blocks all others of its
//!   thread.
//! - Coroutines of may that catch their own unwinding (`catch_unwind`) swallow their
//!   cancellation, as `except BaseException` does in Python.
//! - The tasks are cancelled, never the threads that they wait for.
//! - No task has a timeout of its own: cancel it, or use [`tokio::time::timeout`].
//! - may has had no release since May 2025, and its coroutines need care with thread
//!   local variables ([`on_may`] says which).
//!
//! # How it works
//! | module | role |
//! |---|---|
//! | `siblings` | which tasks are alive, when all are cancelled, when all have ended; knows no runtime |
//! | [`on_may`] | the nursery of may: borrows, waits without being cancelled |
//! | `on_may::node` | a task of may, and whether it waits in a nursery of its own |
//! | [`on_tokio`] | the nursery of tokio |
//! | `error` | the errors of the tasks, the first one first |
//!
//! Each task has a *ticket*, and the nursery ends when all tickets have been dropped.
//! So a task may end in any way: by its value, by an error, by a panic, or without
//! having begun. All is guarded by one lock, under which no code of a task runs.
//!
//! The difficult case is a task that is cancelled while it waits in a nursery of its
//! own.
//!
//! - In may, a coroutine that is cancelled cannot wait any more, not even for its own
//!   tasks. So it is not cancelled then: the tasks that it waits for are, and it is
//!   unwound when they have ended. That is also why they may borrow from its stack.
//! - In tokio, a task that is cancelled is dropped at once, with the future of its
//!   nursery. So the tasks that were spawned there hold the ticket of the task above
//!   them, and the nursery around it waits for these tickets as well.
//!
//! # What was checked
//! - The cases of CPython's `test_taskgroups.py` that have a meaning here, by name, on
//!   both runtimes (`tests`).
//! - Ten thousand random cancellations of nested nurseries leave no task, on both
//!   runtimes and in Python; tokio's own count says so (the scene `storm`).
//! - Random calls of `siblings` against a model. `src/siblings/models.rs` has models of
//!   it for loom as well (`RUSTFLAGS="--cfg loom" cargo test -p coroutines --lib
//!   --release loom`).
//!
//! # What it costs
//! The memory of each of 10,000 sleepers, of 2,000 if they are threads, as the scene
//! `ten-thousand` and its twin print it (Python 3.11, one run, 2026-11-28). A thread
//! has 16 KiB in the kernel as well.
//!
//! | | Rust | Python |
//! |---|---|---|
//! | without a stack | 1.0 KiB | 1.9 KiB |
//! | with a stack | 8.7 KiB | 7.3 KiB |
//! | thread | 8.9 KiB | 12.4 KiB |
//!
//! `cargo xtask bench coroutines` measures the time of a task, beside those of may and
//! tokio without a nursery, of threads and of Python.

mod error;
#[cfg(not(loom))]
pub mod kit;
#[cfg(not(loom))]
pub mod on_may;
#[cfg(not(loom))]
pub mod on_tokio;
mod siblings;

pub use error::{Failed, Failure};

// Tasks may hand these to each other, whatever thread runs them.
#[cfg(not(loom))]
const _: () = {
    const fn is_send_and_sync<T: Send + Sync>() {}
    const fn is_send<T: Send>() {}
    type NotSync = std::cell::Cell<u8>;
    is_send_and_sync::<on_may::Nursery<'_, '_, NotSync>>();
    is_send_and_sync::<on_tokio::Nursery<NotSync>>();
    is_send_and_sync::<(on_may::Task<NotSync>, on_tokio::Task<NotSync>)>();
    is_send::<Failed<NotSync>>();
};
