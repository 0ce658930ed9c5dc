//! N1.21: by may, a coroutine with a stack of its own talks to each client.

use std::io::{ErrorKind, Read as _, Write as _};

use coroutines::on_may::nursery;
use may::net::{TcpListener, TcpStream};
use shared::{Result, say};
use socket_server::kit::Clients;

use crate::clients;

pub fn play() -> Result {
    let server = TcpListener::bind("127.0.0.1:0")?;
    let clients = Clients::start(server.inner(), clients::three)?;
    // The nursery's block is a coroutine, as the note's server is.
    nursery(|coroutines| -> Result {
        // Both calls look like std's and do not block the thread: while a coroutine
        // waits, others run.
        while let Ok((connection, peer)) = server.accept() {
            coroutines.spawn(&peer.to_string(), move || talk(connection));
        }
        Ok(())
    })?;
    clients.join()
}

fn talk(mut connection: TcpStream) -> Result {
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
