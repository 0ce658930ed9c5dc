//! Every order in which waiters and notifiers can meet. A waiter that sleeps on while
//! there is an item is a deadlock here, for the futex of the model has no heartbeat,
//! and loom reports it.

use loom::model::Builder;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicU32, Ordering::Relaxed};
use loom::thread::{self, JoinHandle};

use super::EventCount;

/// Items without a content, and an event count to wait for them. All is relaxed: the
/// order must come from the event count.
#[derive(Default)]
struct Items {
    count: AtomicU32,
    arrivals: EventCount,
}

impl Items {
    fn put(&self) {
        self.count.fetch_add(1, Relaxed);
        self.arrivals.notify_one();
    }

    fn get(&self) {
        while self
            .count
            .fetch_update(Relaxed, Relaxed, |count| count.checked_sub(1))
            .is_err()
        {
            self.arrivals.wait("for an item", None, || self.count.load(Relaxed) > 0);
        }
    }
}

/// Lets every producer put and every consumer get as many items as the lists say.
fn explore(preemptions: Option<usize>, puts: &'static [usize], gets: &'static [usize]) {
    let mut model = Builder::new();
    model.preemption_bound = preemptions;
    model.check(move || {
        let items = Arc::new(Items::default());
        let start = |times: usize, act: fn(&Items)| -> JoinHandle<()> {
            let items = Arc::clone(&items);
            thread::spawn(move || (0..times).for_each(|_| act(&items)))
        };
        let getting: Vec<_> =
            gets.iter().map(|&times| start(times, Items::get)).collect();
        let (last, others) = puts.split_last().expect("a producer");
        let putting: Vec<_> =
            others.iter().map(|&times| start(times, Items::put)).collect();
        (0..*last).for_each(|_| items.put());
        putting
            .into_iter()
            .chain(getting)
            .for_each(|thread| thread.join().expect("no panic"));
        assert_eq!(items.count.load(Relaxed), 0);
    });
}

#[test]
fn a_waiter_is_woken() {
    explore(None, &[1], &[1]);
}

#[test]
fn a_waiter_is_woken_each_time() {
    explore(Some(4), &[2], &[2]);
}

#[test]
fn each_of_two_waiters_is_woken() {
    explore(Some(3), &[2], &[1, 1]);
}

#[test]
fn a_waiter_is_woken_by_either_of_two() {
    explore(Some(3), &[1, 1], &[2]);
}

#[test]
fn two_wake_two() {
    explore(Some(2), &[1, 1], &[1, 1]);
}

#[test]
fn closing_wakes_all() {
    let mut model = Builder::new();
    model.preemption_bound = Some(2);
    model.check(|| {
        let items = Arc::new(Items::default());
        let waiters = [(); 2].map(|()| {
            let items = Arc::clone(&items);
            thread::spawn(move || {
                items
                    .arrivals
                    .wait("for an item", None, || items.count.load(Relaxed) > 0)
            })
        });
        items.count.store(1, Relaxed);
        items.arrivals.notify_all();
        assert!(
            waiters
                .map(|waiter| waiter.join().expect("no panic"))
                .iter()
                .all(|&ready| ready)
        );
    });
}
