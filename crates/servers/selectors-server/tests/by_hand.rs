//! The server and its clients as programs, as a user has them at a prompt.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use selectors_server::{HAHA, RESPONSE};
use socket_server::kit::edge::program;

tests::main! {
    serve_and_talk_and_a_clean_end,
    a_load_is_checked_and_told,
    a_log_that_is_not_read_does_not_stop_the_server,
    connections_are_logged_when_asked_for,
    an_unknown_backend_is_an_error_that_lists_the_known_ones,
}

const SELECTORS_SERVER: &str = env!("CARGO_BIN_EXE_selectors-server");
const QUEUES: [&str; 2] = ["--form", "message-queues"];

fn serve_and_talk_and_a_clean_end() {
    for backend in ["select", "poll", "epoll"] {
        let answers = ["haha+hello", "haha+q?"];
        program::serve_and_talk(
            SELECTORS_SERVER,
            &["--backend", backend],
            &[],
            &answers,
        );
        let answers = ["Hello client-side", "response: hello", "response: q?"];
        program::serve_and_talk(
            SELECTORS_SERVER,
            &["--backend", backend, QUEUES[0], QUEUES[1]],
            &QUEUES,
            &answers,
        );
    }
}

fn a_load_is_checked_and_told() {
    program::load(SELECTORS_SERVER, &[]);
    program::load(SELECTORS_SERVER, &QUEUES);
}

fn a_log_that_is_not_read_does_not_stop_the_server() {
    program::serves_while_its_log_is_not_read(SELECTORS_SERVER, &[], HAHA);
    program::serves_while_its_log_is_not_read(SELECTORS_SERVER, &QUEUES, RESPONSE);
}

fn connections_are_logged_when_asked_for() {
    let server = program::Program::serving(SELECTORS_SERVER, &["-v"]);
    let client =
        std::net::TcpStream::connect(format!("127.0.0.1:{}", server.port())).unwrap();
    let address = client.local_addr().unwrap();
    assert_eq!(server.next_line(), format!("{address} connected"));
    drop(client);
    assert_eq!(server.next_line(), format!("{address} closed"));
    server.stop(nix::sys::signal::Signal::SIGINT);
}

fn an_unknown_backend_is_an_error_that_lists_the_known_ones() {
    let (code, _, errors) =
        program::at_its_end(SELECTORS_SERVER, &["serve", "--backend", "kqueue"], "");
    assert_eq!(code, Some(2));
    assert!(
        errors.contains("kqueue") && errors.contains("epoll, poll, select"),
        "{errors}"
    );
}
