//! N1.21: the kernel counts the threads that serve: one, or may's, and none a client.

use coroutine_server::{serve_on_may, serve_on_tokio};
use shared::{Result, claim, say};
use socket_server::kit::{Client, threads};
use socket_server::{Protocol, Server};

const CLIENTS: usize = 100;

pub fn play() -> Result {
    // Before may begins: its threads never end.
    let [one, hundred] = counted(|server| Ok(serve_on_tokio(server)?))?;
    say!("tokio: {one} thread for one client, {hundred} for {CLIENTS}");
    claim!(
        [one, hundred] == [1, 1],
        "by tokio, one thread serves one client, and a hundred"
    );

    let [one, hundred] = counted(|server| Ok(serve_on_may(server)?))?;
    say!("may: {one} threads for one client, {hundred} for {CLIENTS}");
    claim!(
        one == hundred,
        "by may, as many threads serve a hundred clients as serve one"
    );
    Ok(())
}

/// The threads of this process besides this one, with one client and with a hundred.
fn counted(serve: fn(&Server) -> Result) -> Result<[usize; 2]> {
    Server::local(Protocol::UPPER)?.during(serve, |address| {
        let mut clients = Vec::new();
        let mut counted = [0, 0];
        for (wanted, count) in [1, CLIENTS].into_iter().zip(&mut counted) {
            while clients.len() < wanted {
                let mut client = Client::connect(address, Protocol::UPPER)?;
                client.ask("hello")?;
                clients.push(client);
            }
            *count = threads("")? - 1;
        }
        Ok(counted)
    })
}
