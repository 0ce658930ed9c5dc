//! Servers that run out of descriptors; alone in its process, for the limit is the
//! process's.

use coroutine_server::{serve_on_may, serve_on_ring, serve_on_tokio};
use socket_server::Protocol;
use socket_server::kit::edge::exhausted;

#[test]
fn each_serves_on_without_descriptors_and_accepts_again() {
    // may's own descriptors are there before the others run out.
    may::go!(|| ()).wait();
    exhausted::serves_on_and_accepts_again(
        |server| Ok(serve_on_may(server)?),
        Protocol::UPPER,
    );
    exhausted::serves_on_and_accepts_again(
        |server| Ok(serve_on_tokio(server)?),
        Protocol::UPPER,
    );
    exhausted::serves_on_and_accepts_again(
        |server| Ok(serve_on_ring(server)?),
        Protocol::UPPER,
    );
}
