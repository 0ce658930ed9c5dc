//! Many clients on one thread: a selector, and two servers over it (N3.10, N5.2).
//!
//! [`Selector`] is Python's `selectors`: [`register`](Selector::register),
//! [`modify`](Selector::modify), [`unregister`](Selector::unregister),
//! [`select`](Selector::select), with data of one's own for each file, over select(2),
//! poll(2) or epoll(7). Two servers are built on it, as the notes have them: with a
//! callback for each file ([`callbacks`]), and with a queue of messages for each client
//! ([`message_queues`]).
//!
//! ```
//! use selectors_server::{Epoll, HAHA, callbacks};
//! use socket_server::Server;
//! use socket_server::kit::Client;
//!
//! let serve = |server: &Server| callbacks::<Epoll>(server, |_| ());
//! Server::local(HAHA)?.during(serve, |address| {
//!     let mut client = Client::connect(address, HAHA)?;
//!     assert_eq!(client.ask("hello")?, "haha+hello");
//!     Ok::<(), selectors_server::Error>(())
//! })?;
//! # Ok::<(), selectors_server::Error>(())
//! ```
//!
//! # What is promised
//! - All that a client sends comes back, in order, however it is cut into parts or run
//!   together. There are no frames: an answer belongs to what one `recv` of 1,024 bytes
//!   gave, see [`Protocol`](socket_server::Protocol).
//! - A client that resets, ends its sending side, says nothing or never reads harms
//!   no other. One that does not read is owed at most [`LIMIT`] bytes and one
//!   answer; then nothing more is read from it until it has taken half of that.
//! - When the process has no descriptors left, those connected are served on, and
//!   others are accepted again when there are some; meanwhile the server tries ten
//!   times a second instead of busy-looping.
//! - A descriptor that select(2) cannot watch is an [error](Error::BeyondSelect), which
//!   costs that client its connection, and no other.
//! - An idle timeout, and a bound on the connections of one address, are those of the
//!   [`Server`](socket_server::Server).
//! - A server that stops accepts no more clients, answers what has been received, and
//!   after [`GRACE`](socket_server::GRACE) cuts off each client that does not take its
//!   answer.
//!
//! # By hand
//! The server of N3.10 on its port 5000, or with `--form message-queues` that of N5.2,
//! whose port is 8088. They speak the notes' protocols, so the note's own client can
//! talk to them.
//!
//! ```console
//! $ cargo run -q -p selectors-server -- serve -v --form message-queues --port 8088
//! serving on 127.0.0.1:8088
//! talk: cargo run -p selectors-server -- talk --port 8088
//! stop: Ctrl-C
//! inputs 1, readable 1, writable 0, outputs 0
//! 127.0.0.1:43908 connected
//! ```
//! ```console
//! $ cargo run -q -p selectors-server -- talk --form message-queues --port 8088
//! Hello client-side
//! >>: hello
//! response: hello
//! ```
//! - `--backend select` waits by another system call. `-v` tells of each connection,
//!   and with message queues of each round, which are the four numbers that the note
//!   prints.
//! - `kill -USR1` makes it print its statistics; Ctrl-C stops it, within a second, and
//!   they are printed once more.
//! - `talk` and `load` are those of `socket-server`. Load it with
//!   `--connections 1 --idle 900`, first with `--backend poll`, then with epoll, and
//!   compare the requests per second.
//!
//! # What it costs
//! `cargo bench -p selectors-server --bench fairness`: echo servers on one thread, each
//! in a process of its own, 64-byte messages, one load generator for all; medians of
//! nine runs of 1 s in turn, on a quiet machine with two cores of an AMD EPYC (Zen 5),
//! 2026-11-21. The load has one core, the servers the other.
//!
//! | connections | server | CPU µs/request | requests/s | p50 µs | p99 µs | fairness |
//! |---|---|---:|---:|---:|---:|---:|
//! | 1 | selectors-server | 25.92 | 16,153 | 61 | 82 | 1.000 |
//! | 1 | tokio, current thread | 25.80 | 16,175 | 62 | 82 | 1.000 |
//! | 1 | mio | 25.02 | 16,268 | 61 | 82 | 1.000 |
//! | 1 | a bare epoll loop | 25.52 | 16,267 | 61 | 80 | 1.000 |
//! | 1 | Python's selectors | 27.13 | 16,163 | 62 | 82 | 1.000 |
//! | 1 | gevent | 30.20 | 15,961 | 62 | 84 | 1.000 |
//! | 50 | selectors-server | 4.92 | 199,429 | 238 | 483 | 0.791 |
//! | 50 | tokio, current thread | 4.89 | 201,504 | 233 | 475 | 0.751 |
//! | 50 | mio | 4.77 | 201,005 | 238 | 483 | 0.849 |
//! | 50 | a bare epoll loop | 4.85 | 197,915 | 242 | 483 | 0.896 |
//! | 50 | Python's selectors | 5.36 | 183,802 | 254 | 524 | 0.790 |
//! | 50 | gevent | 10.30 | 95,881 | 500 | 999 | 0.992 |
//! | 500 | selectors-server | 5.12 | 187,900 | 2,621 | 4,850 | 0.941 |
//! | 500 | tokio, current thread | 5.13 | 187,394 | 2,621 | 4,981 | 0.916 |
//! | 500 | mio | 5.02 | 189,864 | 2,621 | 4,588 | 0.981 |
//! | 500 | a bare epoll loop | 5.01 | 188,842 | 2,621 | 4,325 | 0.969 |
//! | 500 | Python's selectors | 5.67 | 173,180 | 2,818 | 4,719 | 0.972 |
//! | 500 | gevent | 12.23 | 81,095 | 6,029 | 9,175 | 0.791 |
//!
//! With one client a request is mostly two processes that wake each other. With many
//! the server's core is always busy, and what counts is its CPU time a request. Most of
//! that is the kernel's, so the loops in Rust hardly differ; Python's adds half a
//! microsecond, and gevent doubles it. Fairness is the least served connection over the
//! mean of one second. 50 busy clients had 152,960 requests/s alone and 152,175 beside
//! 10,000 silent ones (6.33 and 6.35 µs, as the machine had slowed down by then), each
//! of which takes 120 bytes of the server's memory.
//!
//! # Modules
//! | module | role |
//! |---|---|
//! | `selector` | [`Selector`]: the files that are watched, each with data |
//! | [`backend`] | [`Select`], [`Poll`] and [`Epoll`]: the system calls below |
//! | `events`, `id` | [`Events`], [`Id`]: what a selector takes and gives |
//! | `callbacks`, `message_queues` | the servers of the two notes, hardened |
//! | `event_loop`, `outbox` | what both are built on |
//! | `loop_event`, `protocols`, `error` | [`LoopEvent`], [`HAHA`], [`RESPONSE`], [`Error`] |
//! | `activity` | the turns of a selector's thread, in the trace |

#![forbid(unsafe_code)]

mod activity;
pub mod backend;
mod callbacks;
mod error;
mod event_loop;
mod events;
mod id;
mod loop_event;
mod message_queues;
mod outbox;
mod protocols;
mod selector;

pub use backend::{Epoll, Poll, Select};
pub use callbacks::callbacks;
pub use error::Error;
pub use event_loop::LIMIT;
pub use events::Events;
pub use id::Id;
pub use loop_event::{LoopEvent, Round};
pub use message_queues::message_queues;
pub use protocols::{HAHA, RESPONSE};
pub use selector::{
    DefaultSelector, EpollSelector, Key, PollSelector, SelectSelector, Selector,
    ready_for,
};
