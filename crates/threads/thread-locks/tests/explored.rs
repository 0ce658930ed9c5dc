//! Every schedule of small programs: none hangs, and no error is a false one.

use std::cell::Cell;

use interleavings::{Limits, Report, explore, thread};
use thread_locks::{Detector, Key, Lock, Ordered, RLock, levels};

/// How many schedules return this value.
fn count(report: &Report, value: &str) -> u64 {
    report.returned(value).map_or(0, |outcome| outcome.schedules)
}

/// Each of three philosophers takes the fork at the left, then the one at the right.
fn philosophers(in_order: bool) -> (usize, usize) {
    let detector = Detector::new();
    let forks = ["A", "B", "C"].map(|name| Lock::new(&detector, name, ()));
    let errors = thread::scope(|scope| {
        let threads = [0, 1, 2].map(|seat| {
            let forks = &forks;
            scope.spawn(move || {
                let (mut one, mut other) = (seat, (seat + 1) % 3);
                if in_order {
                    (one, other) = (one.min(other), one.max(other));
                }
                let _one = forks[one].lock().expect("it holds none");
                forks[other].lock().map(drop)
            })
        });
        let results = threads.map(|it| it.join().expect("no panic"));
        for error in results.iter().filter_map(|it| it.as_ref().err()) {
            assert_eq!(error.cycle.len(), 3, "all three are in the circle");
        }
        results.iter().filter(|it| it.is_err()).count()
    });
    (errors, detector.inversions().len())
}

#[test]
fn three_philosophers_never_hang() {
    let few = Limits::default().preemptions(2);
    let report = explore(|| philosophers(false), few).expect("a report");
    assert!(report.complete, "{report}");
    assert_eq!(report.failures, 0);
    assert!(count(&report, "(1, 1)") > 0, "some schedule closes the circle");
    let all = count(&report, "(0, 1)") + count(&report, "(1, 1)");
    assert_eq!(all, report.schedules, "and every one reports the order");
}

#[test]
fn three_philosophers_with_an_order_get_no_error() {
    let few = Limits::default().preemptions(2);
    let report = explore(|| philosophers(true), few).expect("a report");
    assert!(report.complete, "{report}");
    assert_eq!(count(&report, "(0, 0)"), report.schedules);
}

/// A thread that waits for a lock whose holder waits for nothing gets no error, however
/// long the chain.
#[test]
fn a_chain_is_no_circle() {
    fn chain() {
        let detector = Detector::new();
        let [a, b, c] = ["A", "B", "C"].map(|name| Lock::new(&detector, name, ()));
        thread::scope(|scope| {
            scope.spawn(|| {
                let _a = a.lock().expect("no circle");
                drop(b.lock().expect("no circle"));
            });
            scope.spawn(|| {
                let _b = b.lock().expect("no circle");
                drop(c.lock().expect("no circle"));
            });
            drop(c.lock().expect("no circle"));
        });
    }
    let few = Limits::default().preemptions(2);
    let report = explore(chain, few).expect("a report");
    assert_eq!((report.failures, report.complete), (0, true), "{report}");
}

#[test]
fn a_lock_and_an_rlock_crosswise_never_hang() {
    fn crosswise() -> usize {
        let detector = Detector::new();
        let a = Lock::new(&detector, "A", ());
        let b = RLock::new(&detector, "B", ());
        thread::scope(|scope| {
            let one = scope.spawn(|| {
                let _a = a.lock().expect("it holds none");
                b.lock().map(drop)
            });
            let other = scope.spawn(|| {
                let _b = b.lock().expect("it holds none");
                let _again = b.lock().expect("it is its own");
                a.lock().map(drop)
            });
            let results = [one, other].map(|it| it.join().expect("no panic"));
            results.iter().filter(|it| it.is_err()).count()
        })
    }
    let report = explore(crosswise, Limits::default()).expect("a report");
    assert!(report.complete, "{report}");
    assert!(count(&report, "1") > 0);
    assert_eq!(count(&report, "0") + count(&report, "1"), report.schedules);
}

/// After the error the thread releases what it holds, gives way, and tries once more.
/// Without giving way it could get the error again and again.
#[test]
fn to_release_and_to_try_again_resolves_the_deadlock() {
    fn both_get_both() {
        let detector = Detector::new();
        let (a, b) = (Lock::new(&detector, "A", ()), Lock::new(&detector, "B", ()));
        let take = |first: &Lock<()>, then: &Lock<()>| {
            loop {
                let held = first.lock().expect("it holds none");
                if then.lock().is_ok() {
                    return;
                }
                drop(held);
                thread::yield_now();
            }
        };
        thread::scope(|scope| {
            scope.spawn(|| take(&a, &b));
            scope.spawn(|| take(&b, &a));
        });
    }
    let few = Limits::default().preemptions(2);
    let report = explore(both_get_both, few).expect("a report");
    assert_eq!((report.failures, report.complete), (0, true), "{report}");
}

#[test]
fn an_rlock_keeps_nested_changes_together() {
    fn nested() -> i32 {
        let n = RLock::new(&Detector::new(), "n", Cell::new(0));
        let add = || {
            let outer = n.lock().expect("no deadlock");
            let seen = outer.get();
            let inner = n.lock().expect("no deadlock");
            drop(outer);
            inner.set(seen + 1);
        };
        thread::scope(|scope| {
            scope.spawn(add);
            scope.spawn(add);
            add();
        });
        n.into_inner().get()
    }
    let few = Limits::default().preemptions(3);
    let report = explore(nested, few).expect("a report");
    assert!(report.complete, "{report}");
    assert_eq!(count(&report, "3"), report.schedules);
}

levels!(First, Second, Third);

#[test]
fn ordered_locks_never_hang() {
    fn in_order() {
        let first = Ordered::<First, _>::new(0);
        let second = Ordered::<Second, _>::new(0);
        let third = Ordered::<Third, _>::new(0);
        thread::scope(|scope| {
            scope.spawn(|| {
                let mut key = Key::of_this_thread().expect("its only one");
                let (mut n, mut key) = first.lock(&mut key);
                *n += 1;
                let (mut n, _) = third.lock(&mut key);
                *n += 1;
            });
            scope.spawn(|| {
                let mut key = Key::of_this_thread().expect("its only one");
                let (mut n, mut key) = second.lock(&mut key);
                *n += 1;
                let (mut n, _) = third.lock(&mut key);
                *n += 1;
            });
        });
        assert_eq!(third.into_inner(), 2);
    }
    let report = explore(in_order, Limits::default()).expect("a report");
    assert_eq!((report.failures, report.complete), (0, true), "{report}");
}

#[test]
fn a_thread_has_one_key() {
    let key = Key::of_this_thread().expect("the first");
    assert!(Key::of_this_thread().is_none());
    assert!(
        std::thread::spawn(|| Key::of_this_thread().is_some()).join().expect("ends")
    );
    drop(key);
    assert!(Key::of_this_thread().is_some());
}
