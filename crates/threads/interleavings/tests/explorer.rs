//! What the explorer does with programs that panic, wait or poll.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::Cell;
use std::panic::catch_unwind;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use interleavings::sync::atomic::{AtomicBool, AtomicI64, Ordering::Relaxed};
use interleavings::sync::{Condvar, Mutex, RwLock, TryLockError};
use interleavings::{End, Error, Limits, Report, WaitsFor, explore, replay, thread};

fn all<T: std::fmt::Debug>(program: impl Fn() -> T + Send + 'static) -> Report {
    let report = explore(program, Limits::default()).unwrap();
    assert!(report.complete, "{report}");
    report
}

fn ends(report: &Report) -> Vec<String> {
    report.outcomes.iter().map(|outcome| outcome.end.to_string()).collect()
}

#[test]
fn a_panic_is_an_outcome_and_the_exploration_goes_on() {
    let report = all(|| {
        let first = AtomicI64::new(0);
        thread::scope(|scope| {
            for number in [1, 2] {
                let first = &first;
                scope.spawn(move || {
                    let was = first.compare_exchange(0, number, Relaxed, Relaxed);
                    assert!(number == 1 || was.is_err(), "thread 2 was first");
                });
            }
        });
        "thread 1 was first"
    });
    assert_eq!(ends(&report), ["\"thread 1 was first\"", "panic: thread 2 was first"]);
    assert_eq!((report.schedules, report.failures), (2, 1));
}

#[test]
fn a_panic_that_is_taken_from_a_handle_is_no_failure() {
    let report = all(|| thread::spawn(|| panic!("it is handled")).join().is_err());
    assert_eq!(ends(&report), ["true"]);
    assert_eq!(report.failures, 0);
}

#[test]
fn a_panic_that_no_thread_takes_is_a_failure() {
    let report = all(|| drop(thread::spawn(|| panic!("nothing joins it"))));
    assert_eq!(ends(&report), ["panic: nothing joins it"]);
    assert_eq!(report.failures, 1);
}

#[test]
fn a_panic_unlocks_and_poisons() {
    let report = all(|| {
        let lock = Arc::new(Mutex::new(0));
        let other = Arc::clone(&lock);
        let panics = thread::spawn(move || {
            let _held = other.lock().unwrap();
            panic!("with the lock");
        });
        drop(panics.join());
        lock.lock().is_err()
    });
    assert_eq!(ends(&report), ["true"]);
}

#[test]
fn a_destructor_takes_no_step_during_a_panic() {
    struct Counts<'a>(&'a AtomicI64);
    impl Drop for Counts<'_> {
        fn drop(&mut self) {
            self.0.fetch_add(1, Relaxed);
        }
    }
    let report = all(|| {
        let count = AtomicI64::new(0);
        thread::scope(|scope| {
            scope.spawn(|| count.load(Relaxed));
            let panics = scope.spawn(|| {
                let _counts = Counts(&count);
                panic!("with a destructor");
            });
            drop(panics.join());
        });
        count.into_inner()
    });
    assert_eq!(ends(&report), ["1"]);
    assert_eq!(report.schedules, 1, "only the load is a step");
}

#[test]
fn a_deadlock_unwinds_its_threads_and_drops_what_they_own() {
    static DROPPED: AtomicU64 = AtomicU64::new(0);
    struct Dropped;
    impl Drop for Dropped {
        fn drop(&mut self) {
            DROPPED.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
    }
    let report = all(|| {
        let (lock, condvar) = (Mutex::new(()), Condvar::new());
        let _main = Dropped;
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let _thread = Dropped;
                    // Unwinding begins here, and a panic that is caught stays so.
                    let guard = lock.lock().unwrap();
                    let waits = || drop(condvar.wait(guard));
                    let caught = catch_unwind(std::panic::AssertUnwindSafe(waits));
                    drop(lock.lock());
                    caught.is_ok()
                });
            }
        });
    });
    assert_eq!(report.failures, report.schedules);
    assert_eq!(
        DROPPED.load(std::sync::atomic::Ordering::Relaxed),
        3 * report.schedules
    );
    let End::Deadlocked(stands) = &report.outcomes[0].end else { panic!() };
    assert_eq!(stands.len(), 3);
    assert_eq!(stands[0].waits_for, WaitsFor::Notification);
    assert_eq!(stands[2].waits_for, WaitsFor::End("thread 1".to_owned()));
}

#[test]
fn readers_read_together_and_a_writer_writes_alone() {
    let report = all(|| {
        let (lock, inside) = (RwLock::new(0), AtomicI64::new(0));
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let read = lock.read().unwrap();
                    inside.fetch_add(1, Relaxed);
                    assert!(matches!(lock.try_write(), Err(TryLockError::WouldBlock)));
                    inside.fetch_sub(1, Relaxed);
                    drop(read);
                });
            }
            scope.spawn(|| {
                let mut written = lock.write().unwrap();
                assert_eq!(inside.load(Relaxed), 0);
                *written += 1;
            });
        });
        lock.into_inner().unwrap()
    });
    assert_eq!(ends(&report), ["1"]);
}

#[test]
fn a_wait_with_a_timeout_may_time_out_and_may_not() {
    let report = all(|| {
        let (ready, condvar) = (Mutex::new(false), Condvar::new());
        thread::scope(|scope| {
            let waits = scope.spawn(|| {
                let guard = ready.lock().unwrap();
                if *guard {
                    return "was ready";
                }
                let long = Duration::from_hours(1);
                let (guard, end) = condvar.wait_timeout(guard, long).unwrap();
                match (end.timed_out(), *guard) {
                    (true, false) => "timed out",
                    (true, true) => "timed out, and is ready",
                    (false, true) => "notified",
                    (false, false) => "notified too soon",
                }
            });
            *ready.lock().unwrap() = true;
            condvar.notify_one();
            waits.join().unwrap()
        })
    });
    let mut ends = ends(&report);
    ends.sort_unstable();
    let expected = ["notified", "timed out", "timed out, and is ready", "was ready"];
    assert_eq!(ends, expected.map(|end| format!("{end:?}")));
}

#[test]
fn a_token_is_kept_until_the_thread_parks() {
    let report = all(|| {
        let ready = AtomicBool::new(false);
        thread::scope(|scope| {
            let parks = scope.spawn(|| {
                thread::park();
                ready.load(Relaxed)
            });
            ready.store(true, Relaxed);
            parks.thread().unpark();
            parks.join().unwrap()
        })
    });
    assert_eq!(ends(&report), ["true"]);
    let report = all(thread::park);
    assert_eq!(ends(&report).len(), 1);
    assert!(ends(&report)[0].ends_with("to be unparked"), "{:?}", ends(&report));
}

#[test]
fn a_sleep_ends_when_no_step_is_possible_and_takes_no_time() {
    let report = all(|| {
        let order = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for hours in [2, 1] {
                let order = &order;
                scope.spawn(move || {
                    thread::sleep(Duration::from_hours(hours));
                    order.lock().unwrap().push(hours);
                });
            }
        });
        order.into_inner().unwrap()
    });
    assert_eq!(ends(&report), ["[1, 2]"]);
}

#[test]
fn each_thread_has_its_own_value_and_drops_it() {
    interleavings::thread_local! {
        static OWN: Cell<u32> = Cell::new(1);
    }
    let report = all(|| {
        let change = || OWN.with(|own| own.replace(own.get() + 1));
        let other = thread::spawn(move || (change(), change())).join().unwrap();
        (other, change(), thread::current().name().unwrap().to_owned())
    });
    assert_eq!(ends(&report), ["((1, 2), 1, \"main\")"]);
    assert_eq!(OWN.with(Cell::get), 1, "outside it is another one");
}

#[test]
fn a_loop_that_waits_for_ever_is_cut_and_named() {
    let limits = Limits::default().steps(50);
    let program = || {
        let never = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| while !never.load(Relaxed) {});
        });
    };
    let report = explore(program, limits).unwrap();
    assert_eq!((report.schedules, report.failures, report.cut), (1, 0, 1));
    assert!(!report.complete);
    let End::Cut(stand) = &report.outcomes[0].end else { panic!() };
    assert_eq!(stand.thread, "thread 1");
}

#[test]
fn schedules_end_at_their_limit() {
    let program = || {
        let n = AtomicI64::new(0);
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| n.fetch_add(1, Relaxed));
            }
        });
    };
    let report = explore(program, Limits::default().schedules(4)).unwrap();
    assert_eq!((report.schedules, report.complete), (4, false));
    let report = explore(program, Limits::default().schedules(6)).unwrap();
    assert_eq!((report.schedules, report.complete), (6, true));
}

#[test]
fn a_wait_for_a_condition_times_out_only_while_it_holds() {
    let report = all(|| {
        let (ready, condvar) = (Mutex::new(false), Condvar::new());
        thread::scope(|scope| {
            let waits = scope.spawn(|| {
                let guard = ready.lock().unwrap();
                let long = Duration::from_hours(1);
                let waited = condvar.wait_timeout_while(guard, long, |ready| !*ready);
                let (guard, end) = waited.unwrap();
                assert_ne!(*guard, end.timed_out());
                end.timed_out()
            });
            *ready.lock().unwrap() = true;
            condvar.notify_one();
            waits.join().unwrap()
        })
    });
    assert_eq!(ends(&report).len(), 2, "it may time out and may not");
    assert_eq!(report.failures, 0);
}

#[test]
fn a_thread_has_an_id_and_ends() {
    let report = all(|| {
        let me = thread::current().id();
        let other = thread::spawn(|| thread::current().id());
        while !other.is_finished() {
            thread::yield_now();
        }
        let id = other.thread().id();
        (id == me, other.join().unwrap() == id, thread::current().id() == me)
    });
    assert_eq!(ends(&report), ["(false, true, true)"]);
}

#[test]
fn a_hint_to_spin_gives_way() {
    let report = all(|| {
        let open = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !open.load(Relaxed) {
                    interleavings::hint::spin_loop();
                }
            });
            scope.spawn(|| open.store(true, Relaxed));
        });
    });
    assert_eq!((report.schedules, report.failures), (2, 0));
}

fn lose_a_decrement() -> i64 {
    let n = AtomicI64::new(2);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| n.store(n.load(Relaxed) - 1, Relaxed));
        }
    });
    n.into_inner()
}

#[test]
fn every_schedule_that_was_kept_can_be_replayed() {
    let report = explore(lose_a_decrement, Limits::default().keep(100)).unwrap();
    assert_eq!(report.kept.len(), 6);
    for (outcome, schedule) in &report.kept {
        let order: Vec<usize> = schedule.steps.iter().map(|it| it.thread).collect();
        let again = replay(lose_a_decrement, &order).unwrap();
        assert_eq!(again.end, report.outcomes[*outcome].end);
        assert_eq!(again.shortest, *schedule);
    }
    let few = explore(lose_a_decrement, Limits::default().keep(2)).unwrap();
    assert_eq!(few.kept[..], report.kept[..2]);
}

#[test]
fn a_schedule_is_replayed_as_far_as_it_is_given_and_only_if_it_is_possible() {
    let order = |given: &[usize]| {
        replay(lose_a_decrement, given).map(|outcome| outcome.shortest.order())
    };
    assert_eq!(order(&[]).unwrap(), "1,1,2,2");
    assert_eq!(order(&[2]).unwrap(), "2,2,1,1");
    assert_eq!(order(&[1, 2]).unwrap(), "1,2,2,1");
    for (given, thread, step) in [(&[3][..], 3, 1), (&[1, 1, 1], 1, 3)] {
        let error = order(given).unwrap_err();
        let Error::NotPossible { thread: who, step: when, .. } = error else {
            panic!("{error}");
        };
        assert_eq!((who, when), (thread, step));
    }
    let error = order(&[1, 1, 2, 2, 2]).unwrap_err().to_string();
    assert_eq!(error, "thread 2 cannot take step 5; no thread can");
}
