//! Servers on threads that run out of descriptors; alone in its process, for the limit
//! is the process's.

use socket_server::kit::edge::exhausted;
use socket_server::{Protocol, pool, thread_per_connection};

#[test]
fn servers_on_threads_serve_on_without_descriptors_and_accept_again() {
    exhausted::serves_on_and_accepts_again(
        |server| Ok(thread_per_connection(server)?),
        Protocol::UPPER,
    );
    exhausted::serves_on_and_accepts_again(
        |server| Ok(pool(server, 8)?),
        Protocol::UPPER,
    );
}
