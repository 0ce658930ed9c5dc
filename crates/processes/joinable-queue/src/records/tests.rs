//! Records and hands in one process, at moments at which a process may be killed.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;

/// As if a process had been killed right before its record was popped, or right
/// after.
#[test]
fn a_death_between_hand_and_ring_neither_loses_nor_doubles_a_record() {
    for popped in [false, true] {
        let records = Records::new(0).expect("a queue");
        put(&records, b"first");
        put(&records, b"second");
        die_with_the_first(&records, popped);
        let mut got = Vec::new();
        while let Ok(delivery) = records.try_get() {
            got.push((delivery.bytes().to_vec(), delivery.redelivered()));
            delivery.done();
        }
        got.sort();
        assert_eq!(got, [(b"first".to_vec(), popped), (b"second".to_vec(), false)]);
        assert_eq!(records.unfinished(), 0);
    }
}

#[test]
fn the_last_record_is_found_in_the_hand_of_a_process_that_died_right_after() {
    let records = Records::new(0).expect("a queue");
    put(&records, b"only");
    die_with_the_first(&records, true);
    assert_eq!(records.unfinished(), 1);
    let delivery = records.try_get().expect("it is in a hand");
    assert_eq!((delivery.bytes(), delivery.redelivered()), (&b"only"[..], true));
    delivery.done();
    assert!(records.join(Some(Instant::now())));
}

fn put(records: &Records, task: &[u8]) {
    let mut record = Records::begin();
    record.extend(task);
    records.try_put(&mut record).expect("room");
}

/// Begins to take a record, and goes no further than to the moment before or after
/// it is popped. The hand then has no owner, as the kernel leaves it when a process
/// is killed.
fn die_with_the_first(records: &Records, popped: bool) {
    let taken = records.hands.take(|| false).expect("a lock");
    let Some(Taken::Empty(hand)) = taken else { panic!("no empty hand") };
    let fill = || {
        records.ring.pop(None, |record| {
            let (number, task) = split(record.parts());
            records.hands.fill(hand, number, task);
            if !popped {
                std::panic::resume_unwind(Box::new("killed"));
            }
        })
    };
    assert_eq!(catch_unwind(AssertUnwindSafe(fill)).is_ok(), popped);
    records.hands.give_back(hand);
}
