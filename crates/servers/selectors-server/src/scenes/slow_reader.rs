//! N3.10: a client that never reads costs the server a fixed amount of memory.

use std::io::Write as _;
use std::sync::mpsc;

use anyhow::Context as _;
use selectors_server::{Epoll, HAHA, LIMIT, LoopEvent, callbacks};
use shared::{Result, claim, say};
use socket_server::kit::{Client, PATIENCE};
use socket_server::{RECEIVE, Server};

/// More than the kernel keeps for a connection on both sides, so that the server is
/// left with the rest.
const BYTES: usize = 16 << 20;

pub fn play() -> Result {
    let (tell, events) = mpsc::channel();
    let server = Server::local(HAHA)?;
    let statistics = server.statistics().clone();

    server.during(
        |server| {
            let report = |event: &LoopEvent| {
                // The scene has ended once the receiver is gone.
                let _heard = tell.send(event.clone());
            };
            Ok(callbacks::<Epoll>(server, report)?)
        },
        |address| {
            let mut slow = Client::connect(address, HAHA)?;
            let peer = slow.address()?;
            let message = vec![b'.'; BYTES];
            let mut sending = slow.stream().try_clone()?;
            std::thread::scope(|scope| {
                scope.spawn(|| sending.write_all(&message));
                let told = events
                    .recv_timeout(PATIENCE)
                    .context("the slow reader is not paused")?;
                claim!(
                    told == LoopEvent::Paused { peer },
                    "nothing more is read from a client that does not read"
                );

                // The note's `send` would drop what the client does not take, or, were
                // it blocking, wait for it, and everybody else with it.
                let answer = Client::connect(address, HAHA)?.ask("hello")?;
                say!("another: {answer}");
                claim!(answer == "haha+hello", "the others are served meanwhile");

                slow.check(&message)?;
                say!("slow: has taken {} MiB after all", BYTES >> 20);
                let told = events
                    .recv_timeout(PATIENCE)
                    .context("the slow reader is not resumed")?;
                claim!(
                    told == LoopEvent::Resumed { peer },
                    "when it has caught up, it is read from again, and no byte is lost"
                );
                let (most, answer) =
                    (statistics.peak_buffer(), RECEIVE + HAHA.prefix.len());
                claim!(
                    most <= (LIMIT + answer) as u64,
                    "at no time was it owed more than {} KiB and an answer",
                    LIMIT >> 10
                );
                Ok(())
            })
        },
    )
}
