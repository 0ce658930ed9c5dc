//! Both forms of the server over each backend, and what its clients may do to it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../socket-server/tests/edge/mod.rs"]
mod edge;

use edge::{Case, edge_cases};
use selectors_server::backend::Backend;
use selectors_server::{Epoll, LIMIT, Poll, Select, callbacks, message_queues};
use socket_server::Protocol;

fn with_callbacks<B: Backend>() -> Case {
    let most_kept = (LIMIT + 1024 + Protocol::HAHA.prefix.len()) as u64;
    Case {
        serve: |service| Ok(callbacks::<B>(service)?),
        protocol: Protocol::HAHA,
        most_kept,
    }
}

fn with_queues<B: Backend>() -> Case {
    // A message more, in a vector of its own, and the answer that is being sent.
    let most_kept = (LIMIT
        + 2 * (1024 + size_of::<Vec<u8>>())
        + Protocol::RESPONSE.prefix.len()) as u64;
    Case {
        serve: |service| Ok(message_queues::<B>(service)?),
        protocol: Protocol::RESPONSE,
        most_kept,
    }
}

edge_cases! {
    callbacks_over_select: with_callbacks::<Select>();
    callbacks_over_poll: with_callbacks::<Poll>();
    callbacks_over_epoll: with_callbacks::<Epoll>();
    queues_over_select: with_queues::<Select>();
    queues_over_poll: with_queues::<Poll>();
    queues_over_epoll: with_queues::<Epoll>();
}
