//! Each of the three servers, and what its clients may do to it.

use socket_server::kit::Client;
use socket_server::kit::edge::{self, Case};
use socket_server::{
    Error, Protocol, Server, one_at_a_time, pool, thread_per_connection,
};

const ONE: Case = Case {
    serve: |server| Ok(one_at_a_time(server)?),
    protocol: Protocol::UPPER,
    most_kept: 1024,
};
const THREADS: Case =
    Case { serve: |server| Ok(thread_per_connection(server)?), ..ONE };
const POOL: Case = Case { serve: |server| Ok(pool(server, 3)?), ..ONE };
const GREETING: Case = Case {
    serve: |server| Ok(thread_per_connection(server)?),
    protocol: Protocol { greeting: "Hello client", prefix: "response: ", upper: false },
    most_kept: 1024 + 10,
};

socket_server::edge_cases! {
    one: ONE;
    threads: THREADS;
    workers: POOL;
    with_a_greeting: GREETING;
}

#[test]
fn an_address_has_a_bounded_number_of_connections() {
    for case in [THREADS, POOL] {
        edge::an_address_has_a_bounded_number_of_connections(case);
    }
}

#[test]
fn two_silent_clients_do_not_keep_a_pool_of_two_for_ever() {
    let server = Server::local(Protocol::UPPER).unwrap();
    let server = server.with_idle_timeout(std::time::Duration::from_millis(200));
    let answer = server.during(
        |server| pool(server, 2),
        |address| {
            let connect = || Client::connect(address, Protocol::UPPER);
            let _silent = [connect()?, connect()?];
            connect()?.ask("hello")
        },
    );
    assert_eq!(answer.unwrap(), "HELLO");
}

#[test]
fn a_pool_without_threads_is_an_error() {
    let server = Server::local(Protocol::UPPER).unwrap();
    let error = pool(&server, 0).unwrap_err();
    assert_eq!(error.to_string(), "a pool needs at least one thread");
}

#[test]
fn a_port_in_use_is_an_error_that_says_so() {
    let server = Server::local(Protocol::UPPER).unwrap();
    let port = server.address().port();
    let error = Server::new("127.0.0.1", port, Protocol::UPPER).unwrap_err();
    assert!(matches!(error, Error::PortInUse { .. }));
    assert_eq!(
        error.to_string(),
        format!("127.0.0.1:{port} is in use: another program listens there")
    );
}

#[test]
fn a_port_can_be_taken_anew_at_once() {
    let server = Server::local(Protocol::UPPER).unwrap();
    let address = server.address();
    server
        .during(one_at_a_time, |address| {
            Client::connect(address, Protocol::UPPER)?.ask("hello")?;
            Ok::<(), Error>(())
        })
        .unwrap();
    // The server has closed its side first or second; either way the port may be in
    // TIME_WAIT.
    Server::new("127.0.0.1", address.port(), Protocol::UPPER).unwrap();
}

#[test]
fn a_host_that_is_not_of_this_machine_is_an_error_that_names_it() {
    let error = Server::new("192.0.2.1", 0, Protocol::UPPER).unwrap_err();
    assert_eq!(error.to_string(), "cannot listen on 192.0.2.1:0");
}

#[test]
fn that_nothing_listens_is_said_clearly() {
    // A port that was free a moment ago, and that no other program knows.
    let address = Server::local(Protocol::UPPER).unwrap().address();
    let error = Client::connect(address, Protocol::UPPER).unwrap_err();
    assert_eq!(error.to_string(), format!("nothing listens on {address}"));
}

#[test]
fn a_wrong_answer_is_an_error_that_shows_it() {
    let server = Server::local(Protocol::ECHO).unwrap();
    let error = server.during(one_at_a_time, |address| {
        Client::connect(address, Protocol::UPPER)?.ask("HELLo")
    });
    let error = error.unwrap_err();
    assert!(
        matches!(&error, Error::WrongAnswer { answer, .. } if answer == b"o"),
        "{error}"
    );
}
