//! Each of the three servers, and what its clients may do to it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod edge;

use edge::{Case, edge_cases};
use socket_server::{
    Error, Protocol, Service, one_at_a_time, pool, thread_per_connection,
};

const ONE: Case = Case {
    serve: |service| Ok(one_at_a_time(service)?),
    protocol: Protocol::UPPER,
    most_kept: 1024,
};
const THREADS: Case =
    Case { serve: |service| Ok(thread_per_connection(service)?), ..ONE };
const POOL: Case = Case { serve: |service| Ok(pool(service, 3)?), ..ONE };
const GREETING: Case = Case {
    serve: |service| Ok(thread_per_connection(service)?),
    protocol: Protocol::RESPONSE,
    most_kept: 1024 + 10,
};

edge_cases! {
    one: ONE;
    threads: THREADS;
    workers: POOL;
    with_a_greeting: GREETING;
}

#[test]
fn a_pool_without_threads_is_an_error() {
    let service = Service::local(Protocol::UPPER).unwrap();
    let error = pool(&service, 0).unwrap_err();
    assert_eq!(error.to_string(), "a pool needs at least one thread");
}

#[test]
fn a_port_in_use_is_an_error_that_says_so() {
    let service = Service::local(Protocol::UPPER).unwrap();
    let port = service.address().port();
    let error = Service::new("127.0.0.1", port, Protocol::UPPER).unwrap_err();
    assert!(matches!(error, Error::PortInUse { .. }));
    assert_eq!(
        error.to_string(),
        format!("127.0.0.1:{port} is in use: another program listens there")
    );
}

#[test]
fn a_port_can_be_taken_anew_at_once() {
    let service = Service::local(Protocol::UPPER).unwrap();
    let address = service.address();
    service
        .during(one_at_a_time, |address| {
            socket_server::Client::connect(address, Protocol::UPPER)?.ask("hello")?;
            Ok::<(), Error>(())
        })
        .unwrap();
    // The server has closed its side first or second; either way the port may be in
    // TIME_WAIT.
    Service::new("127.0.0.1", address.port(), Protocol::UPPER).unwrap();
}

#[test]
fn a_host_that_is_not_of_this_machine_is_an_error_that_names_it() {
    let error = Service::new("192.0.2.1", 0, Protocol::UPPER).unwrap_err();
    assert_eq!(error.to_string(), "cannot listen on 192.0.2.1:0");
}

#[test]
fn nobody_listens_is_said_clearly() {
    // A port that was free a moment ago, and that nobody has been told of.
    let address = Service::local(Protocol::UPPER).unwrap().address();
    let error = socket_server::Client::connect(address, Protocol::UPPER).unwrap_err();
    assert_eq!(error.to_string(), format!("nobody listens on {address}"));
}

#[test]
fn a_wrong_answer_is_an_error_that_shows_it() {
    let service = Service::local(Protocol::ECHO).unwrap();
    let error = service.during(one_at_a_time, |address| {
        socket_server::Client::connect(address, Protocol::UPPER)?.ask("HELLo")
    });
    let error = error.unwrap_err();
    assert!(
        matches!(&error, Error::WrongAnswer { answer, .. } if answer == b"o"),
        "{error}"
    );
}
