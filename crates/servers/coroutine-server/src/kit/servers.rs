//! The servers of the course, by name.

use selectors_server::{Epoll, Select, callbacks};
use socket_server::{Server, thread_per_connection};

use crate::{serve_on_may, serve_on_ring, serve_on_tokio};

/// Serves until the server is stopped.
pub type Serve = fn(&Server) -> shared::Result;

/// All of them: a thread for each client, a selector, coroutines, the ring.
pub const SERVERS: [(&str, Serve); 6] = [
    ("thread", |server| Ok(thread_per_connection(server)?)),
    ("select", |server| Ok(callbacks::<Select>(server, |_| ())?)),
    ("epoll", |server| Ok(callbacks::<Epoll>(server, |_| ())?)),
    ("may", |server| Ok(serve_on_may(server)?)),
    ("tokio", |server| Ok(serve_on_tokio(server)?)),
    ("ring", |server| Ok(serve_on_ring(server)?)),
];
