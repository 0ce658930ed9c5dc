//! Values that processes share: a process that keeps them for the others, and numbers
//! in shared memory (N3.3, N5.12).
//!
//! ```
//! use ipc_manager::{Error, Manager};
//!
//! processes::scope(|family| {
//!     let manager = Manager::start(family)?;
//!     let eaten = manager.dict::<String, u32>()?;
//!     for name in ["x", "y"] {
//!         family.spawn(name, || eaten.insert(name, &1).map(drop))?;
//!     }
//!     family.join()?;
//!     assert_eq!(eaten.len()?, 2);
//!     Ok::<(), Error>(())
//! })?;
//! # Ok::<(), Error>(())
//! ```
//!
//! | | where | what |
//! |---|---|---|
//! | [`Dict`], [`List`], [`Value`] | in a [`Manager`]'s process | any type of serde |
//! | [`Array`] | in shared memory | a fixed number of plain numbers |
//!
//! A dict, a list or a value is a proxy: it says which manager and which object, and so
//! it costs nothing to hand to a child, by borrowing or by a clone. A thread has its
//! own connection to the manager, made when it first asks for something, after the fork
//! and not before. A value that comes back is a copy: to change what is kept, put it
//! back, or use `update`.
//!
//! # What is promised
//! - An operation is done as a whole, one after the other: the manager has one thread.
//!   So is an `update`, which is two operations with a function in between; others wait
//!   meanwhile, as long as its process lives.
//! - A client that dies in the middle of a request, or while it holds the lock, harms
//!   no other: a request that was not complete is not done, and the lock is free, even
//!   if a child of that client lives on. An update that fails or panics, also while a
//!   value is encoded or decoded, gives the lock back and changes nothing. A request
//!   that makes no sense ends the connection it came from, and no other.
//! - A client that takes no answers holds up no other client. Apart from the values
//!   that are kept, a client takes no more of the manager's memory than 32 MiB, one
//!   request and one answer. A value in a list takes 16 bytes at least.
//! - A manager that is out of file descriptors goes on to serve the clients that it
//!   has, and answers another that it is busy ([`Error::Busy`]).
//! - When the manager dies, every operation fails at once ([`Error::Gone`]), also one
//!   that waits for the lock.
//! - Only its starter and the descendants of that can reach a manager. Its sockets have
//!   no name, neither in a file system nor in the abstract one, so no other process
//!   finds them, and nothing is left of them, whichever process is killed. Python's
//!   manager listens in a temporary folder and asks each client for a key; when it is
//!   killed, the folder and the socket in it are left.
//!
//! A manager keeps each object until its end, even one to which no process has a proxy
//! any more.
//!
//! # What it costs
//! Microseconds an operation, on the clock / of CPU time of clients and manager
//! together: medians of three rounds of `cargo xtask bench ipc-manager` (pinned: under
//! `taskset -c 1`), on a quiet machine with two cores of an AMD EPYC (Zen 5), Linux
//! 6.18, CPython 3.11.7, 2026-11-21.
//!
//! | two cores | `insert`, 1 client | `insert`, 4 clients | `push`, 1 client | `push`, 4 clients |
//! |---|---|---|---|---|
//! | [`Manager`] | 38.2 / 30.1 | 8.1 / 12.8 | 34.0 / 26.2 | 9.0 / 13.5 |
//! | bare Unix sockets (streams) | 34.7 / 28.1 | 4.8 / 9.6 | 32.9 / 26.8 | 4.8 / 9.8 |
//! | Python's `Manager` | 41.7 / 42.6 | 18.5 / 33.9 | 41.2 / 39.6 | 18.1 / 32.0 |
//!
//! | pinned to one core | `insert`, 1 client | `insert`, 4 clients | `push`, 1 client | `push`, 4 clients |
//! |---|---|---|---|---|
//! | [`Manager`] | 8.3 / 8.4 | 8.1 / 8.5 | 8.3 / 8.5 | 8.1 / 8.7 |
//! | bare Unix sockets (streams) | 8.3 / 8.4 | 10.1 / 10.5 | 8.1 / 8.2 | 10.1 / 10.8 |
//! | Python's `Manager` | 18.1 / 19.8 | 19.5 / 19.2 | 18.3 / 17.9 | 19.2 / 19.2 |
//!
//! One client and two idle cores: in all three most of the time goes into waking a core
//! that has just fallen asleep. With four clients the bare sockets have four processes
//! that answer, two of them at a time; a manager does one operation at a time, and that
//! is what makes them atomic. Pinned, an operation costs what the kernel
//! takes to carry two messages and to switch between two processes, and next to nothing
//! besides. That is still more than 0.4 of Python's: as long as a question goes through
//! a socket, it cannot be a fifth.

mod array;
mod client;
mod dict;
mod error;
mod list;
mod manager;
mod message;
mod object;
mod reception;
mod server;
mod store;
mod value;

pub use array::{Array, Number};
pub use dict::Dict;
pub use error::Error;
pub use list::List;
pub use manager::Manager;
pub use value::Value;

/// All public types can be sent to another thread and shared between threads.
const _: () = {
    const fn assert<T: Send + Sync>() {}
    type NotSync = std::cell::Cell<u8>;
    assert::<(Manager, Error, Array<u8>)>();
    assert::<(Dict<NotSync, NotSync>, List<NotSync>, Value<NotSync>)>();
};
