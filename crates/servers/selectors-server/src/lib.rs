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
