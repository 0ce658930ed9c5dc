//! The queue between explored threads: no item is lost, and no wake-up.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Debug;
use std::time::Duration;

use interleavings::{Limits, Report, explore, thread};
use thread_queues::{BlockingQueue, Fifo, GetError, Lifo, Queue, Storage};

/// Explores a program; it must neither panic nor hang in any schedule.
fn explored<T: Debug + 'static>(program: fn() -> T, limits: Limits) -> Report {
    let report = explore(program, limits.schedules(1_000_000)).unwrap();
    assert!(report.complete && report.failures == 0, "{report}");
    report
}

fn returned(report: &Report) -> Vec<String> {
    report.outcomes.iter().map(|outcome| outcome.end.to_string()).collect()
}

/// Two producers and two consumers over room for one item: producers wait for room, and
/// consumers for an item.
fn two_by_two<S: Storage<Item = i32> + Send>() -> Vec<i32> {
    let q = &BlockingQueue::<S>::new(1);
    thread::scope(|scope| {
        for item in [1, 2] {
            scope.spawn(move || q.put(item).unwrap());
        }
        let consumers = [(), ()].map(|()| scope.spawn(move || q.get().unwrap()));
        let mut got = consumers.map(|consumer| consumer.join().unwrap()).to_vec();
        got.sort_unstable();
        got
    })
}

#[test]
fn two_consumers_get_each_item_of_two_producers_once() {
    let report = explored(two_by_two::<Fifo<i32>>, Limits::default().preemptions(2));
    assert_eq!(returned(&report), ["[1, 2]"]);
}

#[test]
fn two_consumers_get_each_item_of_two_producers_once_from_a_stack() {
    let report = explored(two_by_two::<Lifo<i32>>, Limits::default().preemptions(2));
    assert_eq!(returned(&report), ["[1, 2]"]);
}

#[test]
fn a_get_with_a_timeout_loses_neither_an_item_nor_a_wake_up() {
    let report = explored(
        || {
            let q = &Queue::new(0);
            thread::scope(|scope| {
                let impatient =
                    scope.spawn(move || q.get_timeout(Duration::from_secs(1)));
                let patient = scope.spawn(move || q.get().unwrap());
                q.put(1).unwrap();
                let impatient = impatient.join().unwrap();
                if impatient.is_ok() {
                    q.put(2).unwrap();
                }
                (impatient, patient.join().unwrap())
            })
        },
        Limits::default().preemptions(2),
    );
    let empty = GetError::Empty;
    let expected = [format!("(Err({empty:?}), 1)"), "(Ok(1), 2)".to_owned()];
    assert!(returned(&report).iter().all(|end| expected.contains(end)), "{report}");
    assert_eq!(report.outcomes.len(), expected.len(), "{report}");
}
