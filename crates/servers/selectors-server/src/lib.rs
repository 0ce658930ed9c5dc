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
//! `cargo run -p selectors-server -- serve --port 5000` serves; `--backend select` over another system call, `--form
//! message-queues` in the other form. `talk` and `load` are the clients, as in `socket-server`.
//!
//! # What it costs
//! `cargo bench -p selectors-server --bench fairness`: echo servers on one thread, each in a process of its own, 64-byte
//! messages, one load generator for all; medians of five runs of 2 s in turn. Two cores of a Xeon at 2.8 GHz, which
//! other programs kept busy at the time (load average 12). So requests/s and p99 are the machine's; what a server
//! can do for is its CPU time a request, most of which is the kernel's; its ratio between two servers was the same within
//! 4% in three such runs.
//!
//! | connections | server | CPU µs/request | requests/s | p50 µs | p99 µs | fairness |
//! |---|---|---:|---:|---:|---:|---:|
//! | 1 | selectors-server | 6.82 | 31,824 | 14 | 35 | 1.000 |
//! | 1 | tokio, current thread | 6.98 | 25,963 | 14 | 238 | 1.000 |
//! | 1 | mio | 6.52 | 28,253 | 13 | 52 | 1.000 |
//! | 1 | a bare epoll loop | 6.57 | 27,848 | 14 | 328 | 1.000 |
//! | 1 | Python's selectors | 7.74 | 24,650 | 14 | 143 | 1.000 |
//! | 50 | selectors-server | 5.01 | 37,774 | 500 | 7,078 | 0.999 |
//! | 50 | tokio, current thread | 5.14 | 32,682 | 508 | 7,602 | 0.999 |
//! | 50 | mio | 4.85 | 30,433 | 500 | 10,748 | 0.999 |
//! | 50 | a bare epoll loop | 4.91 | 39,643 | 508 | 7,340 | 0.995 |
//! | 50 | Python's selectors | 5.70 | 33,171 | 606 | 7,209 | 0.999 |
//! | 500 | selectors-server | 5.96 | 24,913 | 19,923 | 42,992 | 0.961 |
//! | 500 | tokio, current thread | 6.43 | 27,416 | 19,399 | 32,506 | 0.975 |
//! | 500 | mio | 5.99 | 26,057 | 19,923 | 34,603 | 0.970 |
//! | 500 | a bare epoll loop | 6.17 | 25,968 | 19,923 | 36,700 | 0.971 |
//! | 500 | Python's selectors | 7.23 | 22,985 | 20,447 | 45,089 | 0.955 |
//!
//! A selector that keeps data for each file, answers slow readers and counts what it does costs at most 5% more than
//! a loop that does none of this. 50 busy clients cost 5.00 µs a request alone and 5.05 beside 9,000 silent ones, each of
//! which takes 121 bytes of the server's memory.

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
