//! Values with long slices, and values that are encoded to something else each time.

use std::cell::Cell;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use proptest::collection::vec;
use proptest::prelude::*;
use serde::ser::{SerializeTuple as _, Serializer};

use super::*;
use crate::{Connection, RecvError, pipe};

/// Sends a value from a thread, and gives what is received.
fn pass<T>(value: &T) -> T
where
    T: Clone + Send + Serialize + serde::de::DeserializeOwned + 'static,
{
    let (mut here, mut there) = pipe::<T>().expect("a pipe");
    let sent = value.clone();
    let sender = thread::spawn(move || there.send(sent).expect("a receiver"));
    let received = here.recv().expect("a value");
    sender.join().expect("no panic");
    received
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn a_value_with_slices_of_any_length_arrives(
        lengths in vec(
            prop_oneof![0..100_usize, LONG - 3..LONG + 3, 0..5 * LONG],
            0..8,
        ),
    ) {
        let text = |length| "x".repeat(length);
        let texts: Vec<(usize, String)> =
            lengths.iter().map(|&length| (length, text(length))).collect();
        prop_assert!(pass(&texts) == texts);
    }
}

#[test]
fn what_comes_behind_a_long_slice_is_sent_as_it_is_encoded() {
    let numbers: Vec<u32> = (0..1_000_000).collect();
    let value = ("x".repeat(LONG), numbers, "x".repeat(3 * LONG), 7);
    assert!(pass(&value) == value);
}

#[test]
fn a_long_slice_is_sent_from_where_it_is() {
    let (mut here, there) = pipe::<()>().expect("a pipe");
    let (there, _receiver) = there.split();
    let (mut outgoing, mut outbox) = (there.into_outgoing(), Vec::new());
    let text = "x".repeat(2 * LONG);
    send(&text, &mut outgoing, &mut outbox, None).expect("room");
    assert!(outbox.capacity() < LONG, "{} bytes for a copy", outbox.capacity());
    let mut received = Vec::new();
    here.recv_bytes_into(&mut received).expect("a message");
    assert!(crate::decode::<String>(&received).expect("a text") == text);
}

/// A long text and a number of bytes, which is another each time that it is encoded.
/// Without a number it panics.
struct Fickle(Cell<Option<usize>>, Option<usize>);

impl Serialize for Fickle {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut both = serializer.serialize_tuple(2)?;
        both.serialize_element(&"x".repeat(2 * LONG))?;
        let count = self.0.replace(self.1).expect("on purpose");
        both.serialize_element(&"y".repeat(count))?;
        both.end()
    }
}

#[test]
fn nothing_follows_a_value_that_has_changed_while_it_was_sent() {
    for second in [None, Some(3), Some(5), Some(2 * LONG)] {
        let (here, there) = UnixStream::pair().expect("a pair");
        let mut here = Connection::<Fickle>::from(OwnedFd::from(here));
        let mut there = Connection::<()>::from(OwnedFd::from(there));
        let fickle = Fickle(Cell::new(Some(4)), second);
        // There is room for all that is sent before it fails.
        let sent = catch_unwind(AssertUnwindSafe(|| here.send(fickle)));
        match sent {
            Err(_) => assert_eq!(second, None),
            Ok(sent) => {
                let cause = sent.expect_err("it has changed").cause;
                let refused = SendCause::Encode(EncodeError::Refused);
                assert_eq!(cause.to_string(), refused.to_string());
            }
        }
        let received = there.recv_bytes_into(&mut Vec::new());
        assert!(matches!(received, Err(RecvError::Truncated)), "{second:?}");
        let later = here.send(Fickle(Cell::new(Some(4)), Some(4)));
        assert!(later.expect_err("it is cut short").is_disconnected());
    }
}

#[test]
fn a_long_value_that_cannot_be_encoded_is_not_begun() {
    let (mut here, mut there) = pipe::<(String, String)>().expect("a pipe");
    let long = || "x".repeat(crate::LIMIT / 2);
    let error = here.send((long(), long())).expect_err("it is too long");
    assert!(matches!(error.cause, SendCause::Encode(EncodeError::TooLong)));
    here.send(("xixi".to_owned(), "haha".to_owned())).expect("the next is as good");
    assert_eq!(there.recv().expect("a value").0, "xixi");
}
