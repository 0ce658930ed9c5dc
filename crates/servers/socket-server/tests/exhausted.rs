//! Servers on threads that run out of descriptors; alone in its process, for the limit
//! is the process's.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "edge/exhausted.rs"]
mod edge;

use socket_server::{Protocol, pool, thread_per_connection};

#[test]
fn servers_on_threads_serve_on_without_descriptors_and_accept_again() {
    edge::serves_on_and_accepts_again(
        |service| Ok(thread_per_connection(service)?),
        Protocol::UPPER,
    );
    edge::serves_on_and_accepts_again(|service| Ok(pool(service, 8)?), Protocol::UPPER);
}
