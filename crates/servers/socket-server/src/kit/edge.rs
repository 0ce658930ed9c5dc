//! The tests that every server must pass, whatever it is built on. A server crate's
//! tests run all of them by [`edge_cases!`](crate::edge_cases).

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    missing_docs,
    reason = "each is a test, or a part of one"
)]

pub mod exhausted;
mod limits;
pub mod program;

use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use crate::kit::{Client, PATIENCE, Reports, Statistics, reports};
use crate::{Event, GRACE, Protocol, Server, StopHandle};

pub use limits::{
    a_client_that_asks_again_and_again_is_not_idle,
    a_client_that_never_reads_is_disconnected_when_its_time_is_over,
    a_client_that_says_nothing_is_disconnected_when_its_time_is_over,
    an_address_has_a_bounded_number_of_connections,
};

/// A server, and what it says.
#[derive(Clone, Copy)]
pub struct Case {
    pub serve: fn(&Server) -> anyhow::Result<()>,
    pub protocol: Protocol,
    /// How many bytes of a connection it may keep in its own memory.
    pub most_kept: u64,
}

impl Case {
    /// Runs `visit` while the server serves; it is given the server's address, and
    /// what is reported.
    pub fn serving(self, visit: impl FnOnce(&Visit)) {
        self.serving_from(Server::local(self.protocol).unwrap(), visit);
    }

    fn serving_from(self, server: Server, visit: impl FnOnce(&Visit)) {
        let (report, reports) = reports();
        let server = server.reporting(report);
        let (stop, statistics) = (server.stop().clone(), server.statistics().clone());
        let visited = server.during(self.serve, |address| {
            visit(&Visit { case: self, address, reports, stop, statistics });
            anyhow::Ok(())
        });
        visited.unwrap();
    }
}

pub struct Visit {
    pub case: Case,
    pub address: std::net::SocketAddr,
    pub reports: Reports<Event>,
    pub stop: StopHandle,
    pub statistics: std::sync::Arc<Statistics>,
}

impl Visit {
    pub fn connect(&self) -> Client {
        Client::connect(self.address, self.case.protocol).unwrap()
    }

    /// Waits until such an event is reported.
    pub fn wait_for(&self, what: impl Fn(&Event) -> bool) -> Event {
        self.reports.wait_for(PATIENCE, what).expect("the event never came")
    }
}

/// A module for each server, with a test for each case.
#[macro_export]
macro_rules! edge_cases {
    ($($server:ident: $case:expr;)*) => {
        $(mod $server {
            use super::*;
            $crate::edge_cases!(@ $case;
                a_message_in_many_segments_comes_back_whole
                many_messages_in_one_segment_come_back_whole
                a_message_larger_than_all_buffers_comes_back_whole
                a_reset_is_reported_and_the_others_live
                a_reset_with_answers_under_way_is_reported
                a_client_that_ends_its_side_is_answered_to_the_end
                a_client_that_ends_its_side_gets_what_it_is_owed
                a_client_that_never_reads_costs_bounded_memory
                a_silent_client_is_closed_at_the_end
                a_stop_ends_a_client_that_never_pauses
                a_stop_cuts_off_a_client_that_never_reads
                a_stop_before_any_client_ends_the_server
                a_client_that_says_nothing_is_disconnected_when_its_time_is_over
                a_client_that_never_reads_is_disconnected_when_its_time_is_over
                a_client_that_asks_again_and_again_is_not_idle
            );
        })*
    };
    (@ $case:expr; $($test:ident)*) => {
        $(#[test] fn $test() { $crate::kit::edge::$test($case); })*
    };
}

pub fn a_message_in_many_segments_comes_back_whole(case: Case) {
    case.serving(|visit| {
        let mut client = visit.connect();
        let message = b"one byte at a time";
        for byte in message {
            client.send(&[*byte]).unwrap();
        }
        client.receive(message).unwrap();
        assert_eq!(
            client
                .ask("and again")
                .unwrap()
                .to_lowercase()
                .matches("and again")
                .count(),
            1
        );
    });
}

pub fn many_messages_in_one_segment_come_back_whole(case: Case) {
    case.serving(|visit| {
        let mut client = visit.connect();
        // More than one `recv` takes, and not a multiple of it.
        let message =
            (0..500).map(|number| number.to_string()).collect::<Vec<_>>().join(";");
        client.ask(&message).unwrap();
    });
}

pub fn a_message_larger_than_all_buffers_comes_back_whole(case: Case) {
    case.serving(|visit| {
        let mut client = visit.connect();
        let message: Vec<u8> =
            (0..12_u32 << 20).map(|place| b'0' + (place % 61) as u8).collect();
        let mut sending = client.stream().try_clone().unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| sending.write_all(&message).unwrap());
            client.receive(&message).unwrap();
        });
        assert!(
            visit.statistics.peak_buffer() <= case.most_kept,
            "{}",
            visit.statistics.peak_buffer()
        );
    });
}

pub fn a_reset_is_reported_and_the_others_live(case: Case) {
    case.serving(|visit| {
        let mut client = visit.connect();
        client.ask("hello").unwrap();
        let address = client.address().unwrap();
        client.reset().unwrap();
        let event = visit.wait_for(|event| matches!(event, Event::Broken { .. }));
        assert!(
            matches!(event, Event::Broken { peer, .. } if peer == address),
            "{event}"
        );
        visit.connect().ask("still there?").unwrap();
        assert_eq!(visit.statistics.broken(), 1);
    });
}

/// The server learns of it by writing, as well as by reading: neither may kill it
/// (SIGPIPE).
pub fn a_reset_with_answers_under_way_is_reported(case: Case) {
    case.serving(|visit| {
        for _ in 0..20 {
            let mut client = visit.connect();
            client.send(&vec![b'x'; 100_000]).unwrap();
            client.reset().unwrap();
            visit.wait_for(|event| matches!(event, Event::Broken { .. }));
        }
        visit.connect().ask("still there?").unwrap();
        assert_eq!(visit.statistics.broken(), 20);
    });
}

pub fn a_client_that_ends_its_side_is_answered_to_the_end(case: Case) {
    case.serving(|visit| {
        let mut client = visit.connect();
        let message = vec![b'7'; 6 << 20];
        let mut sending = client.stream().try_clone().unwrap();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                sending.write_all(&message).unwrap();
                sending.shutdown(std::net::Shutdown::Write).unwrap();
            });
            client.receive(&vec![b'7'; 6 << 20]).unwrap();
        });
        client.wait_for_end().unwrap();
        visit.wait_for(|event| matches!(event, Event::Closed { .. }));
        assert_eq!((visit.statistics.open(), visit.statistics.broken()), (0, 0));
    });
}

/// The end of the sending side must not be taken for the end of the connection, while
/// answers wait in the server.
pub fn a_client_that_ends_its_side_gets_what_it_is_owed(case: Case) {
    let server = Server::local(case.protocol).unwrap();
    // Connections inherit it. So the kernel keeps little, always as much, and the rest
    // is the server's.
    socket2::SockRef::from(server.listener()).set_send_buffer_size(8192).unwrap();
    case.serving_from(server, |visit| {
        let client = visit.connect();
        fill(&client);
        let most = visit.statistics.received();
        client.reset().unwrap();
        visit.wait_for(|event| matches!(event, Event::Broken { .. }));

        // Less than what a server takes in before it stands still, and more than the
        // kernel takes from it.
        let message = vec![b'7'; (most as usize).saturating_sub(32 * 1024).max(1024)];
        let mut client = visit.connect();
        client.send(&message).unwrap();
        client.finish_sending().unwrap();
        let deadline = Instant::now() + PATIENCE;
        while visit.statistics.received() < most + message.len() as u64
            && Instant::now() < deadline
        {
            std::thread::yield_now();
        }
        client.receive(&message).unwrap();
        client.wait_for_end().unwrap();
    });
}

/// Sends and does not read, until everything is full: the kernel's buffers on both
/// sides, and the server's own.
fn fill(client: &Client) {
    let mut sending = client.stream();
    sending.set_nonblocking(true).unwrap();
    let mut last_taken = Instant::now();
    while last_taken.elapsed() < Duration::from_millis(300) {
        match sending.write(&[b'x'; 8192]) {
            Ok(count) => {
                last_taken +=
                    if count > 0 { last_taken.elapsed() } else { Duration::ZERO }
            }
            Err(_full) => std::thread::yield_now(),
        }
    }
}

pub fn a_client_that_never_reads_costs_bounded_memory(case: Case) {
    case.serving(|visit| {
        let client = visit.connect();
        fill(&client);
        // On a busy machine the server may have had no turn yet.
        let deadline = Instant::now() + PATIENCE;
        while visit.statistics.peak_buffer() == 0 && Instant::now() < deadline {
            std::thread::yield_now();
        }
        let kept = visit.statistics.peak_buffer();
        assert!((1..=case.most_kept).contains(&kept), "{kept}");
        // The end of a connection that is not read from is not seen before it is
        // written to; a reset is.
        client.reset().unwrap();
        visit.wait_for(|event| matches!(event, Event::Broken { .. }));
    });
}

pub fn a_silent_client_is_closed_at_the_end(case: Case) {
    case.serving(|visit| {
        let mut client = visit.connect();
        client.ask("connected, and now silent").unwrap();
        visit.stop.set();
        client.wait_for_end().unwrap();
        visit.wait_for(|event| matches!(event, Event::Closed { .. }));
    });
}

pub fn a_stop_ends_a_client_that_never_pauses(case: Case) {
    let begin = Instant::now();
    case.serving(|visit| {
        let mut client = visit.connect();
        client.ask("hello").unwrap();
        let mut told = false;
        // Until the server ends the connection, whatever way this client notices.
        while client.ask("and on and on").is_ok() {
            if !std::mem::replace(&mut told, true) {
                visit.stop.set();
            }
            assert!(begin.elapsed() < PATIENCE, "the server goes on");
        }
    });
}

pub fn a_stop_cuts_off_a_client_that_never_reads(case: Case) {
    case.serving(|visit| {
        let client = visit.connect();
        let mut sending = client.stream().try_clone().unwrap();
        std::thread::scope(|scope| {
            // More than the kernel keeps. It fails when the connection is cut.
            let sender = scope.spawn(move || sending.write_all(&vec![b'x'; 64 << 20]));
            // Until everything is full and the server does not get on; a busy machine
            // may hold it up for a while as well.
            let (mut messages, mut since) = (0, Instant::now());
            while messages == 0 || since.elapsed() < Duration::from_secs(1) {
                if messages != visit.statistics.messages() {
                    (messages, since) = (visit.statistics.messages(), Instant::now());
                }
                std::thread::sleep(Duration::from_millis(10));
            }
            let stopped = Instant::now();
            visit.stop.set();
            visit.wait_for(|event| matches!(event, Event::Cut { .. }));
            assert!(stopped.elapsed() >= GRACE, "{:?}", stopped.elapsed());
            assert!(
                stopped.elapsed() < Duration::from_secs(10),
                "{:?}",
                stopped.elapsed()
            );
            assert!(sender.join().unwrap().is_err());
        });
        let mut rest = Vec::new();
        let _cut_or_ended = client.stream().take(1 << 30).read_to_end(&mut rest);
    });
}

pub fn a_stop_before_any_client_ends_the_server(case: Case) {
    case.serving(|visit| assert_eq!(visit.statistics.connections(), 0));
}
