//! What the detector says of real threads, and how it outlives panics and locks.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Barrier;
use std::thread;

use thread_locks::{Detector, Lock, RLock};

#[test]
fn a_circle_of_five_threads_is_found_and_resolved() {
    const THREADS: usize = 5;
    let detector = Detector::new();
    let locks: Vec<_> =
        (0..THREADS).map(|n| Lock::new(&detector, &n.to_string(), ())).collect();
    let all = Barrier::new(THREADS);
    let errors: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|n| {
                let (locks, all) = (&locks, &all);
                scope.spawn(move || {
                    let _mine = locks[n].lock().expect("it holds none");
                    all.wait();
                    locks[(n + 1) % THREADS].lock().map(drop)
                })
            })
            .collect();
        let results = threads.into_iter().map(|it| it.join().expect("no panic"));
        results.filter_map(Result::err).collect()
    });
    assert_eq!(errors.len(), 1, "one thread gives way, and the others go on");
    assert_eq!(errors[0].cycle.len(), THREADS);
}

#[test]
fn locks_of_two_detectors_are_not_compared() {
    let detectors = [(); 2].map(|()| Detector::new());
    let (a, b) = (Lock::new(&detectors[0], "A", ()), Lock::new(&detectors[1], "B", ()));
    drop((a.lock().expect("free"), b.lock().expect("free")));
    drop((b.lock().expect("free"), a.lock().expect("free")));
    assert!(detectors.iter().all(|detector| detector.inversions().is_empty()));
}

#[test]
fn guards_may_be_dropped_in_any_order() {
    let detector = Detector::new();
    let [a, b, c] = ["A", "B", "C"].map(|name| Lock::new(&detector, name, ()));
    let (first, second) = (a.lock().expect("free"), b.lock().expect("free"));
    drop(first);
    let third = c.lock().expect("free");
    drop(second);
    drop(third);
    // A was not held when C was taken: the way from A to C is by B.
    drop((c.lock().expect("free"), a.lock().expect("free")));
    let found = detector.inversions();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].cycle.len(), 3, "{}", found[0]);
}

#[test]
fn a_try_lock_is_no_order_and_its_guard_is() {
    let detector = Detector::new();
    let (a, b) = (Lock::new(&detector, "A", ()), Lock::new(&detector, "B", ()));
    drop((a.lock().expect("free"), b.try_lock().expect("free")));
    drop((b.try_lock().expect("free"), a.lock().expect("free")));
    assert!(detector.inversions().is_empty(), "only B, then A can wait");
    drop((a.lock().expect("free"), b.lock().expect("free")));
    assert_eq!(detector.inversions().len(), 1);
}

#[test]
fn a_panic_releases_the_locks_that_it_leaves() {
    let detector = Detector::new();
    let (a, b) = (Lock::new(&detector, "A", 1), RLock::new(&detector, "B", ()));
    let fails = || {
        let mut a = a.lock().expect("free");
        let _b = b.lock().expect("free");
        *a = 2;
        panic!("in the middle");
    };
    assert!(catch_unwind(AssertUnwindSafe(fails)).is_err());
    assert_eq!(*a.lock().expect("no poison"), 2, "the value stays as it was left");
    assert!(thread::scope(|scope| {
        scope.spawn(|| b.try_lock().is_some()).join().expect("no panic")
    }));
    // The thread holds nothing any more, so this is no order.
    let _b = b.lock().expect("free");
    let _a = a.lock().expect("free");
    assert_eq!(detector.inversions().len(), 1, "A, B before the panic; B, A after it");
}

#[test]
fn a_lock_can_be_taken_while_its_thread_ends() {
    struct Last(Detector);
    impl Drop for Last {
        fn drop(&mut self) {
            let lock = Lock::new(&self.0, "last", 1);
            *lock.lock().expect("free") += 1;
            assert_eq!(lock.into_inner(), 2);
        }
    }
    thread_local!(static LAST: Last = Last(Detector::new()));
    let ends = thread::spawn(|| {
        // Made before the thread's list of locks, and so dropped after it.
        LAST.with(|_| ());
        let lock = Lock::new(&Detector::new(), "first", ());
        drop(lock.lock());
    });
    ends.join().expect("its destructors do not panic");
}

#[test]
fn a_nameless_thread_is_called_by_its_id() {
    let detector = Detector::new();
    let lock = Lock::new(&detector, "A", ());
    let error = thread::scope(|scope| {
        let deadlocks = scope.spawn(|| {
            let _held = lock.lock().expect("free");
            lock.lock().map(drop)
        });
        deadlocks.join().expect("no panic").expect_err("it holds the lock")
    });
    assert!(error.cycle[0].thread.starts_with("ThreadId("), "{error}");
}

#[test]
fn ten_thousand_locks_leave_nothing_behind() {
    let detector = Detector::new();
    let outer = Lock::new(&detector, "outer", ());
    for _ in 0..10_000 {
        let inner = Lock::new(&detector, "inner", ());
        drop((outer.lock().expect("free"), inner.lock().expect("free")));
        drop(inner);
    }
    let inner = Lock::new(&detector, "inner", ());
    drop((inner.lock().expect("free"), outer.lock().expect("free")));
    assert!(detector.inversions().is_empty(), "the others are not this one");
}
