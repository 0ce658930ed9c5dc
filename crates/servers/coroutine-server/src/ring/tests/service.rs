//! The service of the model: it sends back what it receives, and compares all that the
//! ring tells with what the clients have done.

use std::collections::HashMap;
use std::net::{TcpListener, TcpStream};
use std::time::Instant;

use io_uring::opcode;
use socket2::SockRef;

use super::client::{Client, Closed};
use super::{BUFFERS, Done, GROUP, Id, Kind, LIMIT, LONG, Ring};
use crate::ring::connection::Connection;
use socket_server::RECEIVE;

pub(super) struct Service<'a> {
    pub(super) listener: &'a TcpListener,
    pub(super) ring: Ring<'a>,
    /// Which client has a connection; those that are closed included.
    clients: HashMap<Id, usize>,
    /// Whether it sends anything back.
    pub(super) answers: bool,
}

impl<'a> Service<'a> {
    pub(super) fn new(listener: &'a TcpListener) -> Self {
        let mut ring = Ring::new().unwrap();
        ring.accept(listener).unwrap();
        Self { listener, ring, clients: HashMap::new(), answers: true }
    }

    /// Takes over clients that have sent something already.
    pub(super) fn take_over(
        &mut self,
        clients: &mut Vec<Client>,
        count: usize,
        bytes: usize,
    ) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let first = clients.len();
        let mut streams = Vec::new();
        for number in first..first + count {
            clients.push(Client::connect(number, &listener));
            clients[number].send(bytes);
            streams.push(listener.accept().unwrap().0);
        }
        for (number, stream) in (first..).zip(streams) {
            self.begin(clients, number, stream);
        }
    }

    fn begin(
        &mut self,
        clients: &mut [Client],
        number: usize,
        stream: TcpStream,
    ) -> Id {
        if number.is_multiple_of(3) {
            // An answer is sent in parts, and its client soon paused.
            SockRef::from(&stream).set_send_buffer_size(4 << 10).unwrap();
        }
        let id = self.ring.receive(stream).unwrap();
        let other = self.clients.insert(id, number);
        assert_eq!(other, None, "two connections have the same number");
        clients[number].id = Some(id);
        id
    }

    /// Looks at so many things that have been done, and does not sleep for them.
    pub(super) fn turn(&mut self, clients: &mut [Client], most: usize) {
        for _ in 0..most {
            let done = self.ring.wait(Some(Instant::now())).unwrap();
            let id = match done {
                None => return,
                Some(Done::Accepted(accepted)) => {
                    let (stream, peer) = accepted.unwrap();
                    let is_it = |it: &Client| it.address == peer && it.id.is_none();
                    let number = clients.iter().rposition(is_it);
                    let number = number.expect("a client with this address");
                    self.begin(clients, number, stream)
                }
                Some(Done::Received(id, [])) => {
                    let client = &clients[self.clients[&id]];
                    assert!(client.has_ended || client.has_left(), "{client:?}");
                    let is_all = client.received == client.sent.len();
                    assert!(is_all || client.has_left(), "{client:?}");
                    id
                }
                Some(Done::Received(id, bytes)) => {
                    let client = &mut clients[self.clients[&id]];
                    assert!(client.sent.has(client.received, bytes), "{client:?}");
                    client.received += bytes.len();
                    if self.answers {
                        let bytes = bytes.to_vec();
                        self.ring.send(id, &bytes).unwrap();
                    }
                    id
                }
                Some(Done::Sent(id, count)) => {
                    clients[self.clients[&id]].answered += count;
                    id
                }
                Some(Done::Broken(id, error)) => {
                    let client = &mut clients[self.clients[&id]];
                    assert!(client.has_left(), "{error} of {client:?}");
                    assert!(
                        client.closed.is_none(),
                        "told of a closed one: {client:?}"
                    );
                    self.close(client);
                    continue;
                }
                Some(Done::Ready) => panic!("nothing is watched"),
            };
            self.settle(&mut clients[self.clients[&id]], id);
        }
    }

    /// Compares what the client is owed, and closes its connection at its end.
    fn settle(&mut self, client: &mut Client, id: Id) {
        assert!(client.closed.is_none(), "told of a closed one: {client:?}");
        let owed = self.ring.owed(id);
        if self.answers {
            assert_eq!(owed, client.received - client.answered, "{client:?}");
        }
        assert!(owed <= LIMIT + usize::from(BUFFERS) * RECEIVE);
        let connection = self.ring.connections[id.place()].as_ref();
        if connection.is_some_and(|it| it.has_ended) && owed == 0 {
            self.ring.close(id).unwrap();
            client.closed =
                Some(if self.answers { Closed::Answered } else { Closed::Cut });
        }
    }

    /// Closes a connection, if the ring has it.
    pub(super) fn close(&mut self, client: &mut Client) {
        let Some(id) = client.id.filter(|_| client.closed.is_none()) else { return };
        self.ring.close(id).unwrap();
        client.closed = Some(Closed::Cut);
    }

    /// The numbers of connections that are closed mean none, also when others have
    /// their places.
    pub(super) fn use_closed(&mut self, clients: &[Client]) {
        for client in clients.iter().filter(|client| client.closed.is_some()) {
            let id = client.id.unwrap();
            self.ring.send(id, b"for another client").unwrap();
            self.ring.close(id).unwrap();
            assert!(self.ring.stream(id).is_none());
            let connection = self.ring.connections[id.place()].as_ref();
            let is_closing = connection.is_some_and(|it| it.id == id);
            assert!(is_closing || self.ring.owed(id) == 0);
        }
    }

    /// When all connections are closed, the ring has no request, no connection and all
    /// of its buffers.
    pub(super) fn leaves_nothing(mut self) {
        self.ring.stop_accepting().unwrap();
        let until = Instant::now() + LONG;
        while let Some(done) = self.ring.wait(Some(until)).unwrap() {
            assert!(matches!(done, Done::Accepted(Err(_))), "{done:?}");
        }
        assert_eq!(self.ring.queues.under_way, 0, "requests are left");
        let left = self.ring.connections.iter().flatten().map(Connection::owed);
        assert_eq!(left.count(), 0, "connections are left");
        assert_eq!(self.ring.free.len(), self.ring.connections.len());
        assert_eq!(self.buffers(), usize::from(BUFFERS), "buffers are lost");
    }

    /// How many buffers the kernel has: it says so as it gives them up.
    fn buffers(&mut self) -> usize {
        let remove = opcode::RemoveBuffers::new(u16::MAX, GROUP).build();
        // SAFETY: it refers to no memory.
        unsafe { self.ring.queues.put(remove, Kind::Watch, Id(0)).unwrap() };
        while self.ring.queues.under_way > 0 {
            assert!(self.ring.queues.enter(1, Some(LONG)).unwrap());
            while let Some(completion) = self.ring.queues.next() {
                if completion.kind == Kind::Watch {
                    return completion.result.unwrap();
                }
            }
        }
        unreachable!("the request has completed")
    }
}
