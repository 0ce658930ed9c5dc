//! The server and its clients as programs, as a user has them at a prompt.

use socket_server::Protocol;
use socket_server::kit::edge::program::{self, Program, at_its_end};

tests::main! {
    serve_and_talk_and_a_clean_end,
    a_load_is_checked_and_told,
    a_log_that_is_not_read_does_not_stop_the_server,
    nobody_listens_is_said_in_a_line,
    a_port_in_use_is_said_in_a_line,
    bad_options_are_named,
}

const SOCKET_SERVER: &str = env!("CARGO_BIN_EXE_socket-server");

fn serve_and_talk_and_a_clean_end() {
    for threads in [&[][..], &["--threads", "1"], &["--threads", "4"]] {
        program::serve_and_talk(SOCKET_SERVER, threads, &[], &["HELLO", "Q?"]);
    }
}

fn a_load_is_checked_and_told() {
    program::load(SOCKET_SERVER, &[]);
}

fn a_log_that_is_not_read_does_not_stop_the_server() {
    program::serves_while_its_log_is_not_read(SOCKET_SERVER, &[], Protocol::UPPER);
}

fn nobody_listens_is_said_in_a_line() {
    let server = Program::serving(SOCKET_SERVER, &[]);
    let port = server.port();
    server.stop(nix::sys::signal::Signal::SIGTERM);
    for client in ["talk", "load"] {
        let (code, _, errors) =
            at_its_end(SOCKET_SERVER, &[client, "--port", &port], "hello\n");
        assert_eq!(
            (code, errors),
            (Some(1), format!("socket-server: nothing listens on 127.0.0.1:{port}\n"))
        );
    }
}

fn a_port_in_use_is_said_in_a_line() {
    let server = Program::serving(SOCKET_SERVER, &[]);
    let (code, _, errors) =
        at_its_end(SOCKET_SERVER, &["serve", "--port", &server.port()], "");
    let said = format!(
        "socket-server: 127.0.0.1:{} is in use: another program listens there\n",
        server.port()
    );
    assert_eq!((code, errors), (Some(1), said));
    server.stop(nix::sys::signal::Signal::SIGINT);
}

fn bad_options_are_named() {
    for (options, named) in [
        (&["serve", "--port", "70000"][..], "70000"),
        (&["serve", "--threads", "0"], "0"),
        (&["load", "--connections", "many"], "many"),
        (&["serv"], "serv"),
    ] {
        let (code, _, errors) = at_its_end(SOCKET_SERVER, options, "");
        assert_eq!(code, Some(2), "{options:?}");
        assert!(errors.contains(&format!("'{named}'")), "{errors}");
    }
}
