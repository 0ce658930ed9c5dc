//! The ring in one process, against a model of it.

use std::collections::VecDeque;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn pop(ring: &Ring) -> Option<Vec<u8>> {
    ring.pop(None, |record| {
        let mut bytes = Vec::new();
        record.copy_to(&mut bytes);
        let parts = record.parts().concat();
        assert_eq!(bytes, parts);
        bytes
    })
}

/// An empty ring at which so many records and bytes have passed already.
fn ring_at(position: Position, max_records: u32, bytes: usize) -> Ring {
    let ring = Ring::of_size(max_records, bytes).expect("a ring");
    for end in [&ring.shared.producers, &ring.shared.consumers] {
        end.position.store(position, Ordering::Relaxed);
        end.other.store(position, Ordering::Relaxed);
    }
    ring
}

#[derive(Clone, Debug)]
enum Step {
    Push(Vec<u8>),
    Pop,
    Close,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        20 => vec(any::<u8>(), 0..70).prop_map(Step::Push),
        20 => Just(Step::Pop),
        1 => Just(Step::Close),
    ];
    vec(step, 0..200)
}

/// The last place of a record before the positions, which are bytes, begin anew.
const LAST_QUAD: u32 = u32::MAX >> 2;

proptest! {
    #[test]
    fn it_does_what_a_vec_deque_does(
        steps in steps(),
        max_records in 1_u32..12,
        size in 4_u32..9,
        records in prop_oneof![Just(0_u32), u32::MAX - 20..=u32::MAX],
        quads in prop_oneof![Just(0), 0_u32..100, LAST_QUAD - 100..=LAST_QUAD],
    ) {
        let size = 1_usize << size;
        let ring = ring_at(Position { records, bytes: quads * 4 }, max_records, size);
        let (mut model, mut closed) = (VecDeque::new(), false);
        let space = |record: &Vec<u8>| (4 + record.len()).next_multiple_of(4);
        for step in steps {
            match step {
                Step::Push(record) => {
                    let taken: usize = model.iter().map(space).sum();
                    let room = model.len() < max_records as usize
                        && taken + space(&record) <= size;
                    prop_assert_eq!(ring.has_room(record.len()), room);
                    let expected = match (record.len() > size - 4, closed, room) {
                        (true, ..) => Err(Refused::TooLong),
                        (_, true, _) => Err(Refused::Closed),
                        (.., false) => Err(Refused::Full),
                        _ => Ok(()),
                    };
                    prop_assert_eq!(ring.push(&record, None), expected);
                    if expected.is_ok() {
                        model.push_back(record);
                    }
                }
                Step::Pop => prop_assert_eq!(pop(&ring), model.pop_front()),
                Step::Close => {
                    ring.close();
                    closed = true;
                }
            }
            prop_assert_eq!(ring.len(), model.len());
            prop_assert_eq!(ring.is_empty(), model.is_empty());
            prop_assert_eq!(ring.is_closed(), closed);
        }
    }
}

#[test]
fn the_longest_record_fits_and_no_longer_one() {
    let ring = Ring::new(10).expect("a ring");
    let mut record = vec![7; Ring::MAX_RECORD];
    assert_eq!(ring.push(&record, None), Ok(()));
    assert_eq!(ring.push(&[], None), Err(Refused::Full));
    assert!(pop(&ring).is_some_and(|popped| popped == record));
    record.push(7);
    assert!(ring.has_room(Ring::MAX_RECORD));
    assert!(
        [record.len(), u32::MAX as usize, usize::MAX]
            .into_iter()
            .all(|length| !ring.has_room(length))
    );
    assert_eq!(ring.push(&record, None), Err(Refused::TooLong));
    assert!(ring.is_empty());
}

#[test]
fn a_panic_in_the_middle_of_a_pop_leaves_the_record() {
    let ring = Ring::new(1).expect("a ring");
    ring.push(b"apple", None).expect("room");
    let panic = || ring.pop(None, |_| panic!("dropped it"));
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(panic)).is_err());
    assert_eq!(pop(&ring).as_deref(), Some(&b"apple"[..]));
}

#[test]
fn the_two_ends_do_not_wait_for_each_other() {
    let ring = Ring::new(2).expect("a ring");
    ring.push(b"first", None).expect("room");
    let popped =
        ring.pop(Some(Instant::now()), |_| ring.push(b"second", Some(Instant::now())));
    assert_eq!(popped, Some(Ok(())));
    assert_eq!(pop(&ring).as_deref(), Some(&b"second"[..]));
}

#[test]
fn a_wait_for_the_other_producers_ends_at_the_deadline() {
    let ring = Ring::new(2).expect("a ring");
    ring.push(b"apple", None).expect("room");
    let soon = || Some(Instant::now() + std::time::Duration::from_millis(1));
    std::thread::scope(|scope| {
        ring.shared.producers.lock.hold(None, |_| {
            let late =
                scope.spawn(|| ring.push(b"pear", soon())).join().expect("no panic");
            assert_eq!(late, Err(Refused::Full));
        });
        ring.shared.consumers.lock.hold(None, |_| {
            assert_eq!(
                scope.spawn(|| ring.pop(soon(), |_| ())).join().expect("no panic"),
                None
            );
        });
    });
    assert_eq!(ring.len(), 1);
}
