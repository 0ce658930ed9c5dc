//! Servers over selectors that run out of descriptors; alone in its process, for the
//! limit is the process's.

use selectors_server::{Epoll, HAHA, Poll, Select, callbacks, message_queues};
use socket_server::kit::edge::exhausted;

#[test]
fn both_forms_serve_on_without_descriptors_and_accept_again() {
    exhausted::serves_on_and_accepts_again(
        |server| Ok(callbacks::<Select>(server, |_| ())?),
        HAHA,
    );
    exhausted::serves_on_and_accepts_again(
        |server| Ok(callbacks::<Poll>(server, |_| ())?),
        HAHA,
    );
    exhausted::serves_on_and_accepts_again(
        |server| Ok(callbacks::<Epoll>(server, |_| ())?),
        HAHA,
    );
    exhausted::serves_on_and_accepts_again(
        |server| Ok(message_queues::<Epoll>(server, |_| ())?),
        HAHA,
    );
}
