//! N1.21: by `io_uring`, the kernel requests and sends, and one thread says what.

use std::net::TcpListener;

use coroutine_server::kit::or_skip;
use coroutine_server::{Done, Ring};
use shared::{Result, claim, say};
use socket_server::kit::Clients;

use crate::clients;

pub fn play() -> Result {
    let server = TcpListener::bind("127.0.0.1:0")?;
    let mut ring = or_skip(Ring::new())?;
    let clients = Clients::start(&server, clients::three)?;
    ring.accept(&server)?;
    // Nothing is read here: what the kernel tells has been done already.
    while let Some(done) = ring.wait(None)? {
        match done {
            Done::Accepted(Ok((connection, _peer))) => {
                // One request for all that this client will ever send.
                ring.receive(connection)?;
            }
            Done::Accepted(Err(_shut_down)) => break,
            Done::Received(client, []) => ring.close(client)?,
            Done::Received(client, received) => {
                let answer = received.to_ascii_uppercase();
                ring.send(client, &answer)?;
            }
            Done::Broken(client, _reset) => {
                say!("a client has broken off");
                ring.close(client)?;
            }
            Done::Sent(..) | Done::Ready => {}
        }
    }
    clients.join()?;
    claim!(
        ring.receives() == 5,
        "the ring received from five clients by one request for each"
    );
    Ok(())
}
