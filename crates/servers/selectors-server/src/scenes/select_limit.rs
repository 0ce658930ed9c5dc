//! N5.2: select refuses descriptors from 1,024 on: one client fails, not the server.

use std::net::SocketAddr;

use anyhow::bail;
use selectors_server::{HAHA, Select, callbacks};
use shared::{Result, claim, say};
use socket_server::kit::{Client, SOON, Visitor, reports};
use socket_server::{Event, Server, allow_descriptors};

pub fn play() -> Result {
    // Client and server are in this process: one connection takes two descriptors.
    allow_descriptors(2_048)?;
    let (report, reports) = reports();
    let server = Server::local(HAHA)?.reporting(report);

    server.during(
        |server| Ok(callbacks::<Select>(server, |_| ())?),
        |address| {
            let mut clients = fill(address)?;
            let before = clients.len();
            let is_refusal = |event: &Event| matches!(event, Event::Refused { .. });
            let refusal = reports.wait_for(SOON, is_refusal);
            if let Some(event) = &refusal {
                say!("{event}");
            }
            claim!(refusal.is_some(), "a client that select cannot watch is refused");

            // In C the bit of descriptor 1,024 is written beyond the set, over whatever
            // lies there. Python raises an error in `select`, which ends the note's
            // server and all of its connections.
            claim!(
                answered(&mut clients) == before,
                "all {before} clients that came before are still served"
            );
            drop(clients.pop());
            // The next one is given its descriptor, if the server has closed it by
            // then.
            reports.wait_for(SOON, |event| matches!(event, Event::Closed { .. }));
            claim!(
                Visitor::connect("next", address)?.ask("hello") == "haha+hello",
                "when a client has left, the next one is served"
            );
            Ok(())
        },
    )
}

/// Connects clients until the server turns one away.
fn fill(address: SocketAddr) -> Result<Vec<Client>> {
    let mut clients = Vec::new();
    while clients.len() < 1_024 {
        let mut client = Client::connect(address, HAHA)?;
        // That the server has closed the connection is seen only when it is used.
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
