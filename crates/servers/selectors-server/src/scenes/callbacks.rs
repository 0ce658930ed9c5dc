//! N3.10: one thread serves many clients, with a callback for each of them.

use std::sync::mpsc;

use anyhow::Context as _;
use selectors_server::{Epoll, HAHA, callbacks};
use shared::{Result, claim, say};
use socket_server::kit::{Client, PATIENCE};
use socket_server::{Event, Server};

pub fn play() -> Result {
    let (tell, gone) = mpsc::channel();
    let server = Server::local(HAHA)?.reporting(move |event| {
        if let Event::Closed { peer } = event {
            // The scene has ended once nobody listens any more.
            let _heard = tell.send(*peer);
        }
    });
    let statistics = server.statistics().clone();

    server.during(
        |server| Ok(callbacks::<Epoll>(server, |_| ())?),
        |address| {
            let connect = |name| anyhow::Ok((name, Client::connect(address, HAHA)?));
            let mut clients: Vec<_> = ["anna", "ben", "cleo"]
                .into_iter()
                .map(connect)
                .collect::<Result<_>>()?;
            // Each waits for its answer while the others' connections stand open. A
            // server that waits in `recv` for anna would not hear ben.
            for text in ["hello", "still here"] {
                for (name, client) in &mut clients {
                    say!("{name}: {text} -> {}", client.ask(text)?);
                }
            }
            claim!(
                statistics.open() == 3,
                "three clients were served in turn, and none had to leave for the next"
            );

            let (_, ben) = clients.remove(1);
            let peer = ben.address()?;
            drop(ben);
            let told =
                gone.recv_timeout(PATIENCE).context("ben's end was not noticed")?;
            claim!(told == peer, "an empty read is the end of that client");

            for (name, client) in &mut clients {
                say!("{name}: without ben -> {}", client.ask("without ben")?);
            }
            claim!(statistics.open() == 2, "the others are served on");
            Ok(())
        },
    )
}
