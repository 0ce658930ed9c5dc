//! The servers by tokio and by the ring, and what its clients may do to it.

#![forbid(unsafe_code)]

use coroutine_server::{BUFFERS, LIMIT, serve_on_ring, serve_on_tokio};
use socket_server::kit::edge::{self, Case};
use socket_server::{Protocol, RECEIVE};

const TOKIO: Case = Case {
    serve: |server| Ok(serve_on_tokio(server)?),
    protocol: Protocol::UPPER,
    most_kept: RECEIVE as u64,
};
/// What had been received already when the client was paused is answered as well.
const RING: Case = Case {
    serve: |server| Ok(serve_on_ring(server)?),
    protocol: Protocol::UPPER,
    most_kept: (LIMIT + RECEIVE * BUFFERS as usize) as u64,
};
const GREETING: Protocol =
    Protocol { greeting: "Hello client", prefix: "response: ", upper: false };
const GREETING_TOKIO: Case = greeting(TOKIO);
const GREETING_RING: Case = greeting(RING);

const fn greeting(case: Case) -> Case {
    // Each of the answers has its prefix.
    let prefixes = (1 + BUFFERS as u64) * GREETING.prefix.len() as u64;
    Case { protocol: GREETING, most_kept: case.most_kept + prefixes, ..case }
}

socket_server::edge_cases! {
    by_tokio: TOKIO;
    by_ring: RING;
    by_tokio_with_a_greeting: GREETING_TOKIO;
    by_ring_with_a_greeting: GREETING_RING;
}

#[test]
fn an_address_has_a_bounded_number_of_connections() {
    for case in [TOKIO, RING] {
        edge::an_address_has_a_bounded_number_of_connections(case);
    }
}
