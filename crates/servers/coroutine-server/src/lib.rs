//! Servers of coroutines, by may and by tokio, and one by the kernel's ring (N1.21,
//! N2.28).
//!
//! | server | Python | here | a client has |
//! |---|---|---|---|
//! | with stacks | gevent | [`serve_on_may`] | a coroutine that reads and writes |
//! | without stacks | asyncio | [`serve_on_tokio`] | a task that awaits |
//! | by completion | none | [`serve_on_ring`] | requests, which the kernel completes |
//!
//! Each runs a [`Server`](socket_server::Server), as the servers of the other topics
//! do:
//!
//! ```
//! use coroutine_server::serve_on_may;
//! use socket_server::kit::Client;
//! use socket_server::{Protocol, Server};
//!
//! Server::local(Protocol::UPPER)?.during(serve_on_may, |address| {
//!     let mut client = Client::connect(address, Protocol::UPPER)?;
//!     assert_eq!(client.ask("hello")?, "HELLO");
//!     Ok::<(), coroutine_server::Error>(())
//! })?;
//! # Ok::<(), coroutine_server::Error>(())
//! ```
//!
//! # What is promised
//! - All that a client sends comes back, in order, however it is cut into parts or run
//!   together. An answer belongs to what one receive gave, see
//!   [`Protocol`](socket_server::Protocol).
//! - A client that resets, ends its sending side, says nothing or never reads harms no
//!   other. By may and tokio, one answer of a client is in memory at most. By the ring,
//!   nothing more is received from a client that is owed [`LIMIT`] bytes until it has
//!   taken half of them; what had been received before is answered as well, at most
//!   [`BUFFERS`] times [`RECEIVE`](socket_server::RECEIVE) bytes.
//! - When the process has no descriptors left, those connected are served on, and
//!   others are accepted again when there are some.
//! - An idle timeout, and a bound on the connections of one address, are those of the
//!   [`Server`](socket_server::Server).
//! - A server that stops accepts no more clients, answers what has been received, and
//!   after [`GRACE`](socket_server::GRACE) cuts off each client that does not take its
//!   answer.
//! - A [`Ring`] that is dropped cancels what is under way, and the kernel is done with
//!   its memory before that is freed; were it not, the memory is leaked.
//! - Where the kernel refuses `io_uring`, the error is [`Error::Refused`] and says why.
//!
//! All servers pass the tests of `socket_server::kit::edge`: `tests/servers.rs`,
//! `tests/on_may.rs`, `tests/exhausted.rs`. With may, the client that never reads when
//! the server stops has a smaller buffer, as its test says. `tests/refused.rs` plays
//! the scenes under a seccomp filter that refuses `io_uring_setup`.
//!
//! # Limits
//! The ring needs Linux 6.1. It accepts each client by a request of its own, because
//! only then the kernel tells its address. may has no way to end its threads, so they
//! outlive the server; beside them one thread waits for the stop. A coroutine of may
//! goes on for as long as its socket is ready, and its worker looks for other sockets
//! only after that: clients that send without a pause, one for each worker, delay the
//! others.
//!
//! # By hand
//! The server of N2.28 on its port 8080. The note's clients ask port 9001, so they need
//! `--port 9001`.
//!
//! ```console
//! $ cargo run -q -p coroutine-server -- serve --by ring --port 9001
//! serving on 127.0.0.1:9001
//! talk: cargo run -p coroutine-server -- talk --port 9001
//! stop: Ctrl-C
//! ```
//! `talk` and `load` are those of `socket-server`. `--by` also takes `thread`, `select`
//! and `epoll`, which are the servers of the other chapters with this protocol.
//!
//! # What it costs
//! The scene `cost` measures all six with 50 clients on one core, and
//! `cargo bench -p coroutine-server` with 50 and 500. One run of the scene, built with
//! the dev profile (2026-11-28); rough figures. The switches are those by which a
//! thread of the server began to wait, not those that other programs forced on it:
//!
//! | server | system calls | switches | CPU µs a request |
//! |---|---:|---:|---:|
//! | a thread for each client | 3.03 | 1.00 | 5.2 |
//! | select | 2.02 | 0.02 | 3.0 |
//! | epoll | 2.02 | 0.04 | 2.8 |
//! | may | 2.03 | 0.02 | 3.4 |
//! | tokio | 2.03 | 0.04 | 4.5 |
//! | ring | 0.04 | 0.02 | 3.0 |
//!
//! The ring makes fifty times fewer system calls than epoll, and needs no less CPU time
//! here: most of a request's time is the socket's own, which a ring does not save. The
//! servers are those of `serve`, with its idle timeout, for which tokio sets a timer at
//! each wait. The system calls were counted in a second run, by ptrace, which slows a
//! server down and so lets more requests gather.
//!
//! # Modules
//! | module | role |
//! |---|---|
//! | `on_may`, `on_tokio`, `on_ring` | the three servers |
//! | `ring` | [`Ring`]: accept, receive and send by completion |
//! | `next`, `share` | the next client of a listener, a share in a connection |
//! | `error` | [`Error`] |
//! | [`kit`] | the servers by name, and what a request costs each |

#![deny(unsafe_code)]

mod error;
pub mod kit;
mod next;
mod on_may;
mod on_ring;
mod on_tokio;
mod ring;
mod share;

pub use error::Error;
pub use on_may::serve_on_may;
pub use on_ring::serve_on_ring;
pub use on_tokio::serve_on_tokio;
pub use ring::{BUFFERS, Done, Id, LIMIT, Ring};
