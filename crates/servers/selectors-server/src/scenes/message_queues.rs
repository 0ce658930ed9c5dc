//! N5.2: a message queue for each client, answered when the socket is writable.

use std::collections::VecDeque;
use std::io::{Read as _, Write as _};
use std::net::SocketAddr;

use selectors_server::{Events, Round, SelectSelector, ready_for};
use shared::{Result, claim, pace, say};
use socket_server::kit::{Clients, SOON, Visitor};
use socket2::{Domain, Socket, Type};

pub fn play() -> Result {
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    listener.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
    listener.listen(5)?;
    // Inputs are watched for READ, outputs for WRITE, and messages are a key's data.
    let mut selector = SelectSelector::new()?;
    let door = selector.register(listener, Events::READ, VecDeque::new())?;
    let (second, begin) = (pace::secs(1.0), std::time::Instant::now());
    let ready = selector.select(Some(second))?; // There is no client yet.
    say!("{}", Round::of(&selector, &ready));
    claim!(begin.elapsed() >= second, "a round that finds nothing takes a second");

    let clients = Clients::start(selector.get_key(door)?.file(), visit)?;
    let (mut rounds, mut received) = (0, [0; 1024]);
    while let Some(ready) = clients.unless_left(selector.select(Some(second))?) {
        if !ready.is_empty() {
            rounds += 1; // The note prints the empty ones as well.
            say!("{}", Round::of(&selector, &ready));
        }
        for id in ready_for(&ready, Events::READ) {
            let (mut file, messages) = selector.parts(id)?;
            if id == door {
                let (mut client, _address) = file.accept()?;
                client.write_all(b"Hello client-side")?;
                selector.register(client, Events::READ, VecDeque::new())?;
            } else if let Ok(count @ 1..) = file.read(&mut received) {
                messages.push_back(received[..count].to_vec());
                selector.modify(id, Events::READ | Events::WRITE)?;
            } else {
                selector.unregister(id)?;
            }
        }
        for id in ready_for(&ready, Events::WRITE) {
            // A client that has left in this round has taken its messages along.
            let Ok((mut client, messages)) = selector.parts(id) else { continue };
            let Some(message) = messages.pop_front() else { continue };
            client.write_all(&[b"response: ", &message[..]].concat())?;
            let more = Events::WRITE.when(!messages.is_empty());
            selector.modify(id, Events::READ | more)?;
        }
    }
    claim!(
        rounds <= 11,
        "a client is watched for WRITE only while it is owed an answer"
    );
    clients.join()
}

fn visit(address: SocketAddr) -> Result {
    let anna = Visitor::connect("anna", address)?;
    let greeting = anna.receive(SOON);
    let ben = Visitor::connect("ben", address)?;
    let greetings = [greeting, ben.receive(SOON)];
    claim!(greetings == ["Hello client-side"; 2], "the server greets each client");
    let answers = [anna.ask("hello"), ben.ask("hello")];
    claim!(answers == ["response: hello"; 2], "both connected clients are answered");
    // The server receives 1,024 bytes at a time: these are two messages to it.
    anna.send(&[[b'1'; 1024], [b'2'; 1024]].concat())?;
    let answers = anna.receive_all(2 * 1034)?;
    let order = [answers[10], answers[1044]];
    claim!(order == *b"12", "of two waiting messages the older is answered first");
    claim!(anna.quit() && ben.quit(), "the server closes a connection that has ended");
    Ok(())
}
