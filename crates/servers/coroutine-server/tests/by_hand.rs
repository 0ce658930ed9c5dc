//! The server and its clients as programs, as a user has them at a prompt.

#![forbid(unsafe_code)]

use socket_server::Protocol;
use socket_server::kit::edge::program::{self, Program, at_its_end};

tests::main! {
    serve_and_talk_and_a_clean_end,
    a_load_is_checked_and_told,
    a_log_that_is_not_read_does_not_stop_the_server,
    a_port_in_use_is_said_in_a_line,
    an_unknown_server_is_an_error_that_lists_the_known_ones,
}

const PROGRAM: &str = env!("CARGO_BIN_EXE_coroutine-server");
const OURS: [[&str; 2]; 3] = [["--by", "may"], ["--by", "tokio"], ["--by", "ring"]];

fn serve_and_talk_and_a_clean_end() {
    for by in OURS {
        program::serve_and_talk(PROGRAM, &by, &[], &["HELLO", "Q?"]);
    }
}

fn a_load_is_checked_and_told() {
    for by in OURS {
        let server = Program::serving(PROGRAM, &by);
        let options = ["load", "--port", &server.port(), "--seconds", "1"];
        let (code, said, errors) = at_its_end(PROGRAM, &options, "");
        assert_eq!((code, errors.as_str()), (Some(0), ""), "{by:?}");
        assert!(said.contains("errors 0"), "{said}");
        server.stop(nix::sys::signal::Signal::SIGINT);
    }
}

fn a_log_that_is_not_read_does_not_stop_the_server() {
    for by in OURS {
        program::serves_while_its_log_is_not_read(PROGRAM, &by, Protocol::UPPER);
    }
}

fn a_port_in_use_is_said_in_a_line() {
    let server = Program::serving(PROGRAM, &[]);
    let options = ["serve", "--port", &server.port()];
    let (code, _, errors) = at_its_end(PROGRAM, &options, "");
    let port = server.port();
    let said = format!(
        "coroutine-server: 127.0.0.1:{port} is in use: another program listens there\n"
    );
    assert_eq!((code, errors), (Some(1), said));
    server.stop(nix::sys::signal::Signal::SIGTERM);
}

fn an_unknown_server_is_an_error_that_lists_the_known_ones() {
    let (code, _, errors) = at_its_end(PROGRAM, &["serve", "--by", "kqueue"], "");
    assert_eq!(code, Some(2));
    assert!(errors.contains("'kqueue'") && errors.contains("may, tokio, ring"));
}
