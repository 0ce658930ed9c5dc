//! Child processes that end with their parent and are never left behind (N2.4–N2.7,
//! N2.9).
//!
//! [`scope`] is to processes what [`std::thread::scope`] is to threads, and ends as
//! Python's interpreter does:
//!
//! ```
//! processes::scope(|family| {
//!     let numbers = vec![1, 2, 3];
//!     family.daemon("watchman", || processes::pause())?;
//!     let child = family.spawn("sum", || assert_eq!(numbers.iter().sum::<i32>(), 6))?;
//!     assert!(child.join()?.is_ok());
//!     Ok::<(), processes::Error>(())
//! })?;
//! # Ok::<(), processes::Error>(())
//! ```
//!
//! A child is a copy of its parent, made by fork(2): it begins with all that the parent
//! had, and whatever it changes changes in the copy alone. So its function may borrow
//! freely, and what it returns does not come back; only the way it ended does
//! ([`Exit`]). The end of a pipe, which should be open in one process only, is given to
//! the child with [`Family::spawn_with`]; other children do not have it.
//!
//! # How a child is held
//! [`Family::spawn`] forks. The copy asks the kernel to be killed when its parent dies
//! (`PR_SET_PDEATHSIG`, prctl(2)), and looks whether its parent is still the one that
//! forked it: a parent that died before the kernel was asked would go unnoticed. Then
//! it calls its function. An error of the function becomes a line on standard error, a
//! panic is caught, and in any case the copy leaves by `_exit`, which runs nothing
//! more: the code after the call and the destructors of what was lent are the parent's
//! to run.
//!
//! The parent holds the child by a *pidfd* (`pidfd_open(2)`), a file descriptor that
//! means this one process for ever, while a pid goes to another process some time after
//! its owner was reaped. A pidfd becomes readable when its process ends, so to wait
//! with a timeout, or for the first of many children, is one poll(2) and no loop that
//! polls /proc. And a signal sent by a pidfd reaches the child that was meant, or no
//! process.
//!
//! While a scope lasts, its process is a *subreaper* (`PR_SET_CHILD_SUBREAPER`,
//! prctl(2)): a descendant that loses its parent becomes its child, instead of init's,
//! and is ended with the scope.
//!
//! # What is promised
//! - When the scope ends, its daemons are terminated and its other children joined. If
//!   the scope ends by an error or a panic, all are terminated: a child that waits for
//!   a message of its failed parent would wait for ever. A child that has not ended a
//!   second after SIGTERM is killed.
//! - When a process is killed, even by SIGKILL, the kernel kills the children that it
//!   has spawned here, and theirs. A program that was started by
//!   [`Command`](std::process::Command) is not killed with its parent but becomes an
//!   orphan.
//! - Orphans that a child leaves end with the scope, even if no descriptor is free. If
//!   the scope's own process is killed, its orphans go to the next scope above it, and
//!   outlive them all if there is none.
//! - The scope leaves programs alone that other threads of its process have started, as
//!   long as their threads live.
//! - No process is reaped twice, or signalled by a pid that means another process by
//!   now.
//! - A child never goes on with its parent's code: not by returning, not by a panic
//!   (even one whose payload panics when it is dropped), not by a destructor. The
//!   exception is [`exit`](std::process::exit): exit(3) calls handlers of atexit(3) and
//!   destructors of thread-locals that the child has inherited. Return an error for
//!   exit code 1, or call `_exit` for another.
//! - A child that ended badly is not overlooked: if the caller did not ask how it
//!   ended, the scope returns it as an error.
//! - A child draws other numbers from `fastrand`'s own generator than its parent and
//!   its sisters. A generator of your own is copied like all memory.
//!
//! # Memory and signals between processes
//! Memory is copied at a fork, but [`SharedMemory`] stays the same memory. An [`Event`]
//! and a [`ProcessBarrier`] lie in it, and so do the locks and queues of other topics.
//!
//! ```
//! use processes::{Event, scope};
//!
//! let has_begun = Event::new()?;
//! scope(|family| {
//!     family.daemon("watchman", || {
//!         has_begun.set();
//!         processes::pause()
//!     })?;
//!     has_begun.wait();
//!     Ok::<(), processes::Error>(())
//! })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is refused
//! A process with more than one thread cannot fork here ([`Error::Threads`]): the child
//! would have only the thread that forked, and every lock of the others as it stood,
//! locked for ever (fork(2), POSIX).
//!
//! A thread that holds a guard of a lock between processes, or a loan of the memory of
//! a queue, cannot fork either ([`Error::Held`]): the child would have the same memory
//! at the same time.
//!
//! A value moved into a child's function exists twice, in the parent and in the copy.
//! For memory that is what one expects; for something that stands for a thing outside,
//! like a temporary folder, both copies would remove it. Lend such values to the child
//! instead.
//!
//! # The modules
//! | module | what it holds |
//! |---|---|
//! | `family`, `process` | the scope, and a child as its parent sees it |
//! | `child` | the fork, and the life of the child |
//! | `exit`, `error` | how a process ended, and why a call failed |
//! | `state` | state, parent, session and descendants of any process, by its pid |
//! | `pause` | waiting until a signal ends the process |
//! | `pidfd` | waiting and signalling by descriptor |
//! | `orphans` | the children of dead children |
//! | `token` | the identity of a process |
//! | [`held`] | what a fork must not copy |
//! | `memory`, `futex` | shared memory, and a number in it on which processes sleep |
//! | `event` | a flag that processes wait for |
//! | `process_barrier` | a point where processes meet |

mod child;
mod error;
mod event;
mod exit;
mod family;
mod futex;
pub mod held;
mod memory;
mod orphans;
mod pause;
mod pidfd;
mod process;
mod process_barrier;
mod state;
mod threads;
mod token;

pub use error::Error;
#[cfg(not(loom))]
pub use event::Event;
pub use exit::{Exit, Outcome};
pub use family::{Family, scope};
pub use futex::{Futex, HEARTBEAT};
pub use libc::{SIGABRT, SIGKILL, SIGSEGV, SIGTERM};
pub use memory::{Shareable, SharedMemory};
pub use pause::pause;
pub use process::Process;
#[cfg(not(loom))]
pub use process_barrier::ProcessBarrier;
pub use state::{State, descendants, ends_within, parent, session, state};
pub use threads::threads;
pub use token::ProcessToken;

/// All public types can be shared by threads, but for [`held::NoFork`], which belongs
/// to its thread.
#[cfg(not(loom))]
const _: () = {
    const fn is_shared<T: Send + Sync>() {}
    is_shared::<Error>();
    is_shared::<Event>();
    is_shared::<Exit>();
    is_shared::<Family>();
    is_shared::<Futex>();
    is_shared::<Process>();
    is_shared::<ProcessBarrier>();
    is_shared::<ProcessToken>();
    is_shared::<SharedMemory<()>>();
    is_shared::<State>();
    is_shared::<held::Fork>();
    is_shared::<held::PrivateFd>();
};
