//! Both forms of the server over each backend, and what its clients may do to it.

use selectors_server::backend::Backend;
use selectors_server::{
    Epoll, HAHA, LIMIT, Poll, RESPONSE, Select, callbacks, message_queues,
};
use socket_server::kit::edge::{self, Case};

fn with_callbacks<B: Backend>() -> Case {
    let most_kept = (LIMIT + 1024 + HAHA.prefix.len()) as u64;
    Case {
        serve: |server| Ok(callbacks::<B>(server, |_| ())?),
        protocol: HAHA,
        most_kept,
    }
}

fn with_queues<B: Backend>() -> Case {
    // A message more, in a vector of its own, and the answer that is being sent.
    let most_kept =
        (LIMIT + 2 * (1024 + size_of::<Vec<u8>>()) + RESPONSE.prefix.len()) as u64;
    Case {
        serve: |server| Ok(message_queues::<B>(server, |_| ())?),
        protocol: RESPONSE,
        most_kept,
    }
}

socket_server::edge_cases! {
    callbacks_over_select: with_callbacks::<Select>();
    callbacks_over_poll: with_callbacks::<Poll>();
    callbacks_over_epoll: with_callbacks::<Epoll>();
    queues_over_select: with_queues::<Select>();
    queues_over_poll: with_queues::<Poll>();
    queues_over_epoll: with_queues::<Epoll>();
}

#[test]
fn an_address_has_a_bounded_number_of_connections() {
    for case in [with_callbacks::<Epoll>(), with_queues::<Epoll>()] {
        edge::an_address_has_a_bounded_number_of_connections(case);
    }
}
