//! N3.10: a client that never reads costs the server a fixed amount of memory.

use std::io::Write as _;

use selectors_server::{Epoll, HAHA, LIMIT, LoopEvent, callbacks};
use shared::{Result, claim, say};
use socket_server::kit::{Client, SOON, Visitor, reports};
use socket_server::{RECEIVE, Server};

/// More than the kernel keeps for a connection on both sides, so that the server is
/// left with the rest.
const BYTES: usize = 16 << 20;

pub fn play() -> Result {
    let (report, reports) = reports();
    let server = Server::local(HAHA)?;
    let statistics = server.statistics().clone();

    server.during(
        |server| Ok(callbacks::<Epoll>(server, report)?),
        |address| {
            let mut slow = Client::connect(address, HAHA)?.with_patience(SOON)?;
            let paused = LoopEvent::Paused { peer: slow.address()? };
            let message = vec![b'.'; BYTES];
            let mut sending = slow.stream().try_clone()?;
            std::thread::scope(|scope| {
                scope.spawn(|| sending.write_all(&message));
                let told = reports.wait_for(SOON, |event| *event == paused);
                let before = statistics.received();

                // The note's `send` would drop what the client does not take, or, if it
                // blocked, wait for it, and all other clients with it.
                claim!(
                    Visitor::connect("another", address)?.ask("hello") == "haha+hello",
                    "another client is answered while the slow one reads nothing"
                );
                let since = statistics.received() - before;
                claim!(
                    told.is_some() && since == "hello".len() as u64,
                    "the server reads nothing more from a client that does not read"
                );
                let is_whole = slow.check(&message).is_ok();
                say!("slow: has taken {} MiB after all", BYTES >> 20);
                claim!(
                    is_whole,
                    "a slow client that reads again gets its whole answer"
                );
                let most = LIMIT + RECEIVE + HAHA.prefix.len();
                claim!(
                    statistics.peak_buffer() <= most as u64,
                    "the server owed a client at most {} KiB and an answer",
                    LIMIT >> 10
                );
                Ok(())
            })
        },
    )
}
