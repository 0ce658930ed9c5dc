//! The five I/O models, from blocking reads to `io_uring`, and what each takes (N3.8,
//! N3.9).
//!
//! | model | Python | here | while it waits, the thread |
//! |---|---|---|---|
//! | blocking | `recv` | [`Kernel::recv`] | sleeps in the read |
//! | non-blocking | `setblocking(False)` | [`Kernel::try_recv`] | asks again and again |
//! | multiplexing | `select`, `poll`, `epoll` | [`Kernel::select`], [`Kernel::poll`], [`Epoll`] | sleeps for many sources at once |
//! | signal-driven | `F_SETSIG`, `O_ASYNC` | [`Arrivals`] | works, and is interrupted |
//! | asynchronous | none | [`Ring`], [`AioRead`] | works, and finds the bytes in its buffer |
//!
//! Each is a thin layer over the kernel's own interface, and is *counted*: a [`Kernel`]
//! counts the system calls that a thread makes through it, by name, and the bytes that
//! are copied; a [`Meter`] adds the context switches and the CPU time.
//!
//! ```
//! use std::io::Write as _;
//! use io_models::{Call, Epoll, Kernel, Meter, Trigger};
//!
//! let (source, mut peer) = std::os::unix::net::UnixStream::pair()?;
//! let kernel = Kernel::new();
//! let meter = Meter::begin(&kernel)?;
//!
//! let epoll = Epoll::new(&kernel)?;
//! epoll.add(&source, 7, Trigger::Level)?;
//! peer.write_all(b"hello")?;
//! assert_eq!(epoll.wait(None)?, [7]);
//! let mut buffer = [0; 1024];
//! assert_eq!(kernel.try_recv(&source, &mut buffer)?, 5);
//!
//! let spent = meter.end()?;
//! assert_eq!((spent.calls.total(), spent.calls.of(Call::EpollWait)), (4, 1));
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # What is promised
//! - A [`Ring`] and an [`AioRead`] own the buffer while it may be written into, and
//!   give it back with the result. A read under way that is dropped harms no memory:
//!   the ring cancels it and waits until the kernel is done; an `AioRead`, which glibc
//!   cannot cancel, leaks its buffer.
//! - A file cannot be closed while it is read from by either, by the compiler's word.
//! - Every completion of a ring reaches its caller once, and a ticket means one read,
//!   also when its place is used again.
//! - Where the kernel refuses `io_uring`, the error is [`Error::Refused`] and says why.
//!   Many containers forbid it; it needs Linux 5.11.
//! - [`Arrivals`] signal the thread that asked, and no other, and leave the process's
//!   handler as it was.
//! - The count is exact: it is compared with `strace -c` of the same run.
//!
//! # Limits
//! A ring reads, and does nothing else: no accept, no send, no multishot. A process has
//! one [`Arrivals`] at a time, as it has one handler for a signal. [`Epoll`] watches
//! for reading alone; the topic `selectors-server` has a selector for both.
//!
//! # By hand
//! ```console
//! $ cargo run -q -p io-models -- count asynchronous
//! read: hello
//! system calls: io_uring_setup 1, io_uring_enter 1; sleeps: 0; bytes copied: 5; …
//! read 0
//! …
//! $ strace -c target/debug/io-models count asynchronous
//! ```
//! strace counts the start of the program as well: that is `count nothing`.
//!
//! # What was checked
//! - The count of each of nine models equals that of `strace -c`, call by call, once
//!   that of a run that reads nothing is subtracted (`tests/strace.rs`).
//! - Under a seccomp filter that refuses `io_uring_setup` the scenes that need a ring
//!   are skipped with the reason, and the others play (`tests/refused.rs`).
//! - After any sequence of writes, reads, cancellations and waits, no byte is lost, and
//!   each source's bytes come in order (`tests/ring`).
//!
//! # What it costs
//! CPU time of one message of 64 bytes, written and read by the same thread: one round
//! of `benches/io_models.rs` and `.py`, built with the dev profile, on two cores of an
//! Intel Xeon that had much other work to do (2026-11-28). These are rough figures; the
//! ratios are what they can tell. The write is in all of them.
//!
//! | a message that is there | µs | a hundred sources, a message each | µs |
//! |---|---:|---|---:|
//! | [`Kernel::recv`] | 1.57 | [`Ring`], one submit for all | 2.47 |
//! | [`Ring`] | 2.17 | `poll`, then `recv` of each | 2.54 |
//! | the crate io-uring, bare | 2.19 | [`Epoll`], then `recv` of each | 2.65 |
//! | [`Epoll`], then `recv` | 2.57 | Python: `epoll`, then `recv` of each | 3.98 |
//! | `poll`, then `recv` | 2.93 | | |
//! | [`Arrivals`], then `try_recv` | 4.48 | | |
//! | [`AioRead`] | 13.3 | | |
//! | [`Ring::polled`], which waits | 14.9 | | |
//! | Python: `recv` | 3.26 | | |
//! | Python: `epoll`, then `recv` | 4.67 | | |
//!
//! The ring costs what the crate below it costs. For one message at a time nothing
//! beats a plain `recv`, and for a hundred the ring is hardly cheaper than epoll: most
//! of the time is the socket's own. Its gain is the number of calls: one for all reads
//! that were put, where epoll takes one for each and those to wait. `AioRead` wakes
//! another thread for each read. In a polled ring the kernel's thread spins, and its
//! time is counted with the process's: it pays only where a core is free and the caller
//! need not wait.
//!
//! # Modules
//! | module | role |
//! |---|---|
//! | `kernel`, `call`, `spent` | [`Kernel`], [`Calls`], [`Meter`]: the calls, counted |
//! | `epoll` | [`Epoll`]: level, edge, one-shot |
//! | `arrivals` | [`Arrivals`]: SIGIO and real-time signals |
//! | `ring` | [`Ring`]: reads that complete |
//! | `aio` | [`AioRead`]: reads in a thread of glibc's |
//! | `error` | [`Error`] |
//! | [`kit`] | slow sources, useful work, a receiver: what the scenes drive them with |

#![deny(unsafe_code)]

mod aio;
mod arrivals;
mod call;
mod epoll;
mod error;
mod kernel;
pub mod kit;
mod ring;
mod spent;

pub use aio::AioRead;
pub use arrivals::{Arrivals, Delivery};
pub use call::{Call, Calls};
pub use epoll::{Epoll, Trigger};
pub use error::Error;
pub use kernel::Kernel;
pub use ring::{Completion, Ring, Ticket};
pub use spent::{Meter, Spent};
