//! The limits of a server on what one client may take (finding 15).

use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use socket2::{Domain, SockAddr, Socket, Type};

use super::{Case, fill};
use crate::kit::PATIENCE;
use crate::{Event, Server};

const IDLE: Duration = Duration::from_secs(1);

fn with_idle_timeout(case: Case) -> Server {
    Server::local(case.protocol).unwrap().with_idle_timeout(IDLE)
}

pub fn a_client_that_says_nothing_is_disconnected_when_its_time_is_over(case: Case) {
    let begin = Instant::now();
    case.serving_from(with_idle_timeout(case), |visit| {
        let mut silent = visit.connect();
        silent.ask("connected, and now silent").unwrap();
        let address = silent.address().unwrap();
        silent.wait_for_end().unwrap();
        assert!(begin.elapsed() >= IDLE, "{:?}", begin.elapsed());
        let event = visit.wait_for(|event| event.ended().is_some());
        assert_eq!(event, Event::Idle { peer: address });
        // It is another client's turn, also where one is served at a time.
        visit.connect().ask("is there room").unwrap();
        assert_eq!(visit.statistics.broken(), 1);
    });
}

pub fn a_client_that_never_reads_is_disconnected_when_its_time_is_over(case: Case) {
    case.serving_from(with_idle_timeout(case), |visit| {
        let client = visit.connect();
        fill(&client);
        visit.wait_for(|event| matches!(event, Event::Idle { .. }));
    });
}

pub fn a_client_that_asks_again_and_again_is_not_idle(case: Case) {
    case.serving_from(with_idle_timeout(case), |visit| {
        let (mut busy, begin) = (visit.connect(), Instant::now());
        while begin.elapsed() < 2 * IDLE {
            busy.ask("still here").unwrap();
        }
    });
}

/// For servers that serve at least three clients at once.
pub fn an_address_has_a_bounded_number_of_connections(case: Case) {
    let server = Server::local(case.protocol).unwrap().with_connections_per_address(2);
    case.serving_from(server, |visit| {
        let mut clients = [visit.connect(), visit.connect()];
        for client in &mut clients {
            client.ask("is there room").unwrap();
        }
        let _third = TcpStream::connect(visit.address).unwrap();
        let event = visit.wait_for(|event| matches!(event, Event::Refused { .. }));
        assert!(event.to_string().contains("has 2 already"), "{event}");

        let other_address = connect_from([127, 0, 0, 2], visit.address);
        let is_the_other = |peer| Some(peer) == other_address.local_addr().ok();
        visit.wait_for(
            |event| matches!(event, Event::Connected { peer } if is_the_other(*peer)),
        );

        let [first, second] = clients;
        drop((first, other_address));
        let mut ended = 0;
        while ended < 2 {
            ended += usize::from(
                visit.wait_for(|it| it.ended().is_some()).ended().is_some(),
            );
        }
        visit.connect().ask("is there room now").unwrap();
        drop(second);
    });
}

fn connect_from(address: [u8; 4], server: SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SockAddr::from(SocketAddr::from((address, 0)))).unwrap();
    socket.connect_timeout(&server.into(), PATIENCE).unwrap();
    socket.into()
}
