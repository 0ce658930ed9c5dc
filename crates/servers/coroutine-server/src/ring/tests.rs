//! The ring against a model: random clients come, send, end and break off, and each
//! must get back what it has sent. At the end nothing is left of them: no descriptor,
//! no buffer and no request.

use std::sync::{Mutex, MutexGuard, PoisonError};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::*;

mod client;
mod service;

use client::Client;
use service::Service;

/// Longer than the ring takes for anything that it does here.
const LONG: Duration = Duration::from_secs(10);

/// Descriptors are counted, so one test runs at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Clone, Debug)]
enum Step {
    /// A client connects.
    Connect,
    /// So many clients have each sent so much before anything is received from them,
    /// which are more receives than there are buffers.
    Crowd(usize, usize),
    /// A client sends as many of these bytes as its socket takes at once.
    Send(usize, usize),
    /// Each client does.
    SendAll(usize),
    /// A client takes at most so many bytes of its answers.
    Take(usize, usize),
    /// A client ends its sending side, and still takes its answers.
    End(usize),
    Reset(usize),
    /// A client closes its socket, whatever it is owed.
    Leave(usize),
    /// The service closes a connection, whatever its client is owed.
    Close(usize),
    /// The service uses the numbers of connections that are closed.
    UseClosed,
    /// The service looks at so many things that have been done.
    Turn(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let who = any::<prop::sample::Index>().prop_map(|it| it.index(1 << 16));
    let size = || prop_oneof![0..4_usize, 4..5_000_usize, 5_000..300_000_usize];
    prop_oneof![
        6 => Just(Step::Connect),
        1 => (33..50_usize, 32_768..50_000_usize)
            .prop_map(|(count, it)| Step::Crowd(count, it)),
        12 => (who.clone(), size()).prop_map(|(who, it)| Step::Send(who, it)),
        3 => size().prop_map(Step::SendAll),
        6 => (who.clone(), size()).prop_map(|(who, it)| Step::Take(who, it)),
        3 => who.clone().prop_map(Step::End),
        2 => who.clone().prop_map(Step::Reset),
        2 => who.clone().prop_map(Step::Leave),
        2 => who.prop_map(Step::Close),
        1 => Just(Step::UseClosed),
        12 => prop_oneof![0..4_usize, 4..400_usize].prop_map(Step::Turn),
    ]
}

#[test]
fn each_client_gets_what_it_has_sent_and_nothing_is_left() {
    let _alone = alone();
    let mut runner = TestRunner::new(Config {
        cases: 100,
        failure_persistence: None,
        max_shrink_time: 30_000,
        ..Config::default()
    });
    let steps = (vec(step(), 1..60), any::<bool>());
    let played = runner.run(&steps, |(steps, is_dropped)| {
        let before = descriptors();
        play(&steps, is_dropped);
        prop_assert_eq!(descriptors(), before, "descriptors are left");
        Ok(())
    });
    played.unwrap();
}

/// Plays the steps; then either drops the ring in the middle, or lets all come to their
/// end.
fn play(steps: &[Step], is_dropped: bool) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut service = Service::new(&listener);
    let mut clients = Vec::new();
    for step in steps {
        take(&mut service, &mut clients, step);
    }
    if is_dropped {
        drop(service);
        drop(listener);
        clients.iter_mut().for_each(Client::finds_the_ring_dropped);
        return;
    }
    clients.iter_mut().for_each(Client::end);
    let begin = Instant::now();
    while !clients.iter().all(Client::is_done) {
        service.turn(&mut clients, usize::MAX);
        for client in &mut clients {
            client.take(usize::MAX);
        }
        if begin.elapsed() > LONG {
            let waits = clients.iter().find(|client| !client.is_done());
            panic!("a client waits for its answer: {waits:?}");
        }
    }
    service.leaves_nothing();
}

fn take(service: &mut Service<'_>, clients: &mut Vec<Client>, step: &Step) {
    let count = clients.len();
    let chosen = |who: usize| who.checked_rem(count);
    match *step {
        Step::Connect => clients.push(Client::connect(count, service.listener)),
        Step::Crowd(size, bytes) => service.take_over(clients, size, bytes),
        Step::SendAll(bytes) => clients.iter_mut().for_each(|it| it.send(bytes)),
        Step::UseClosed => service.use_closed(clients),
        Step::Turn(most) => service.turn(clients, most),
        Step::Close(who) => {
            if let Some(client) = chosen(who).map(|it| &mut clients[it]) {
                service.close(client);
            }
        }
        Step::Send(who, _)
        | Step::Take(who, _)
        | Step::End(who)
        | Step::Reset(who)
        | Step::Leave(who) => {
            let Some(client) = chosen(who).map(|it| &mut clients[it]) else { return };
            match *step {
                Step::Send(_, bytes) => client.send(bytes),
                Step::Take(_, most) => client.take(most),
                Step::End(_) => client.end(),
                Step::Reset(_) => client.reset(),
                _ => client.leave(),
            }
        }
    }
}

#[test]
fn receives_that_find_no_buffer_go_on_when_there_is_one() {
    const CLIENTS: usize = 40;
    const BYTES: usize = 32 << 10;
    let _alone = alone();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut service = Service::new(&listener);
    service.answers = false;
    let mut clients = Vec::new();
    service.take_over(&mut clients, CLIENTS, BYTES);
    clients.iter_mut().for_each(Client::end);
    let begin = Instant::now();
    while !clients.iter().all(Client::is_done) && begin.elapsed() < LONG {
        service.turn(&mut clients, usize::MAX);
        for client in &mut clients {
            client.take(usize::MAX);
        }
    }
    for client in &clients {
        assert_eq!(client.received, client.sent.len());
    }
    // Without answers no client is paused, so a receive has begun anew for the want
    // of buffers alone.
    assert!(service.ring.receives() > CLIENTS as u64);
    service.leaves_nothing();
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}
