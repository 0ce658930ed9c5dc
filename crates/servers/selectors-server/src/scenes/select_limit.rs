//! N5.2: select refuses descriptors from 1,024 on: one client fails, not the server.

use std::sync::mpsc;

use anyhow::{Context as _, bail};
use selectors_server::{HAHA, Select, callbacks};
use shared::{Result, claim, say};
use socket_server::kit::{Client, PATIENCE};
use socket_server::{Event, Server, allow_descriptors};

pub fn play() -> Result {
    // Client and server are in this process: one connection takes two descriptors.
    allow_descriptors(2_048)?;
    let (tell, events) = mpsc::channel();
    let server = Server::local(HAHA)?.reporting(move |event| {
        if matches!(event, Event::Refused { .. } | Event::Closed { .. }) {
            // The scene has ended once nobody listens any more.
            let _heard = tell.send(event.clone());
        }
    });

    server.during(
        |server| Ok(callbacks::<Select>(server, |_| ())?),
        |address| {
            let mut clients = fill(address)?;
            let before = clients.len();
            let told =
                events.recv_timeout(PATIENCE).context("no refusal was reported")?;
            let Event::Refused { error, .. } = told else {
                bail!("not refused: {told}")
            };
            say!("select: the next one is refused, for {error}");
            claim!(
                error.contains("FD_SETSIZE"),
                "the server says why it cannot serve another"
            );

            // In C the bit of descriptor 1,024 is written beyond the set, over whatever
            // lies there. Python raises an error in `select`, which ends the note's
            // server and all of its connections.
            claim!(
                answered(&mut clients) == before,
                "all {before} that were connected are served on"
            );
            drop(clients.pop());
            // The next one is given its descriptor, if the server has closed it by
            // then.
            events.recv_timeout(PATIENCE).context("no end was reported")?;
            let answer = Client::connect(address, HAHA)?.ask("is there room now")?;
            claim!(
                answer == "haha+is there room now",
                "when one has left, the next is served"
            );
            Ok(())
        },
    )
}

/// Connects clients until the server turns one away.
fn fill(address: std::net::SocketAddr) -> Result<Vec<Client>> {
    let mut clients = Vec::new();
    while clients.len() < 1_024 {
        let mut client = Client::connect(address, HAHA)?;
        // A connection that the server closes at once is an error only to whoever uses
        // it.
        if client.ask("is there room").is_err() {
            return Ok(clients);
        }
        clients.push(client);
    }
    bail!("select has served descriptors that it cannot watch")
}

/// How many of them get an answer.
fn answered(clients: &mut [Client]) -> usize {
    clients.iter_mut().filter_map(|client| client.ask("are you there").ok()).count()
}
