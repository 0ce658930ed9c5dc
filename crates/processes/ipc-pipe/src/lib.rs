//! Typed, duplex pipes between processes that notice when the other end has gone (N3.1,
//! N3.2).
//!
//! [`pipe`] gives two [`Connection`]s, and what is sent into one is received from the
//! other:
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (mut parent, child) = ipc_pipe::pipe::<String>()?;
//! processes::scope(|family| {
//!     family.spawn_with("answers", child, |mut child| {
//!         let text = child.recv().map_err(|error| error.to_string())?;
//!         child.send(text + "haha").map_err(|error| error.to_string())
//!     })?;
//!     parent.send("xixi".to_owned())?;
//!     assert_eq!(parent.recv()?, "xixihaha");
//!     family.join()?;
//!     Ok(())
//! })
//! # }
//! ```
//!
//! A message may be of any type that serde can write and read; it goes over in
//! postcard's encoding, behind its length, through a Unix socket. So what arrives is a
//! copy, and nothing is shared. The socket is one of packets (`SOCK_SEQPACKET`,
//! unix(7)), as the kernel passes on a packet sooner than a piece of a stream; a
//! message longer than a packet goes in several.
//!
//! # What is promised
//! - A message arrives whole or not at all, in the order sent, whatever pieces the
//!   kernel makes of it and whatever signals come meanwhile. It takes 16 MiB at most
//!   ([`LIMIT`]); a longer one is an error that gives it back.
//! - Both sides may send at once. A `send` that has no room takes in what comes, up to
//!   32 MiB, so two processes that both send before either receives do not wait for
//!   each other for ever.
//! - When the peer has gone, however it ended, a send or a receive says so
//!   ([`SendCause::Disconnected`], [`RecvError::Disconnected`]) and does not wait.
//!   SIGPIPE has no part in it.
//! - Either process may be killed at any instruction: its peer receives whole messages,
//!   and then learns of the end.
//! - A message that has been cut short or that cannot be decoded is an error, never a
//!   panic. Memory grows with what has come, not with what has been announced. A value
//!   of a type that contains itself is an error as well if it is nested so deeply that
//!   it takes more than 256 KiB of stack to encode or decode it.
//! - Sending and receiving allocate nothing but the value received: a connection keeps
//!   its room. A message that fits into the socket's buffer costs one system call at
//!   each end.
//!
//! # Which process holds which end
//! A fork copies both ends into the child, and the kernel reports that a peer has gone
//! only when the last copy of its end is closed. In Python each process has to close
//! the ends that it does not use. Here an end is registered
//! ([`PrivateFd`](processes::held::PrivateFd)): a child has those that it is given by
//! [`Family::spawn_with`](processes::Family::spawn_with), and in all other children
//! they are closed before anything else is done there. The parent drops its own copy of
//! what it gives away.
//!
//! An end that is given as a `&mut` stays open in the parent too, and two processes
//! that hold one end get each message once. A process receives one whole message at a
//! time, so the two may take turns, under a lock; at the same time they would tear long
//! messages apart, as in Python. So does the death of one of them in the middle of a
//! message of several packets (64 KiB and more): what the other one sends is taken for
//! the rest of it, or what the other one receives begins with the rest.
//! [`Connection::split`] is for an end that two threads or two processes use, one to
//! send and one to receive.
//!
//! `fork` called by another library copies the ends and does not close them.
//!
//! # What it costs
//! Microseconds of CPU time a round trip, both processes together, on two cores /
//! pinned to one: medians of some dozen runs of `cargo bench -p ipc-pipe` (pinned:
//! under `taskset -c 1`) and one of `python3 benches/pipe.py`, on two virtual cores of
//! an AMD EPYC, Linux 6.18, CPython 3.11.7. The machine had other work, so the time on
//! the clock says little there, and CPU time much.
//!
//! | | 64 B | 4 KiB | 1 MiB | 8 MiB |
//! |---|---|---|---|---|
//! | texts: [`send`], [`recv`] | 7.5 / 7.8 | 8.7 / 8.8 | 340 / 375 | 17,300 / 18,300 |
//! | texts, ipc-channel | 8.3 / 8.5 | 9.6 / 10.0 | 2,190 / 2,560 | 67,200 / 68,000 |
//! | texts, Python's `Pipe` | 17.5 / 17.7 | 19.6 / 20.8 | 3,760 / 3,920 | 38,500 / 38,300 |
//! | bytes: [`send_bytes`], [`recv_bytes_into`] | 7.0 / 7.3 | 8.5 / 8.6 | 189 / 200 | 3,670 / 3,880 |
//! | bytes, ipc-channel | 7.8 / 7.9 | 8.6 / 8.7 | 183 / 197 | 3,950 / 3,700 |
//! | bytes, a bare socketpair (a stream) | 8.2 / 8.6 | 10.0 / 10.1 | 218 / 229 | 3,970 / 3,670 |
//! | bytes, Python's `Pipe` | 13.8 / 14.6 | 16.7 / 17.1 | 2,110 / 2,230 | 15,900 / 15,700 |
//!
//! [`send`]: Connection::send
//! [`recv`]: Connection::recv
//! [`send_bytes`]: Connection::send_bytes
//! [`recv_bytes_into`]: Connection::recv_bytes_into
//!
//! On the clock, microseconds a round trip on two quiet cores, one round of
//! `cargo xtask bench ipc-pipe`, 2026-11-21 (at 64 B and 4 KiB it is mostly the time to
//! wake a core that has just fallen asleep, and moves by a fifth):
//!
//! | | 64 B | 4 KiB | 1 MiB | 8 MiB |
//! |---|---|---|---|---|
//! | texts | 40 | 43 | 525 | 5,600 |
//! | texts, ipc-channel | 42 | 44 | 1,750 | 17,300 |
//! | texts, Python's `Pipe` | 47 | 32 | 1,510 | 26,500 |
//! | bytes | 40 | 41 | 424 | 3,220 |
//! | bytes, ipc-channel | 42 | 44 | 363 | 4,100 |
//! | bytes, a bare socketpair (a stream) | 37 | 33 | 368 | 2,380 |
//! | bytes, Python's `Pipe` | 47 | 44 | 1,290 | 6,180 |
//!
//! So short messages cost less CPU time than through a bare stream, encoding included,
//! and bytes as they are cost at most 1.06 of what they cost there, at any size; on the
//! clock a stream is ahead, by a third at 8 MiB. A long text costs more than its bytes:
//! it is copied into its frame and out of it, into memory that is new each time. What
//! is long and needs no type is better sent as bytes.

#![forbid(unsafe_code)]

mod connection;
mod encoding;
mod error;
mod frame;
mod halves;
mod receiving;
mod sending;
mod wait;

pub use connection::{Connection, pipe};
pub use encoding::{DecodeError, EncodeError, decode, encode, frame};
pub use error::{RecvError, SendCause, SendError};
pub use frame::{Inbox, LIMIT, TooLong, piece};
pub use halves::{Receiver, Sender};
pub use wait::{Awaited, wait};

/// What is public can be sent to another thread and shared between threads.
const _: () = {
    const fn assert<T: Send + Sync>() {}
    type NotSync = std::cell::Cell<u8>;
    assert::<Connection<NotSync>>();
    assert::<(Sender<NotSync>, Receiver<NotSync>, Inbox)>();
    assert::<(SendError, RecvError, EncodeError, DecodeError, TooLong)>();
};
