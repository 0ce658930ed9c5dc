//! N1.8, N4.1: a thread for each connection serves five clients at the same time.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::{Builder, current};

use shared::{Result, claim, say, trace};
use socket_server::kit::{Clients, Visitor, at_once, threads};

pub fn play() -> Result {
    let server = TcpListener::bind("127.0.0.1:0")?;
    let clients = Clients::start(&server, visit)?;
    for number in 1.. {
        let Ok((connection, _peer)) = server.accept() else { break };
        // `move` gives the connection away to its thread, which closes it.
        let named = Builder::new().name(format!("talk-{number}"));
        named.spawn(move || talk(connection))?;
    }
    clients.join()
}

fn talk(mut connection: TcpStream) -> Result {
    let _serving = trace::span("serves a client");
    let mut received = [0; 1024];
    loop {
        match connection.read(&mut received) {
            Ok(0) => return Ok(()),
            Ok(count) => {
                let answer = received[..count].to_ascii_uppercase();
                connection.write_all(&answer)?;
            }
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {
                say!("a client has broken off");
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        }
    }
}

fn visit(address: SocketAddr) -> Result {
    let names = (1..=5).map(|number| format!("Thread-{number}"));
    // Each thread hands its connection over, so that all five stay open.
    let clients = at_once(names, || task(address))?;
    claim!(
        clients.iter().all(|(_, is_right)| *is_right),
        "five clients are answered, and none of them has to leave for another"
    );
    claim!(
        threads("talk-")? == 5,
        "the server has five threads for its five connections"
    );
    drop(clients);

    // The client of N4.1.
    let hello = format!("{} say hello", std::process::id());
    claim!(
        Visitor::connect("another", address)?.ask(&hello) == hello.to_uppercase(),
        "a client that says its process id gets it back in upper case"
    );
    Ok(())
}

/// The note's client tells the server its name for ever; this one does so once.
fn task(address: SocketAddr) -> Result<(Visitor, bool)> {
    let name = current().name().unwrap_or_default().to_owned();
    let client = Visitor::connect(&name, address)?;
    let is_right = client.ask(&name) == name.to_uppercase();
    Ok((client, is_right))
}
