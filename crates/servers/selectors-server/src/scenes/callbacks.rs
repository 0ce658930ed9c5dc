//! N3.10: one thread serves many clients, with a callback for each of them.

use std::io::Read as _;
use std::net::SocketAddr;

use selectors_server::{DefaultSelector, Events, Id};
use shared::{Result, claim, say};
use socket_server::kit::{Clients, Visitor, threads};
use socket2::{Domain, Socket, Type};

/// What is watched, each with its callback.
type Selector = DefaultSelector<Socket, Callback>;
struct Callback(fn(&mut Selector, Id, Events) -> Result);

pub fn play() -> Result {
    let mut selector = Selector::new()?;
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    listener.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
    listener.listen(1000)?;
    let clients = Clients::start(&listener, visit)?;
    selector.register(listener, Events::READ, Callback(accept))?;
    while let Some(ready) = clients.unless_left(selector.select(None)?) {
        for (id, events) in ready {
            let Callback(callback) = *selector.get_key(id)?.data();
            callback(&mut selector, id, events)?;
        }
    }
    clients.join()
}

fn accept(selector: &mut Selector, id: Id, _events: Events) -> Result {
    let (connection, _peer) = selector.get_key(id)?.file().accept()?;
    connection.set_nonblocking(true)?;
    selector.register(connection, Events::READ, Callback(read))?;
    Ok(())
}

fn read(selector: &mut Selector, id: Id, _events: Events) -> Result {
    let mut connection = selector.get_key(id)?.file();
    let mut received = [0; 1024];
    let count = connection.read(&mut received)?;
    if count > 0 {
        // It may take only a part: see the scene `slow-reader`.
        connection.send(&[b"haha+", &received[..count]].concat())?;
    } else {
        say!("a client has left");
        let (connection, _callback) = selector.unregister(id)?;
        drop(connection);
    }
    Ok(())
}

fn visit(address: SocketAddr) -> Result {
    let connect = |name| Visitor::connect(name, address);
    let [anna, ben, cleo] = [connect("anna")?, connect("ben")?, connect("cleo")?];
    // Each waits for its answer while the others are connected.
    let in_turn = [&anna, &ben, &cleo, &anna, &ben, &cleo]
        .into_iter()
        .all(|client| client.ask("hello") == "haha+hello");
    claim!(in_turn, "three clients are answered in turn while all three are connected");
    // The other thread is this one.
    claim!(threads("")? == 2, "one thread serves all three clients");
    claim!(ben.quit(), "the server closes the connection of a client that has left");
    let others = [&anna, &cleo]
        .into_iter()
        .all(|client| client.ask("without ben") == "haha+without ben");
    claim!(others, "the other clients are answered when one has left");
    [anna, cleo].iter().all(Visitor::quit);
    Ok(())
}
