//! N1.7: the basic server serves one client at a time; the next one waits connected.

use std::sync::mpsc;

use shared::{Result, claim, say, trace};
use socket_server::kit::Client;
use socket_server::{Event, Protocol, Server, one_at_a_time};

pub fn play() -> Result {
    let (tell, events) = mpsc::channel();
    let server = Server::local(Protocol::UPPER)?.reporting(move |event| {
        // The scene has ended once nobody listens any more.
        let _heard = tell.send(event.clone());
    });
    let statistics = server.statistics().clone();

    server.during(
        |server| Ok(one_at_a_time(server)?),
        |address| {
            let mut first = Client::connect(address, Protocol::UPPER)?;
            // The kernel has completed this connection, and takes the message, before
            // the server knows of either.
            let mut second = Client::connect(address, Protocol::UPPER)?;
            second.send(b"second here")?;
            let waiting = trace::waiting("the second, for its answer");

            for message in ["hello", "are you there", "bye"] {
                say!("first: {message} -> {}", first.ask(message)?);
            }
            claim!(
                statistics.connections() == 1,
                "after three answers to the first, the second is not yet accepted"
            );

            let (peer, first_peer) = (second.address()?, first.address()?);
            drop(first);
            let answer = second.receive(b"second here")?;
            drop(waiting);
            say!("second: second here -> {}", String::from_utf8_lossy(&answer));
            let order: Vec<Event> = events.iter().take(3).collect();
            let expected = [
                Event::Connected { peer: first_peer },
                Event::Closed { peer: first_peer },
                Event::Connected { peer },
            ];
            claim!(
                order == expected,
                "the second was accepted when the first had gone, and not before"
            );
            Ok(())
        },
    )
}
