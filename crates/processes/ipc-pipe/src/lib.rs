//! Typed, duplex pipes between processes that notice when the other end has gone (N3.1, N3.2).
//!
//! [`pipe`] gives two [`Connection`]s, and what is sent into one is received from the other:
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (mut parent, mut child) = ipc_pipe::pipe::<String>()?;
//! processes::scope(|family| {
//!     family.spawn("answers", move || {
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
//! A message may be of any type that serde can write and read; it goes over in postcard's encoding, behind its
//! length, through a Unix socket. So what arrives is a copy, and nothing is shared. The socket is one of packets
//! (`SOCK_SEQPACKET`, unix(7)), as the kernel passes on a packet sooner than a piece of a stream; a message longer
//! than a packet goes in several.
//!
//! # What is promised
//! - A message arrives whole or not at all, in the order sent, whatever pieces the kernel makes of it and whatever
//!   signals come meanwhile. It takes 16 MiB at most ([`LIMIT`]); a longer one is an error that gives it back.
//! - Both sides may send at once. A `send` that has no room takes in what comes, up to 32 MiB, so two processes that
//!   both send before either receives do not wait for each other for ever.
//! - When the peer has gone, however it ended, a send or a receive says so ([`SendCause::Disconnected`],
//!   [`RecvError::Disconnected`]) and does not wait. SIGPIPE has no part in it.
//! - A message that has been cut short or that cannot be decoded is an error, never a panic; and memory grows with
//!   what has come, not with what has been announced.
//! - Sending and receiving allocate nothing but the value received: a connection keeps its room. A message that fits
//!   into the socket's buffer costs one system call at each end.
//!
//! # Who holds which end
//! A fork copies both ends into the child, and the kernel tells that a peer has gone only when the last copy of its
//! end is closed. In Python each process has to close the end that it does not use. Here it is enough to **move** the
//! child's end into the child's function: the parent has it no more then, and the child lets go of its copy of the
//! parent's end when it first waits. A process that uses neither end, forked while there were both, holds them open
//! until it ends; so make a pipe just before you start the child that gets an end of it.

#![forbid(unsafe_code)]

mod connection;
mod ends;
mod error;
mod frame;
mod stream;

pub use connection::{Connection, pipe};
pub use error::{RecvError, SendCause, SendError};
pub use frame::{EncodeError, Inbox, LIMIT, TooLong, encode, piece};
