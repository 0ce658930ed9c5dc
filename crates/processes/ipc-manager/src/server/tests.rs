//! The server against clients that send nonsense, too much, or nothing.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use ipc_pipe::{Connection, frame as encode_frame};
use proptest::collection::vec;
use proptest::prelude::*;
use rustix::io::write;

use super::*;
use crate::client::Client as Asker;
use crate::message::{Bytes, Packed, Request};
use crate::object::{Object, encoded};
use crate::reception;
use crate::{Dict, Error, List};

/// Longer than an answer takes on a busy machine.
const LONG: Duration = Duration::from_secs(20);

/// A manager on a thread of its own, which lives as long as the tests do: nothing but
/// the end of its process ends it.
fn manager() -> OwnedFd {
    let (door, inside) = reception::pair().expect("sockets");
    std::thread::spawn(move || serve(inside));
    door
}

/// A client that speaks as it likes.
struct Raw(Connection<()>);

impl Raw {
    fn enter(door: &OwnedFd) -> Self {
        Self(reception::enter(door).expect("a connection").into())
    }

    fn send(&mut self, hold: Hold, request: Request<'_>) {
        self.0
            .send_bytes(&encoded(&Message { hold, request }).expect("bytes"))
            .expect("a manager");
    }

    fn receive(&mut self) -> Option<String> {
        assert!(self.0.poll(LONG), "neither an answer nor the end");
        let mut answer = Vec::new();
        self.0.recv_bytes_into(&mut answer).ok()?;
        Some(format!(
            "{:?}",
            postcard::from_bytes::<Reply>(&answer).expect("an answer")
        ))
    }

    fn ask(&mut self, hold: Hold, request: Request<'_>) -> Option<String> {
        self.send(hold, request);
        self.receive()
    }
}

/// Values for the first list.
fn append(values: &[&[u8]]) -> Request<'static> {
    let mut packed = Packed::default();
    for value in values {
        packed.push(value).expect("room");
    }
    Request::Append(0, packed.into_bytes())
}

fn object(door: OwnedFd, new: Request<'_>) -> Object {
    let client = Arc::new(Asker::new(door, 7));
    let number =
        client.ask(Hold::No, new, crate::object::number).expect("a new object");
    Object { client, number }
}

#[test]
fn a_malformed_request_ends_its_own_connection_only() {
    let door = manager();
    let mut good = Raw::enter(&door);
    assert_eq!(good.ask(Hold::No, Request::NewDict).as_deref(), Some("Number(0)"));
    let message = |hold, request| encoded(&Message { hold, request }).expect("bytes");
    let bytes = || Bytes::from(vec![1, 2, 3]);
    let bad = [
        vec![],
        vec![0xff; 100],
        b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        [message(Hold::No, Request::Nothing), vec![0]].concat(),
        message(Hold::No, Request::Get(1, bytes())),
        message(Hold::No, Request::Get(u64::MAX, bytes())),
        message(Hold::No, append(&[&[1, 2, 3]])),
        message(Hold::No, Request::Append(1, vec![5, 1].into())),
        message(Hold::No, Request::SetValue(0, bytes())),
        message(Hold::Release, Request::Nothing),
        message(Hold::Take, Request::Pop(0)),
    ];
    for frame in bad {
        let mut raw = Raw::enter(&door);
        raw.0.send_bytes(&frame).expect("a manager");
        assert_eq!(raw.receive(), None, "{frame:?}");
        assert_eq!(
            good.ask(Hold::No, Request::Len(0)).as_deref(),
            Some("Number(0)"),
            "{frame:?}"
        );
    }
    // Not even a frame.
    let raw = reception::enter(&door).expect("a connection");
    write(&raw, &[0xff; 10]).expect("a manager");
    assert_eq!(rustix::io::read(&raw, &mut [0; 1]).expect("the end"), 0);
    assert_eq!(good.ask(Hold::No, Request::Len(0)).as_deref(), Some("Number(0)"));
}

#[test]
fn a_client_that_passes_no_socket_is_not_admitted() {
    let door = manager();
    for _ in 0..3 {
        write(&door, b"!").expect("a manager");
    }
    assert_eq!(
        Raw::enter(&door).ask(Hold::No, Request::Nothing).as_deref(),
        Some("Done")
    );
}

#[test]
fn a_client_that_goes_in_the_middle_of_a_request_does_no_harm() {
    let door = manager();
    let mut good = Raw::enter(&door);
    good.ask(Hold::No, Request::NewList);
    let mut frame = Vec::new();
    let request = append(&[&[7; 5000]]);
    encode_frame(&Message { hold: Hold::No, request }, &mut frame).expect("a frame");
    for cut in (1..frame.len()).step_by(97) {
        let raw = reception::enter(&door).expect("a connection");
        write(&raw, &frame[..cut]).expect("a manager");
        drop(raw);
        assert_eq!(
            good.ask(Hold::No, Request::Len(0)).as_deref(),
            Some("Number(0)"),
            "{cut}"
        );
    }
}

#[test]
fn the_lock_keeps_others_waiting_in_their_order() {
    let door = manager();
    let [mut holder, mut first, mut second] = [(); 3].map(|()| Raw::enter(&door));
    holder.ask(Hold::No, Request::NewList);
    assert_eq!(holder.ask(Hold::Take, Request::Len(0)).as_deref(), Some("Number(0)"));
    first.send(Hold::No, Request::Len(0));
    // The holder goes on, and may take the lock again.
    let append = || append(&[&[7]]);
    assert_eq!(holder.ask(Hold::Take, append()).as_deref(), Some("Done"));
    second.send(Hold::Take, append());
    assert_eq!(holder.ask(Hold::Release, append()).as_deref(), Some("Done"));
    assert_eq!(holder.ask(Hold::No, append()).as_deref(), Some("Done"));
    for waiting in [&mut first, &mut second] {
        assert!(!waiting.0.poll(Duration::from_millis(5)), "it was answered too early");
    }
    assert_eq!(holder.ask(Hold::Release, Request::Nothing).as_deref(), Some("Done"));
    assert_eq!(first.receive().as_deref(), Some("Number(3)"));
    assert_eq!(second.receive().as_deref(), Some("Done"));
    // Now the second has it, and goes with it.
    first.send(Hold::No, Request::Len(0));
    drop(second);
    assert_eq!(first.receive().as_deref(), Some("Number(4)"));
}

#[test]
fn who_goes_while_it_waits_is_forgotten() {
    let door = manager();
    let [mut holder, mut gone, mut other] = [(); 3].map(|()| Raw::enter(&door));
    holder.ask(Hold::Take, Request::Nothing);
    gone.send(Hold::Take, Request::NewList);
    drop(gone);
    other.send(Hold::No, Request::NewList);
    // It reads a client once a round: the request in the first, the end in the second.
    for _ in 0..3 {
        holder.ask(Hold::No, Request::Nothing);
    }
    holder.ask(Hold::Release, Request::Nothing);
    assert_eq!(
        other.receive().as_deref(),
        Some("Number(0)"),
        "the request of one that has gone was served"
    );
}

#[test]
fn a_client_that_takes_no_answer_holds_up_no_other() {
    let door = manager();
    let [mut slow, mut other] = [(); 2].map(|()| Raw::enter(&door));
    slow.ask(Hold::No, Request::NewValue(vec![7; 1 << 20].into()));
    slow.send(Hold::No, Request::Value(0));
    for _ in 0..8 {
        assert_eq!(other.ask(Hold::No, Request::Nothing).as_deref(), Some("Done"));
    }
    assert!(slow.receive().expect("an answer").starts_with("Maybe(Some("));
    assert_eq!(slow.ask(Hold::No, Request::Nothing).as_deref(), Some("Done"));
}

#[test]
fn a_client_that_asks_again_before_the_answer_is_disconnected() {
    let door = manager();
    let [mut holder, mut hasty] = [(); 2].map(|()| Raw::enter(&door));
    holder.ask(Hold::Take, Request::NewList);
    hasty.send(Hold::No, append(&[&[7]]));
    hasty.send(Hold::No, append(&[&[7]]));
    assert_eq!(hasty.receive(), None);
    assert_eq!(
        holder.ask(Hold::Release, Request::Len(0)).as_deref(),
        Some("Number(0)"),
        "a request of a client that was disconnected was served"
    );
}

#[test]
fn a_client_that_only_sends_is_disconnected() {
    let door = manager();
    let raw = reception::enter(&door).expect("a connection");
    let mut frame = Vec::new();
    let message =
        Message { hold: Hold::No, request: Request::NewValue(vec![7; 60_000].into()) };
    encode_frame(&message, &mut frame).expect("a frame");
    let mut holder = Raw::enter(&door);
    holder.ask(Hold::Take, Request::Nothing);
    let refused = (0..2000).find_map(|_| write(&raw, &frame).err());
    assert!(
        matches!(refused, Some(Errno::PIPE | Errno::CONNRESET)),
        "120 MB were taken from a client that does not wait for an answer"
    );
    assert_eq!(
        holder.ask(Hold::Release, Request::NewList).as_deref(),
        Some("Number(0)")
    );
}

#[test]
fn an_answer_that_is_too_long_is_an_error_and_no_more() {
    let door = manager();
    let list = List::<String>::new(object(door, Request::NewList));
    for _ in 0..2 {
        list.push(&"x".repeat(9 << 20)).expect("room");
    }
    assert!(matches!(list.to_vec(), Err(Error::TooLong)));
    assert!(matches!(list.push(&"x".repeat(17 << 20)), Err(Error::TooLong)));
    assert_eq!(list.len().expect("the connection is as good as before"), 2);
    assert_eq!(list.get(1).expect("a value").map(|text| text.len()), Some(9 << 20));
}

#[test]
fn threads_of_one_process_are_clients_of_their_own() {
    let dict = Dict::<u32, u32>::new(object(manager(), Request::NewDict));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..500 {
                    dict.update(&7, |old| old.unwrap_or(0) + 1).expect("an update");
                }
            });
        }
    });
    assert_eq!(dict.items().expect("items"), [(7, 2000)]);
}

#[test]
fn a_panic_in_an_update_gives_the_lock_back() {
    let list = List::<u32>::new(object(manager(), Request::NewList));
    list.extend([1, 2]).expect("room");
    let panic = || list.update(0, |_| panic!("on purpose"));
    assert!(catch_unwind(AssertUnwindSafe(panic)).is_err());
    let other = || list.update(0, |old| old + 10).expect("the lock is free");
    assert_eq!(
        std::thread::scope(|scope| scope.spawn(other).join().expect("no panic")),
        11
    );
}

#[test]
fn an_update_may_use_what_the_manager_keeps() {
    let list = List::<u32>::new(object(manager(), Request::NewList));
    list.extend([1, 2]).expect("room");
    let sum = list.update(0, |old| {
        old + list.update(1, |old| 10 * old).expect("it has the lock already")
    });
    assert_eq!(
        (sum.expect("a sum"), list.to_vec().expect("a list")),
        (21, vec![21, 20])
    );
    // Not even if it takes away what it is about to replace.
    let gone = list.update(1, |_| list.clear().map(|()| 0).expect("it has the lock"));
    assert!(matches!(gone, Err(Error::OutOfRange { index: 1, length: 0 })));
    let other = || list.len().expect("the lock is free");
    assert_eq!(
        std::thread::scope(|scope| scope.spawn(other).join().expect("no panic")),
        0
    );
}

proptest! {
    #[test]
    fn no_message_upsets_the_store(messages in vec(vec(0..20_u8, 0..12), 0..50)) {
        let mut store = Store::default();
        let value = Request::NewValue(vec![].into());
        for new in [Request::NewDict, Request::NewList, value] {
            prop_assert!(store.apply(new).is_ok());
        }
        for message in &messages {
            if let Ok((message, _)) = postcard::take_from_bytes::<Message>(message) {
                let _malformed_or_not = store.apply(message.request);
            }
        }
        prop_assert!(matches!(store.apply(Request::Len(0)), Ok(Reply::Number(_))));
    }
}
