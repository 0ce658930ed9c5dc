//! The socket servers of the notes: one client at a time, a thread for each, a pool of
//! threads (N1.7, N1.8, N4.1).
//!
//! A [`Server`] has a listener, a [`Protocol`] and a [`StopHandle`]. One of
//! [`one_at_a_time`], [`thread_per_connection`] and [`pool`] runs it:
//!
//! ```
//! use socket_server::kit::Client;
//! use socket_server::{Protocol, Server, pool};
//!
//! let server = Server::local(Protocol::UPPER)?;
//! server.during(|server| pool(server, 4), |address| {
//!     let mut client = Client::connect(address, Protocol::UPPER)?;
//!     assert_eq!(client.ask("hello")?, "HELLO");
//!     Ok::<(), socket_server::Error>(())
//! })?;
//! # Ok::<(), socket_server::Error>(())
//! ```
//!
//! # What is promised
//! - All that a client sends comes back, in order, whether it comes in parts or several
//!   messages at once. There are no frames: an answer belongs to what one `recv` gave,
//!   see [`Protocol`].
//! - A client that resets, ends its sending side, says nothing or never reads harms
//!   no other. A server holds at most one answer of a connection in memory, and
//!   reads on when the client has taken it.
//! - When the process has no descriptors left, those connected are served on, and
//!   others are accepted again when there are some; meanwhile a server tries ten
//!   times a second instead of busy-looping.
//! - A silent client keeps its connection, and in a pool its thread, for ever, unless
//!   the server has an [idle timeout](Server::with_idle_timeout). The connections of
//!   one address can be [bounded](Server::with_connections_per_address), too.
//! - A server that stops accepts no more clients, answers what has been received, and
//!   after [`GRACE`] cuts off each client that does not take its answer.
//!
//! # By hand
//! The two programs of N1.7, on its port 8081. They speak the notes' protocol, so the
//! note's own client can talk to `serve`, and `talk` to the note's own server; `--host`
//! and `--port` say where.
//!
//! ```console
//! $ cargo run -q -p socket-server -- serve -v --threads 1
//! serving on 127.0.0.1:8081
//! talk: cargo run -p socket-server -- talk --port 8081
//! stop: Ctrl-C
//! 127.0.0.1:50866 connected
//! ```
//! ```console
//! $ cargo run -q -p socket-server -- talk
//! >>: hello
//! HELLO
//! ```
//! - `serve --threads 1` serves one client at a time (N1.7): a second `talk` connects,
//!   and gets its answer when the first leaves by `q`, or an error after 30 seconds.
//!   `--threads 16` is a pool; without the option each client has a thread of its own
//!   (N1.8, N4.1).
//! - A client that is idle for five minutes is disconnected, and one address may have
//!   half as many connections as there may be open files (`ulimit -n`). A server whose
//!   output is not read goes on serving, and discards lines instead.
//! - `-v` tells of each connection. `kill -USR1` makes it print its statistics; Ctrl-C
//!   stops it, within a second, and they are printed once more.
//! - `talk` sends a line and prints the answer. `q` or the end of input ends it; it can
//!   be fed from a pipe.
//! - `load --connections 500 --seconds 5` is a crowd of clients on one thread
//!   ([`Load`](kit::Load)), which checks every byte and tells the requests per second,
//!   how long answers took, and what went wrong. `--idle 1000` adds clients that say
//!   nothing, `--resets 5` lets 5 of 1,000 requests end in a reset.
//!
//! # What it costs
//! A thread for each connection costs its stack, and a switch for each request: with 50
//! clients of 64-byte messages the server took 10.6 µs of CPU time a request (`serve`,
//! then `load --connections 50`, built with `--release`; two cores), about twice that
//! of `selectors-server`, which has one thread for all. N4.1 says that ten thousand
//! clients would be too many for threads; a [`pool`] bounds their number, and lets
//! clients wait instead.

//!
//! # Modules
//! | module | role |
//! |---|---|
//! | `server` | [`Server`]: the listener, and how it is stopped and watched |
//! | `threads` | the three ways to run it |
//! | `connection` | the server's side of one connection |
//! | `listen`, `wait` | the system calls beneath |
//! | `protocol` | [`Protocol`]: what is answered |
//! | `event`, `error`, `stop_handle` | [`Event`], [`Error`], [`StopHandle`] |
//! | [`kit`] | clients, loads and tests, which drive and measure a server |

#![forbid(unsafe_code)]

mod connection;
mod error;
mod event;
pub mod kit;
mod listen;
mod protocol;
mod server;
mod stop_handle;
mod threads;
mod wait;

pub use error::Error;
pub use event::Event;
pub use listen::{Accepted, BACKLOG, allow_descriptors, listen};
pub use protocol::Protocol;
pub use server::{GRACE, RECEIVE, RETRY, Server};
pub use stop_handle::StopHandle;
pub use threads::{one_at_a_time, pool, thread_per_connection};
