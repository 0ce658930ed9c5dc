//! Servers over selectors that run out of descriptors; alone in its process, for the
//! limit is the process's.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../socket-server/tests/edge/exhausted.rs"]
mod edge;

use selectors_server::{Epoll, Poll, Select, callbacks, message_queues};
use socket_server::Protocol;

#[test]
fn both_forms_serve_on_without_descriptors_and_accept_again() {
    edge::serves_on_and_accepts_again(
        |service| Ok(callbacks::<Select>(service)?),
        Protocol::HAHA,
    );
    edge::serves_on_and_accepts_again(
        |service| Ok(callbacks::<Poll>(service)?),
        Protocol::HAHA,
    );
    edge::serves_on_and_accepts_again(
        |service| Ok(callbacks::<Epoll>(service)?),
        Protocol::HAHA,
    );
    edge::serves_on_and_accepts_again(
        |service| Ok(message_queues::<Epoll>(service)?),
        Protocol::HAHA,
    );
}
