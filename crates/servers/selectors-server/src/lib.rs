//! Many clients on one thread: a selector, and two servers over it (N3.10, N5.2).
//!
//! [`Selector`] is Python's `selectors`: [`register`](Selector::register), [`modify`](Selector::modify),
//! [`unregister`](Selector::unregister), [`select`](Selector::select), with data of one's own for each file, over
//! select(2), poll(2) or epoll(7). Two servers are built on it, as the notes have them: with a callback for each file
//! ([`callbacks`]), and with a queue of messages for each client ([`message_queues`]).
//!
//! ```
//! use selectors_server::{Epoll, callbacks};
//! use socket_server::{Client, Protocol, Service};
//!
//! Service::local(Protocol::HAHA)?.during(callbacks::<Epoll>, |address| {
//!     let mut client = Client::connect(address, Protocol::HAHA)?;
//!     assert_eq!(client.ask("hello")?, "haha+hello");
//!     Ok::<(), selectors_server::Error>(())
//! })?;
//! # Ok::<(), selectors_server::Error>(())
//! ```
//!
//! # What is promised
//! - All that a client sends comes back, in order, however it is cut into parts or run together. There are no frames:
//!   an answer belongs to what one `recv` of 1,024 bytes gave, see [`Protocol`](socket_server::Protocol).
//! - A client that resets, ends its sending side, says nothing or never reads harms nobody else. One that does not read is
//!   owed at most [`LIMIT`] bytes and one answer; then nothing more is read from it until it has taken half of that.
//! - When the process has no descriptors left, those connected are served on, and others are accepted again when
//!   there are some; meanwhile the server asks ten times a second, not in a circle.
//! - A descriptor that select(2) cannot watch is an [error](Error::BeyondSelect), which costs that client its connection
//!   and nobody else.
//! - Stopping closes the door, answers what has been received, and cuts off after
//!   [`GRACE`](socket_server::GRACE) whoever does not take it.
//!
//! # By hand
//! The server of N3.10 on its port 5000, or with `--form message-queues` that of N5.2, whose port is 8088. They speak the
//! notes' protocols, so the note's own client can talk to them.
//!
//! ```console
//! $ cargo run -q -p selectors-server -- serve -v --form message-queues --port 8088
//! serving on 127.0.0.1:8088
//! inputs 1, readable 1, writable 0, outputs 0
//! 127.0.0.1:43908 connected
//! ```
//! ```console
//! $ cargo run -q -p selectors-server -- talk --form message-queues --port 8088
//! Hello client-side
//! >>: hello
//! response: hello
//! ```
//! - `--backend select` waits by another system call. `-v` tells of each connection, and with message queues of each
//!   round, which are the four numbers that the note prints.
//! - `kill -USR1` makes it print its statistics; Ctrl-C stops it, within a second, and they are printed once more.
//! - `talk` and `load` are those of `socket-server`. Load it with `--connections 1 --idle 900`, first with
//!   `--backend poll`, then with epoll, and compare the requests per second.
//!
//! # What it costs
//! `cargo bench -p selectors-server --bench fairness`: echo servers on one thread, each in a process of its own, 64-byte
//! messages, one load generator for all; medians of five runs of 2 s in turn, on a quiet machine with two cores of an
//! AMD EPYC (Zen 5), 2026-11-21.
//!
//! | connections | server | CPU µs/request | requests/s | p50 µs | p99 µs | fairness |
//! |---|---|---:|---:|---:|---:|---:|
//! | 1 | selectors-server | 23.9 | 17,746 | 58 | 78 | 1.000 |
//! | 1 | tokio, current thread | 23.2 | 17,949 | 58 | 78 | 1.000 |
//! | 1 | mio | 22.2 | 18,284 | 58 | 78 | 1.000 |
//! | 1 | a bare epoll loop | 23.1 | 18,234 | 57 | 74 | 1.000 |
//! | 1 | Python's selectors | 24.2 | 17,860 | 58 | 78 | 1.000 |
//! | 50 | selectors-server | 6.09 | 162,032 | 287 | 590 | 0.840 |
//! | 50 | tokio, current thread | 6.21 | 159,538 | 295 | 606 | 0.856 |
//! | 50 | mio | 6.05 | 162,607 | 295 | 606 | 0.903 |
//! | 50 | a bare epoll loop | 4.85 | 200,833 | 238 | 483 | 0.911 |
//! | 50 | Python's selectors | 5.49 | 179,345 | 254 | 541 | 0.844 |
//! | 500 | selectors-server | 5.06 | 189,163 | 2,621 | 5,112 | 0.957 |
//! | 500 | tokio, current thread | 5.17 | 190,367 | 2,556 | 5,112 | 0.866 |
//! | 500 | mio | 5.12 | 186,500 | 2,621 | 4,981 | 0.983 |
//! | 500 | a bare epoll loop | 5.13 | 185,219 | 2,621 | 5,112 | 0.976 |
//! | 500 | Python's selectors | 5.71 | 173,961 | 2,884 | 4,850 | 0.971 |
//!
//! The load takes one core and the server the other, so requests/s are mostly the kernel's; what a server can do for is
//! its CPU time a request. From one run to another that moves by a fifth at 50 connections (in the same run this server
//! took 5.04 µs there, beside 4.85 of the bare loop), more than the servers differ. Fairness is the least served
//! connection over the mean. 50 busy clients cost 5.04 µs a request alone and 5.01 beside 9,000 silent ones, each of which
//! takes 112 bytes of the server's memory.

#![forbid(unsafe_code)]

pub mod backend;
mod callbacks;
mod error;
mod events;
mod message_queues;
mod owed;
mod selector;
mod server;

pub use backend::{Epoll, Poll, Select};
pub use callbacks::callbacks;
pub use error::Error;
pub use events::Events;
pub use message_queues::message_queues;
pub use selector::{DefaultSelector, EpollSelector, Id, Key, PollSelector, SelectSelector, Selector};
pub use server::LIMIT;
