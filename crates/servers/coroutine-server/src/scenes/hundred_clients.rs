//! N2.28: a hundred clients, each a coroutine, and a server of coroutines for them.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr};

use coroutines::on_may::{Task, nursery};
use may::net::{TcpListener, TcpStream};
use shared::{Result, claim, say};
use socket_server::kit::SOON;

const CLIENTS: usize = 100;

pub fn play() -> Result {
    // Server and clients have the same port, which in the note they have not.
    let server = TcpListener::bind("127.0.0.1:0")?;
    let address = server.local_addr()?;
    let answers = nursery(|coroutines| -> Result<Vec<String>> {
        let tasks = coroutines.clone();
        let listener = &server;
        coroutines.spawn("server", move || {
            for _ in 0..CLIENTS {
                let (connection, _peer) = listener.accept()?;
                tasks.spawn("talk", move || talk(connection));
            }
            Ok(())
        });
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| coroutines.spawn("client", move || func(number, address)))
            .collect();
        // gevent's joinall.
        Ok(clients.into_iter().filter_map(Task::join).collect())
    })?;

    say!("{} answers: {} to {}", answers.len(), answers[0], answers[CLIENTS - 1]);
    let expected = (0..CLIENTS).map(|number| message(number).to_uppercase());
    claim!(
        answers.iter().cloned().eq(expected),
        "each of the hundred clients gets its own message back in upper case"
    );
    Ok(())
}

fn talk(mut connection: TcpStream) -> Result {
    let mut received = [0; 1024];
    loop {
        let count = connection.read(&mut received)?;
        if count == 0 {
            return Ok(());
        }
        connection.write_all(&received[..count].to_ascii_uppercase())?;
    }
}

fn func(number: usize, address: SocketAddr) -> Result<String> {
    let mut connection = TcpStream::connect(address)?;
    connection.set_read_timeout(Some(SOON))?;
    connection.write_all(message(number).as_bytes())?;
    // The end of the message, and of the answer: TCP has no messages.
    connection.shutdown(Shutdown::Write)?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    Ok(answer)
}

fn message(number: usize) -> String {
    format!("this is {}", number.to_string().repeat(5))
}
