//! N5.2: a message queue for each client, answered when the socket is writable.

use std::sync::mpsc;

use selectors_server::{LoopEvent, RESPONSE, Round, Select, message_queues};
use shared::{Result, claim, say};
use socket_server::Server;
use socket_server::kit::Client;

pub fn play() -> Result {
    let (tell, rounds) = mpsc::channel();
    let server = Server::local(RESPONSE)?;

    server.during(
        |server| {
            let report = |event: &LoopEvent| {
                if let LoopEvent::Round(round) = event {
                    // The scene has ended once the receiver is gone.
                    let _heard = tell.send(*round);
                }
            };
            Ok(message_queues::<Select>(server, report)?)
        },
        |address| {
            // Connecting waits for the greeting, and checks it.
            let mut anna = Client::connect(address, RESPONSE)?;
            let mut ben = Client::connect(address, RESPONSE)?;
            say!("both were told: {}", RESPONSE.greeting);
            for text in ["hello", "how are you"] {
                say!("anna: {text} -> {}", anna.ask(text)?);
                say!("ben: {text} -> {}", ben.ask(text)?);
            }
            let rounds: Vec<Round> = rounds.try_iter().collect();
            // A client comes, and a client is answered.
            for round in rounds
                .first()
                .into_iter()
                .chain(rounds.iter().find(|round| round.outputs > 0))
            {
                say!("{round}");
            }
            let most = rounds.iter().map(|round| round.inputs).max();
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
            let parts = answer.matches(RESPONSE.prefix).count();
            say!("anna: {} bytes -> in {parts} answers", long.len());
            claim!(
                answer.replace(RESPONSE.prefix, "") == long,
                "many messages are answered in their order"
            );
            Ok(())
        },
    )
}
