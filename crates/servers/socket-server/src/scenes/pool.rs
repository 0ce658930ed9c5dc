//! N4.1: a thousand clients at once, and never more than sixteen threads to serve them.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use shared::{Result, claim, say};
use socket_server::kit::Client;
use socket_server::{Event, Protocol, Server, allow_descriptors, pool};

const CLIENTS: usize = 1_000;
const THREADS: usize = 16;

pub fn play() -> Result {
    // Both sides of a connection are in this process.
    allow_descriptors(2 * CLIENTS as u64 + 64)?;
    let serving = Arc::new(Mutex::new(BTreeSet::new()));
    let by = Arc::clone(&serving);
    let server = Server::local(Protocol::UPPER)?.reporting(move |event| {
        if let Event::Connected { .. } = event {
            let thread = std::thread::current().name().unwrap_or_default().to_owned();
            by.lock().unwrap_or_else(PoisonError::into_inner).insert(thread);
        }
    });
    let statistics = server.statistics().clone();

    server.during(
        |server| Ok(pool(server, THREADS)?),
        |address| {
            let connect = |_| Client::connect(address, Protocol::UPPER);
            let mut clients: Vec<Client> =
                (0..CLIENTS).map(connect).collect::<Result<_, _>>()?;
            say!("{CLIENTS} clients are connected");
            for (number, client) in clients.iter_mut().enumerate() {
                client.send(message(number).as_bytes())?;
            }
            // They are accepted in the order in which they came. The first sixteen are
            // answered while all of them stay, so each has a thread of its own; then
            // each client that has been answered leaves, and makes room.
            let waiting = clients.split_off(THREADS);
            for (number, client) in clients.iter_mut().enumerate() {
                client.receive(message(number).as_bytes())?;
            }
            drop(clients);
            let mut most_threads = 0;
            for (number, mut client) in (THREADS..).zip(waiting) {
                client.receive(message(number).as_bytes())?;
                most_threads =
                    most_threads.max(std::fs::read_dir("/proc/self/task")?.count());
            }
            say!("all were answered, by {THREADS} threads");

            claim!(
                statistics.messages() == CLIENTS as u64,
                "each of the {CLIENTS} clients got its own answer"
            );
            claim!(
                statistics.peak_open() == THREADS as u64,
                "{THREADS} were served at once, and never more"
            );
            // Beside them there are the thread of this scene and the one that has
            // started the pool.
            claim!(
                most_threads <= THREADS + 2,
                "the kernel never saw more threads than that"
            );
            let threads = serving.lock().unwrap_or_else(PoisonError::into_inner).len();
            claim!(threads <= THREADS, "the threads that served are those of the pool");
            Ok(())
        },
    )
}

fn message(number: usize) -> String {
    format!("client {number} says hello")
}
