//! Coroutines that switch to each other by hand on one thread (N1.18, N2.26, N5.14).
//!
//! This is Python's `greenlet` for Rust: [`Greenlet::switch`] suspends the function
//! that calls it and continues another, with a value for it. No scheduler decides which
//! greenlet runs.
//!
//! ```
//! greenlets::scope(|group| {
//!     let (ping, pong) = (group.greenlet("ping"), group.greenlet("pong"));
//!     ping.run(move |ball| pong.switch(ball + 1))?;
//!     pong.run(move |ball| ping.switch(ball + 1))?;
//!     // 0 goes to ping, 1 to pong, 2 to ping, which returns it to the main code.
//!     assert_eq!(ping.switch(0), 2);
//!     Ok::<(), greenlets::Error>(())
//! })?;
//! # Ok::<(), greenlets::Error>(())
//! ```
//!
//! # How it works
//! Each greenlet is a coroutine of corosensei, with a stack of its own, which the crate
//! maps and switches to by a few instructions: it saves the registers on the one stack
//! and loads those from the other. Such a coroutine can only go back to the code that
//! resumed it, as a generator does. To go from any greenlet to any other, there is a
//! *trampoline*: a loop on the stack of the main code. A greenlet that switches stores
//! the value, names the next greenlet, and suspends itself to the loop; the loop
//! resumes that greenlet, which takes the value. Only one greenlet runs at a time, so
//! there is never more than one value under way, and no lock.
//!
//! # What is promised
//! - A switch goes from any greenlet to any other of its [`scope`], the main code
//!   included, with a value both ways.
//! - A greenlet that ends goes on in its parent, the greenlet that made it, with the
//!   value that it returns; if it panics, the parent's switch panics, with the same
//!   payload. A switch to a dead greenlet goes to its parent.
//! - Greenlets that still wait when the scope ends are unwound, so their functions may
//!   borrow values that outlive the scope.
//! - A greenlet that unwinds runs no other, so no greenlet runs while the thread is
//!   panicking because of another one.
//! - A line that a greenlet prints has its name, and a switch does no work for that.
//!
//! # Where it differs from Python
//! - There is no `throw`, as Rust has no exceptions: send a `Result` as the value.
//!   [`Greenlet::kill`] ends a greenlet, and returns to its caller.
//! - All values of a scope have one type, and the parent of a greenlet cannot be
//!   changed.
//! - A switch to a greenlet of another thread does not compile.
//! - A process cannot fork while a scope of greenlets is open; a child may open one.
//! - A stack is a mapping of its own, so a deep recursion does not grow into the next
//!   (Python copies its stacks away).
//! - Greenlets that wait are unwound, so the crate needs `panic = "unwind"`, Rust's
//!   default.
//!
//! # What a switch costs
//! Medians of five runs, on two virtual cores (AMD EPYC, 5th generation) beside other
//! work, so in CPU time a switch: `BENCH_LOG=log cargo bench -p greenlets`, and
//! `python3 benches/switch.py` for Python 3.11.
//!
//! | side | CPU time a switch |
//! |---|---|
//! | `Greenlet` | 4.30 ns (1.30× corosensei, 1/43 of Python) |
//! | corosensei, the barest trampoline | 3.30 ns |
//! | may, one worker | 28.3 ns |
//! | tokio, current thread | 75.7 ns |
//! | threads, rendezvous channel | 7,360 ns |
//! | Python: greenlet | 187 ns |
//! | Python: gevent's `sleep(0)` | 954 ns |
//! | Python: asyncio's `sleep(0)` | 1,236 ns |

mod error;
mod greenlet;
mod group;
pub mod kit;
mod lane;
mod post;
mod world;

pub use error::Error;
pub use greenlet::Greenlet;
pub use group::{Group, scope};
