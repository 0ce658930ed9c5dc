//! N1.8: a client that resets its connection is reported, and the server lives.

use shared::{Result, claim, say};
use socket_server::kit::{Client, SOON, Visitor, reports};
use socket_server::{Event, Protocol, Server, thread_per_connection};

pub fn play() -> Result {
    let (report, reports) = reports();
    let server = Server::local(Protocol::UPPER)?.reporting(report);

    server.during(
        |server| Ok(thread_per_connection(server)?),
        |address| {
            let staying = Visitor::connect("staying", address)?;
            staying.ask("before");

            let mut leaving = Client::connect(address, Protocol::UPPER)?;
            say!("leaving: good-bye -> {}", leaving.ask("good-bye")?);
            let leaver = leaving.address()?;
            // Closing would send FIN, which the server reads as the end. A reset is an
            // error of the read: in the note ConnectionResetError, which ends the whole
            // server unless it is caught.
            leaving.reset()?;
            let told = reports.wait_for(SOON, |event| event.ended() == Some(leaver));
            if let Some(event) = &told {
                say!("the server reports: {event}");
            }
            claim!(
                matches!(told, Some(Event::Broken { .. })),
                "the server reports that the client has broken its connection off"
            );

            claim!(
                staying.ask("after") == "AFTER",
                "a client that stays is served after the reset"
            );
            claim!(
                Visitor::connect("new", address)?.ask("hello") == "HELLO",
                "a new client is served after the reset"
            );
            Ok(())
        },
    )
}
