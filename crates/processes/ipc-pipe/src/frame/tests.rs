//! Frames from every split of the bytes, and from nonsense.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// Puts bytes in, in pieces of the sizes given in turn, and takes out what is whole.
fn pass(bytes: &[u8], pieces: &[usize]) -> (Vec<Vec<u8>>, Result<bool, TooLong>) {
    let (mut inbox, mut out, mut rest) = (Inbox::default(), Vec::new(), bytes);
    let mut pieces = pieces.iter().copied().cycle();
    loop {
        loop {
            match inbox.next() {
                Err(error) => return (out, Err(error)),
                Ok(None) => break,
                Ok(Some(length)) => out.push(inbox.take(length).to_vec()),
            }
        }
        if rest.is_empty() {
            return (out, Ok(inbox.is_empty()));
        }
        let room = inbox.room();
        let count = pieces.next().unwrap().clamp(1, rest.len()).min(room.len());
        room[..count].copy_from_slice(&rest[..count]);
        inbox.came(count);
        rest = &rest[count..];
        // What is kept is bounded by what has come, whatever has been announced.
        assert!(inbox.buffer.capacity() <= 2 * (NEXT + bytes.len()));
    }
}

proptest! {
    #[test]
    fn messages_come_out_as_they_went_in(
        messages in vec(vec(any::<u8>(), 0..3000), 0..50),
        pieces in vec(1_usize..5000, 1..20),
    ) {
        let mut stream = Vec::new();
        for message in &messages {
            stream.extend(head_of(message.len()));
            stream.extend(message);
        }
        prop_assert_eq!(pass(&stream, &pieces), (messages, Ok(true)));
    }

    #[test]
    fn a_truncated_stream_gives_whole_messages_only(
        message in vec(any::<u8>(), 1..3000),
        pieces in vec(1_usize..5000, 1..20),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut stream = head_of(message.len()).to_vec();
        stream.extend(&message);
        stream.truncate(1 + cut.index(stream.len() - 1));
        prop_assert_eq!(pass(&stream, &pieces), (vec![], Ok(false)));
    }

    #[test]
    fn any_bytes_at_all_are_messages_or_an_error(
        bytes in vec(prop_oneof![3 => Just(0), 1 => any::<u8>()], 0..5000),
        pieces in vec(1_usize..5000, 1..20),
    ) {
        let (messages, end) = pass(&bytes, &pieces);
        let taken: usize = messages.iter().map(|message| HEAD + message.len()).sum();
        match end {
            Ok(empty) => prop_assert_eq!(empty, taken == bytes.len()),
            Err(TooLong { length }) => {
                prop_assert!(length > LIMIT);
                prop_assert_eq!(&bytes[taken..taken + HEAD], head_of(length));
            }
        }
    }
}

#[test]
fn a_long_message_grows_its_room_only_as_it_comes() {
    let mut inbox = Inbox::default();
    inbox.room()[..HEAD].copy_from_slice(&head_of(LIMIT));
    inbox.came(HEAD);
    let mut came = 0;
    while came < LIMIT {
        let room = inbox.room().len().min(LIMIT - came);
        assert!(
            room >= piece(came).min(LIMIT - came)
                && inbox.buffer.capacity() <= 2 * (NEXT + came)
        );
        inbox.came(room);
        came += room;
    }
    assert_eq!((inbox.next(), inbox.lacks()), (Ok(Some(LIMIT)), None));
    assert!(inbox.buffer.capacity() <= HEAD + LIMIT);
}

#[test]
fn it_is_full_at_twice_the_limit() {
    let mut inbox = Inbox::default();
    while !inbox.is_full() {
        let room = inbox.room();
        // Frames of nothing.
        let came = room.len().min(NEXT);
        room[..came].fill(0);
        inbox.came(came);
        assert!(inbox.is_full() || inbox.room().len() >= NEXT);
    }
    assert!(inbox.end > 2 * LIMIT && inbox.buffer.capacity() <= Inbox::FULL);
}

#[test]
fn a_message_that_has_begun_can_be_taken_over() {
    let mut inbox = Inbox::default();
    inbox.room()[..9].copy_from_slice(b"\0\0\0\0\x05\0\0\0x");
    inbox.came(9);
    assert_eq!((inbox.next(), inbox.take_part()), (Ok(Some(0)), None));
    assert_eq!(inbox.take(0), b"");
    assert_eq!(inbox.take_part(), Some((&b"x"[..], 5)));
    assert!(inbox.is_empty());
}
