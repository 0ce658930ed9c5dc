//! Values that processes share: a process that keeps them for the others, and numbers in shared memory (N3.3, N5.12).
//!
//! ```
//! use ipc_manager::{Error, Manager};
//!
//! processes::scope(|family| {
//!     let manager = Manager::start(family)?;
//!     let eaten = manager.dict::<String, u32>()?;
//!     for name in ["x", "y"] {
//!         family.spawn(name, || eaten.insert(&name.to_owned(), &1).map(drop))?;
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
//! | [`Dict`], [`List`], [`Value`] | in the process of a [`Manager`] | anything that serde can write and read |
//! | [`Array`] | in shared memory | a fixed number of plain numbers |
//!
//! A dict, a list or a value is a proxy: it says which manager and which object, and so it costs nothing to hand to a
//! child, by borrowing or by a clone. A thread has its own line to the manager, made when it first asks for
//! something, after the fork and not before. What comes back is a copy: to change what is kept, put it back, or use
//! `update`.
//!
//! # What is promised
//! - An operation is done as a whole, one after the other: the manager has one thread. So is an `update`, which is
//!   two operations with a function in between; others wait meanwhile, as long as its process lives.
//! - A client that dies in the middle of a request, or with the lock in its hand, harms nobody: what it had not
//!   finished to ask is not done, and the lock is free. A request that makes no sense ends the connection it came
//!   from, and no other.
//! - A client that takes no answers holds up nobody, and takes no more of the manager's memory than 32 MiB.
//! - When the manager dies, every operation fails at once ([`Error::Gone`]), also one that waits for the lock.
//! - Only its starter and the descendants of that can reach a manager. Its sockets have no name, neither in a file
//!   system nor in the abstract one, so nobody else finds them, and nothing is left of them, whoever is killed when.
//!   Python's manager listens in a temporary folder and asks whoever comes for a key; when it is killed, the
//!   folder and the socket in it are left.
//!
//! What a manager keeps it keeps until its end: an object that nobody has a proxy of any more is still there.
//!
//! # What it costs
//! Microseconds of CPU time an operation, clients and manager together, on two cores / pinned to one: medians of some
//! dozen runs of `cargo bench -p ipc-manager` (pinned: under `taskset -c 1`) and one of `python3 benches/manager.py`,
//! on two virtual cores of an AMD EPYC, Linux 6.18, CPython 3.11.7. The machine had other work, so the time on the
//! clock says little there, and CPU time much.
//!
//! | | `insert`, 1 client | `insert`, 4 clients | `append`, 1 client | `append`, 4 clients |
//! |---|---|---|---|---|
//! | [`Manager`] | 8.9 / 9.0 | 10.0 / 9.7 | 9.1 / 9.4 | 10.1 / 11.8 |
//! | bare Unix sockets (streams) | 8.9 / 8.9 | 10.9 / 12.1 | 9.3 / 9.1 | 11.0 / 14.6 |
//! | Python's `Manager` | 21.2 / 21.3 | 22.9 / 25.0 | 19.0 / 19.7 | 20.6 / 23.3 |
//!
//! An operation costs what the kernel takes to carry two messages and to wake two processes, and next to nothing
//! besides. That is still 0.4 to 0.5 of Python's: as long as a question goes through a socket, it cannot be a fifth.

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
