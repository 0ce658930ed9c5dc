//! N1.8: a client that resets its connection is reported, and the server lives.

use std::sync::mpsc;

use anyhow::Context as _;
use shared::{Result, claim, say};
use socket_server::kit::{Client, PATIENCE};
use socket_server::{Event, Protocol, Server, thread_per_connection};

pub fn play() -> Result {
    let (tell, broken) = mpsc::channel();
    let server = Server::local(Protocol::UPPER)?.reporting(move |event| {
        if let Event::Broken { peer, error } = event {
            say!("a client has broken off: {error}");
            // The scene has ended once nobody listens any more.
            let _heard = tell.send(*peer);
        }
    });

    server.during(
        |server| Ok(thread_per_connection(server)?),
        |address| {
            let mut staying = Client::connect(address, Protocol::UPPER)?;
            say!("staying: {}", staying.ask("before")?);

            let mut leaving = Client::connect(address, Protocol::UPPER)?;
            say!("leaving: {}", leaving.ask("good-bye")?);
            let peer = leaving.address()?;
            // Closing would send FIN, which the server reads as the end. A reset is an
            // error to whoever reads: in the note ConnectionResetError, which ends the
            // whole server unless it is caught.
            leaving.reset()?;
            let told =
                broken.recv_timeout(PATIENCE).context("no reset was reported")?;
            claim!(told == peer, "the client that has reset is reported");

            say!("staying: {}", staying.ask("after")?);
            say!("new: {}", Client::connect(address, Protocol::UPPER)?.ask("hello")?);
            claim!(
                broken.try_recv().is_err(),
                "the server goes on with those it has and with new ones"
            );
            Ok(())
        },
    )
}
