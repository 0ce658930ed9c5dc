//! N1.8, N4.1: a thread for each connection serves five clients at the same time.

use std::collections::BTreeSet;
use std::sync::{Arc, Barrier, Mutex, PoisonError};
use std::thread::{Builder, current};

use shared::{Result, claim, say};
use socket_server::kit::Client;
use socket_server::{Event, Protocol, Server, thread_per_connection};

pub fn play() -> Result {
    let serving = Arc::new(Mutex::new(BTreeSet::new()));
    let by = Arc::clone(&serving);
    let server = Server::local(Protocol::UPPER)?.reporting(move |event| {
        if let Event::Connected { .. } = event {
            let thread = current().name().unwrap_or_default().to_owned();
            by.lock().unwrap_or_else(PoisonError::into_inner).insert(thread);
        }
    });
    let statistics = server.statistics().clone();

    server.during(
        |server| Ok(thread_per_connection(server)?),
        |address| {
            // Nobody leaves before all have been answered: a server that takes one at a
            // time would never get there.
            let all_answered = Barrier::new(5);
            std::thread::scope(|scope| {
                let clients = (1..=5).map(|number| {
                    let named = Builder::new().name(format!("Thread-{number}"));
                    named.spawn_scoped(scope, || task(address, &all_answered))
                });
                clients.collect::<Vec<_>>().into_iter().try_for_each(|client| {
                    match client?.join() {
                        Ok(done) => done,
                        Err(panic) => std::panic::resume_unwind(panic),
                    }
                })
            })?;
            claim!(
                statistics.peak_open() == 5,
                "all five were connected at the same time"
            );
            let serving = serving.lock().unwrap_or_else(PoisonError::into_inner);
            claim!(
                serving.len() == 5,
                "each was served by a thread of its own: {}",
                join(&serving)
            );
            Ok(())
        },
    )
}

/// The note's client tells the server its name for ever; this one does so once.
fn task(address: std::net::SocketAddr, all_answered: &Barrier) -> Result {
    let name = current().name().unwrap_or_default().to_owned();
    let answer = Client::connect(address, Protocol::UPPER).and_then(|mut client| {
        let answer = client.ask(&name);
        // Also with a bad answer in hand: the others wait here.
        all_answered.wait();
        answer
    })?;
    say!("{name} -> {answer}");
    claim!(answer == name.to_uppercase(), "{name} got its own name back");
    Ok(())
}

fn join(names: &BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}
