//! N1.7: the basic server serves one client at a time; the next one waits connected.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};

use shared::{Result, claim, pace, say, trace};
use socket_server::kit::{Clients, Received, SOON, Visitor};

pub fn play() -> Result {
    // Python's socket, bind and listen in one. Port 0 is any that is free.
    let server = TcpListener::bind("127.0.0.1:0")?;
    let clients = Clients::start(&server, visit)?;
    while let Ok((mut connection, _peer)) = server.accept() {
        let _serving = trace::span("serves a client");
        let mut received = [0; 1024];
        loop {
            match connection.read(&mut received) {
                Ok(0) => break,
                Ok(count) => {
                    let answer = received[..count].to_ascii_uppercase();
                    // Python's sendall; `send`, here `write`, may take only a part.
                    connection.write_all(&answer)?;
                }
                Err(error) if error.kind() == ErrorKind::ConnectionReset => {
                    say!("a client has broken off");
                    break;
                }
                Err(error) => return Err(error.into()),
            }
        }
        // The connection is closed here, where its owner ends.
    }
    clients.join()
}

fn visit(address: SocketAddr) -> Result {
    let first = Visitor::connect("first", address)?;
    // The kernel completes this connection, and takes the message, before the server
    // knows of either.
    let second = Visitor::connect("second", address)?;
    second.send(b"second here")?;

    let answers = ["hello", "are you there", "bye"].map(|message| first.ask(message));
    claim!(
        answers == ["HELLO", "ARE YOU THERE", "BYE"],
        "the first client gets each of its messages back in upper case"
    );
    claim!(
        second.receive(pace::secs(1.0)) == Received::Nothing,
        "the second client gets no answer while the first is connected"
    );
    drop(first);
    claim!(
        second.receive(SOON) == "SECOND HERE",
        "the second client is answered when the first has left"
    );
    Ok(())
}
