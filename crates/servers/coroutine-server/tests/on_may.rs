//! The server by may, and what its clients may do to it.

#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write as _;
use std::time::{Duration, Instant};

use coroutine_server::serve_on_may;
use socket_server::kit::edge::{self, Case};
use socket_server::kit::{Client, PATIENCE, reports};
use socket_server::{Event, GRACE, Protocol, RECEIVE, Server};
use socket2::SockRef;

const MAY: Case = Case {
    serve: |server| Ok(serve_on_may(server)?),
    protocol: Protocol::UPPER,
    most_kept: RECEIVE as u64,
};

/// One case after the other: all servers of a process share may's workers, and the
/// cases measure times.
#[test]
fn the_server_by_may_passes_every_case_in_turn() {
    let cases = [
        edge::a_message_in_many_segments_comes_back_whole,
        edge::many_messages_in_one_segment_come_back_whole,
        edge::a_message_larger_than_all_buffers_comes_back_whole,
        edge::a_reset_is_reported_and_the_others_live,
        edge::a_reset_with_answers_under_way_is_reported,
        edge::a_client_that_ends_its_side_is_answered_to_the_end,
        edge::a_client_that_ends_its_side_gets_what_it_is_owed,
        edge::a_client_that_never_reads_costs_bounded_memory,
        edge::a_silent_client_is_closed_at_the_end,
        edge::a_stop_ends_a_client_that_never_pauses,
        a_stop_cuts_off_a_client_that_never_reads,
        edge::a_stop_before_any_client_ends_the_server,
        edge::a_client_that_says_nothing_is_disconnected_when_its_time_is_over,
        edge::a_client_that_never_reads_is_disconnected_when_its_time_is_over,
        edge::a_client_that_asks_again_and_again_is_not_idle,
        edge::an_address_has_a_bounded_number_of_connections,
    ];
    for (number, case) in cases.into_iter().enumerate() {
        println!("case {number}");
        case(MAY);
    }
}

/// The case of `edge`, with a small send buffer. The stop wakes a coroutine that waits
/// to write, which then fills up what is left of the buffer. In a large one all that
/// has been received may find room (seen: 835 bytes, and 16 times 1,024), and then the
/// client is not cut off.
fn a_stop_cuts_off_a_client_that_never_reads(case: Case) {
    let (report, reports) = reports();
    let server = Server::local(case.protocol).unwrap().reporting(report);
    // Connections inherit it.
    SockRef::from(server.listener()).set_send_buffer_size(8192).unwrap();
    let (stop, statistics) = (server.stop().clone(), server.statistics().clone());
    let visited = server.during(case.serve, |address| {
        let client = Client::connect(address, case.protocol)?;
        let mut sending = client.stream().try_clone()?;
        std::thread::scope(|scope| {
            let sender = scope.spawn(move || sending.write_all(&vec![b'x'; 64 << 20]));
            // Until everything is full.
            let (mut messages, mut since) = (0, Instant::now());
            while messages == 0 || since.elapsed() < Duration::from_secs(1) {
                if messages != statistics.messages() {
                    (messages, since) = (statistics.messages(), Instant::now());
                }
                std::thread::sleep(Duration::from_millis(10));
            }
            let stopped = Instant::now();
            stop.set();
            let is_cut = |event: &Event| matches!(event, Event::Cut { .. });
            assert!(reports.wait_for(PATIENCE, is_cut).is_some());
            assert!(stopped.elapsed() >= GRACE, "{:?}", stopped.elapsed());
            assert!(sender.join().unwrap().is_err());
        });
        anyhow::Ok(())
    });
    visited.unwrap();
}
