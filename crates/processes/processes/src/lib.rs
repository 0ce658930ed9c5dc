//! Child processes that end with their parent and are never left behind (N2.4–N2.7, N2.9).
//!
//! [`scope`] is to processes what [`std::thread::scope`] is to threads, and ends as Python's interpreter does:
//!
//! ```
//! processes::scope(|family| {
//!     let numbers = vec![1, 2, 3];
//!     family.daemon("watchman", || loop { std::thread::park() })?;
//!     let child = family.spawn("sum", || assert_eq!(numbers.iter().sum::<i32>(), 6))?;
//!     assert!(child.join()?.is_ok());
//!     Ok::<(), processes::Error>(())
//! })?;
//! # Ok::<(), processes::Error>(())
//! ```
//!
//! A child is a copy of its parent, made by fork(2): it begins with all that the parent had, and whatever it changes
//! changes in the copy alone. So its function may borrow freely, and what it returns does not come back; only the
//! way it ended does ([`Exit`]).
//!
//! # What is promised
//! - When the scope ends, its daemons are terminated and its other children joined. If the scope ends by an error or
//!   a panic, all are terminated: a child that waits for a word of its failed parent would wait for ever.
//! - When the parent is killed, even by SIGKILL, the kernel kills its children, and theirs (`PR_SET_PDEATHSIG`).
//! - Orphans that a child leaves come to the process that has the scope (`PR_SET_CHILD_SUBREAPER`) and end with it.
//! - Nobody is reaped twice or signalled by a pid that means another process by now: each child is held by its pidfd.
//! - A child never goes on with its parent's code: not by returning, not by a panic, not by a destructor.
//!
//! # What is refused
//! A process with more than one thread cannot fork here ([`Error::Threads`]): the child would have only the thread
//! that forked, and every lock of the others as it stood, locked for ever (fork(2), POSIX).
//!
//! A value moved into a child's function exists twice, in the parent and in the copy. For memory that is what one
//! expects; for something that stands for a thing outside, like a temporary folder, both copies would remove it. Lend
//! such values to the child instead.

mod child;
mod error;
mod exit;
mod family;
mod orphans;
mod pidfd;
mod process;
mod state;

pub use child::threads;
pub use error::Error;
pub use exit::{Exit, Outcome};
pub use family::{Family, scope};
pub use libc::{SIGABRT, SIGKILL, SIGSEGV, SIGTERM};
pub use process::Process;
pub use state::{State, ends_within, state};
