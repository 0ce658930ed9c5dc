//! N5.2: a message queue for each client, answered when the socket is writable.

use std::sync::mpsc;

use selectors_server::{Select, message_queues};
use shared::{Result, claim, say};
use socket_server::{Client, Event, Protocol, Service};

pub fn play() -> Result {
    let (tell, rounds) = mpsc::channel();
    let service = Service::local(Protocol::RESPONSE)?.reporting(move |event| {
        if let Event::Round { .. } = event {
            // The scene has ended once nobody listens any more.
            let _heard = tell.send(event.clone());
        }
    });

    service.during(
        |service| Ok(message_queues::<Select>(service)?),
        |address| {
            // Connecting waits for the greeting, and checks it.
            let mut anna = Client::connect(address, Protocol::RESPONSE)?;
            let mut ben = Client::connect(address, Protocol::RESPONSE)?;
            say!("both were told: {}", Protocol::RESPONSE.greeting);
            for text in ["hello", "how are you"] {
                say!("anna: {text} -> {}", anna.ask(text)?);
                say!("ben: {text} -> {}", ben.ask(text)?);
            }
            let rounds: Vec<Event> = rounds.try_iter().collect();
            // A client comes, and a client is answered.
            for round in rounds
                .first()
                .into_iter()
                .chain(rounds.iter().find(|round| outputs(round) > 0))
            {
                say!("{round}");
            }
            let most = rounds.iter().map(inputs).max();
            claim!(
                most == Some(3),
                "the door and two clients were watched for something to read"
            );
            // One for each client that came, one for each message to be read, one for
            // each to be answered. A connection can nearly always be written to:
            // watched for it all the time, it would never let select wait.
            claim!(
                rounds.len() <= 10,
                "a client is watched for writing only while it is owed an answer"
            );

            // The server reads 1,024 bytes at a time, so this is a hundred messages to
            // it. The note's `pop()` takes the newest first; here they come back as
            // they were sent, and the client checks every byte of it.
            let long: String =
                (10_000..30_000).map(|number| number.to_string()).collect();
            let answer = anna.ask(&long)?;
            let parts = answer.matches(Protocol::RESPONSE.prefix).count();
            say!("anna: {} bytes -> in {parts} answers", long.len());
            claim!(
                answer.replace(Protocol::RESPONSE.prefix, "") == long,
                "many messages are answered in their order"
            );
            Ok(())
        },
    )
}

fn inputs(round: &Event) -> usize {
    if let Event::Round { inputs, .. } = *round { inputs } else { 0 }
}

fn outputs(round: &Event) -> usize {
    if let Event::Round { outputs, .. } = *round { outputs } else { 0 }
}
