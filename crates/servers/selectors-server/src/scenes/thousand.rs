//! N3.10: a thousand clients, all at once, on one thread.

use selectors_server::{Epoll, HAHA, callbacks};
use shared::{Result, claim, say};
use socket_server::kit::{Load, Until, threads};
use socket_server::{Server, allow_descriptors};

const CLIENTS: usize = 1_000;
const REQUESTS: u64 = 10_000;

pub fn play() -> Result {
    // Both sides of a connection are in this process.
    allow_descriptors(2 * CLIENTS as u64 + 64)?;

    Server::local(HAHA)?.during(
        |server| Ok(callbacks::<Epoll>(server, |_| ())?),
        |address| {
            // Each of them stays connected until the end.
            let mut load = Load::connect(address, HAHA, CLIENTS, 64)?;
            let outcome = load.run(Until::Requests(REQUESTS))?;
            let threads = threads("")?;
            say!("{CLIENTS} clients, {} requests, {threads} threads", outcome.requests);

            claim!(
                (outcome.requests, outcome.errors) == (REQUESTS, 0),
                "each of {REQUESTS} requests is answered with the right bytes"
            );
            // The other thread is this scene, with all of its clients.
            claim!(threads == 2, "one thread serves {CLIENTS} connected clients");
            Ok(())
        },
    )
}
