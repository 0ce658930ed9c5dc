//! N3.10: a thousand clients, all at once, on one thread.

use selectors_server::{Epoll, HAHA, callbacks};
use shared::{Result, claim, say};
use socket_server::kit::{Load, Until};
use socket_server::{Server, allow_descriptors};

const CLIENTS: usize = 1_000;
const REQUESTS: u64 = 10_000;

pub fn play() -> Result {
    // Both sides of a connection are in this process.
    allow_descriptors(2 * CLIENTS as u64 + 64)?;
    let server = Server::local(HAHA)?;
    let statistics = server.statistics().clone();

    server.during(
        |server| Ok(callbacks::<Epoll>(server, |_| ())?),
        |address| {
            let mut load = Load::connect(address, HAHA, CLIENTS, 64)?;
            let outcome = load.run(Until::Requests(REQUESTS))?;
            let threads = std::fs::read_dir("/proc/self/task")?.count();
            say!("{CLIENTS} clients, {} requests, {threads} threads", outcome.requests);

            let all = (outcome.requests, outcome.errors) == (REQUESTS, 0);
            claim!(all, "every request was answered, and every byte is right");
            claim!(
                statistics.open() == CLIENTS as u64,
                "all {CLIENTS} are connected at the same time"
            );
            // One is the server, the other is this scene with all of its clients.
            claim!(threads == 2, "one thread serves them all");
            Ok(())
        },
    )
}
