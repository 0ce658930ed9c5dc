//! N4.1: a thousand clients at once, and never more than sixteen threads to serve them.

use std::io::Write as _;
use std::net::TcpStream;

use shared::{Result, claim, say};
use socket_server::kit::{SOON, receive, threads};
use socket_server::{Protocol, Server, allow_descriptors, pool};

const CLIENTS: usize = 1_000;
const THREADS: usize = 16;

pub fn play() -> Result {
    // Both sides of a connection are in this process.
    allow_descriptors(2 * CLIENTS as u64 + 64)?;
    let server = Server::local(Protocol::UPPER)?;
    let statistics = server.statistics().clone();

    server.during(
        |server| Ok(pool(server, THREADS)?),
        |address| {
            let connected = (0..CLIENTS).map(|_| TcpStream::connect(address));
            let mut clients: Vec<_> = connected.collect::<Result<_, _>>()?;
            say!("{CLIENTS} clients are connected");
            for (number, client) in clients.iter_mut().enumerate() {
                client.write_all(message(number).as_bytes())?;
            }
            // They are accepted in the order in which they came. The first sixteen are
            // answered while all of them stay, so each has a thread of its own; then
            // each client that has been answered leaves, and makes room.
            let (mut answered, mut most_workers) = (0, 0);
            let mut staying = Vec::new();
            for (number, client) in clients.into_iter().enumerate() {
                if number == THREADS {
                    staying.clear();
                }
                let answer = receive(&client, SOON);
                answered += usize::from(answer == message(number).to_uppercase());
                if number % 100 == 0 {
                    most_workers = most_workers.max(threads("worker-")?);
                }
                if number < THREADS {
                    staying.push(client);
                }
            }
            say!("{answered} were answered, by {most_workers} threads");

            claim!(
                answered == CLIENTS,
                "each of the {CLIENTS} clients gets its own answer"
            );
            claim!(
                statistics.peak_open() == THREADS as u64,
                "{THREADS} clients are served at once, and never more"
            );
            claim!(
                most_workers == THREADS,
                "the kernel never sees more than {THREADS} threads that serve"
            );
            Ok(())
        },
    )
}

fn message(number: usize) -> String {
    format!("client {number} says hello")
}
