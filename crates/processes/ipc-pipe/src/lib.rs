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
//!   its room. A message of less than 64 KiB costs one system call at each end.
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
//! The kernel keeps what has been sent and not received, up to 2 MiB for each direction
//! of a pipe ([`pipe`] asks for so much), or up to twice `/proc/sys/net/core/wmem_max`
//! if that is less. A pipe that is empty takes none of it.
//!
//! Microseconds a round trip, on the clock / of CPU time of both processes together:
//! medians of three rounds of `cargo xtask bench ipc-pipe`, on two virtual cores of an
//! Intel Xeon (2.5 GHz, Cascade Lake), Linux 6.18, CPython 3.11, 2026-11-28. The
//! machine had other work, so the benchmark ran with real-time priority (`chrt -f 1`).
//!
//! | | 64 B | 4 KiB | 1 MiB | 8 MiB |
//! |---|---|---|---|---|
//! | texts: [`send`], [`recv`] | 15 / 20 | 18 / 24 | 538 / 768 | 9,100 / 24,500 |
//! | texts, ipc-channel | 20 / 23 | 19 / 24 | 1,020 / 1,190 | 16,300 / 44,700 |
//! | texts, Python's `Pipe` | 42 / 58 | 53 / 72 | 3,600 / 4,150 | 41,600 / 47,400 |
//! | bytes: [`send_bytes`], [`recv_bytes_into`] | 13 / 19 | 17 / 22 | 278 / 425 | 3,110 / 6,700 |
//! | bytes, ipc-channel | 14 / 19 | 16 / 22 | 581 / 675 | 7,080 / 11,300 |
//! | bytes, a bare socketpair (a stream) | 20 / 32 | 21 / 33 | 335 / 576 | 3,030 / 7,700 |
//! | bytes, Python's `Pipe` | 28 / 43 | 37 / 50 | 558 / 872 | 13,800 / 17,800 |
//! | `Vec<u8>`: [`send`], [`recv`] | 15 / 20 | 79 / 82 | 15,200 / 23,300 | 162,000 / 543,000 |
//! | `ByteBuf` of `serde_bytes` | 15 / 20 | 18 / 23 | 444 / 655 | 8,100 / 18,000 |
//!
//! [`send`]: Connection::send
//! [`recv`]: Connection::recv
//! [`send_bytes`]: Connection::send_bytes
//! [`recv_bytes_into`]: Connection::recv_bytes_into
//!
//! So short messages cost less than through a bare stream, encoding included. Long ones
//! cost what it takes to copy them into the kernel and out of it. A long text is not
//! copied before it is sent, but is once more when it is received, into memory that is
//! new each time; it takes two to three times as long as its bytes.
//!
//! Serde takes a `Vec<u8>` element by element, and that is what its row shows: a long
//! one takes about twenty times as long as a text. `serde_bytes::ByteBuf`, or
//! `#[serde(with = "serde_bytes")]` on a field, sends the same bytes in one piece.

#![forbid(unsafe_code)]

mod connection;
mod encoding;
mod error;
mod frame;
mod halves;
mod receiving;
mod sending;
mod streaming;
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
