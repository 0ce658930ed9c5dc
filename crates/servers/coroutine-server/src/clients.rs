//! The clients of the three echo servers.

use std::net::SocketAddr;

use shared::{Result, claim};
use socket_server::Protocol;
use socket_server::kit::{Client, Visitor};

/// Three clients that talk in turn, and leave in three ways.
pub fn three(address: SocketAddr) -> Result {
    let names = ["anna", "ben", "cleo"];
    let clients = names.map(|name| Visitor::connect(name, address));
    let [anna, ben, cleo] = clients;
    let [anna, ben, cleo] = [anna?, ben?, cleo?];
    claim!(
        [&anna, &ben, &cleo, &anna].iter().all(|client| client.ask("hello") == "HELLO"),
        "three clients are answered in turn while all three are connected"
    );
    claim!(anna.quit(), "the server ends the connection of a client that has left");

    Client::connect(address, Protocol::UPPER)?.reset()?;
    claim!(
        Visitor::connect("dora", address)?.ask("hello") == "HELLO",
        "a client is answered that connects after another has reset its connection"
    );
    Ok(())
}
