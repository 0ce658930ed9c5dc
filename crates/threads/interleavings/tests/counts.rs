//! How many schedules small programs have, and how many of them fail.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use interleavings::sync::atomic::{AtomicBool, AtomicI64, Ordering::Relaxed};
use interleavings::sync::{Condvar, Mutex};
use interleavings::{Limits, Report, explore, thread};

/// The schedules of a program, those that fail, and the same of the distinct ones. Each
/// exploration is made twice, and is the same both times.
fn counts(program: impl Fn() + Send + Copy + 'static) -> [(u64, u64); 2] {
    [Limits::default(), Limits::default().distinct()].map(|limits| {
        let report = all(program, limits);
        assert_eq!(report, all(program, limits), "the exploration is the same twice");
        (report.schedules, report.failures)
    })
}

fn all(program: impl Fn() + Send + 'static, limits: Limits) -> Report {
    let report = explore(program, limits).unwrap();
    assert!(report.complete);
    report
}

/// Threads that load and then store, so many times each.
fn race(threads: i64, turns: i64) {
    let n = AtomicI64::new(threads * turns);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                for _ in 0..turns {
                    let seen = n.load(Relaxed);
                    n.store(seen - 1, Relaxed);
                }
            });
        }
    });
    assert_eq!(n.load(Relaxed), 0);
}

#[test]
fn races_have_the_multinomials() {
    assert_eq!(counts(|| race(2, 1)), [(6, 4), (4, 2)]);
    assert_eq!(counts(|| race(2, 2)), [(70, 64), (34, 28)]);
    assert_eq!(counts(|| race(3, 1)), [(90, 84), (36, 30)]);
}

#[test]
fn larger_races_have_them_as_well() {
    let once = |threads, turns, limits| {
        let report = all(move || race(threads, turns), limits);
        (report.schedules, report.failures)
    };
    let distinct = Limits::default().distinct();
    assert_eq!(once(2, 4, Limits::default()), (12_870, 12_800));
    assert_eq!(once(2, 4, distinct), (3_334, 3_264));
    assert_eq!(once(3, 2, Limits::default()), (34_650, 34_560));
    assert_eq!(once(3, 2, distinct), (7_134, 7_044));
}

#[test]
fn few_preemptions_are_few_schedules() {
    let count = |turns, most| {
        let limits = Limits::default().preemptions(most);
        let report = all(move || race(3, turns), limits);
        (report.schedules, report.failures)
    };
    assert_eq!(count(1, 0), (6, 0));
    assert_eq!(count(10, 1), (348, 180));
    assert_eq!(count(10, 2), (14_370, 11_070));
}

#[test]
fn a_lock_leaves_an_order_for_each_thread() {
    let program = || {
        let n = Mutex::new(2);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| *n.lock().unwrap() -= 1);
            }
        });
        assert_eq!(n.into_inner().unwrap(), 0);
    };
    assert_eq!(counts(program), [(2, 0), (2, 0)]);
}

fn two_locks(in_order: bool) {
    let [a, b] = [(); 2].map(Mutex::new);
    thread::scope(|scope| {
        scope.spawn(|| {
            let _a = a.lock().unwrap();
            let _b = b.lock().unwrap();
        });
        scope.spawn(|| {
            let (first, second) = if in_order { (&a, &b) } else { (&b, &a) };
            let _first = first.lock().unwrap();
            let _second = second.lock().unwrap();
        });
    });
}

#[test]
fn two_locks_deadlock_crosswise_and_not_in_order() {
    assert_eq!(counts(|| two_locks(false))[0], (6, 2));
    assert_eq!(counts(|| two_locks(true))[0], (2, 0));
}

#[test]
fn looking_and_then_buying_sells_a_ticket_twice() {
    let program = || {
        let (left, sold) = (AtomicI64::new(1), AtomicI64::new(0));
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let seen = left.load(Relaxed);
                    if seen > 0 {
                        left.store(seen - 1, Relaxed);
                        sold.fetch_add(1, Relaxed);
                    }
                });
            }
        });
        assert_eq!(sold.load(Relaxed), 1);
    };
    assert_eq!(counts(program)[0], (16, 12));
}

fn wake_up(looks: bool) {
    let (ready, condvar) = (Mutex::new(false), Condvar::new());
    thread::scope(|scope| {
        scope.spawn(|| {
            let guard = ready.lock().unwrap();
            if !(looks && *guard) {
                drop(condvar.wait(guard).unwrap());
            }
        });
        scope.spawn(|| {
            *ready.lock().unwrap() = true;
            condvar.notify_one();
        });
    });
}

#[test]
fn a_wake_up_is_lost_without_a_look() {
    assert_eq!(counts(|| wake_up(false))[0], (4, 2));
    assert_eq!(counts(|| wake_up(true))[0], (4, 0));
}

#[test]
fn a_wait_for_a_flag_is_finite() {
    let spin = |gives_way: bool| {
        move || {
            let flag = AtomicBool::new(false);
            thread::scope(|scope| {
                scope.spawn(|| {
                    while !flag.load(Relaxed) {
                        if gives_way {
                            thread::yield_now();
                        }
                    }
                });
                scope.spawn(|| flag.store(true, Relaxed));
            });
        }
    };
    assert_eq!(counts(spin(true))[0], (2, 0));
    // It reads up to eleven times before the store.
    assert_eq!(counts(spin(false))[0], (12, 0));
}
