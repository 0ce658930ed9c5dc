//! Loom models: every schedule of a few calls, with every outcome that weak memory
//! allows.
//!
//! The locks contain a cell of loom's, which fails if two threads use it at the same
//! time, or one after the other without anything that orders them.

use std::sync::Arc;

use loom::cell::UnsafeCell;
use loom::thread::{self, JoinHandle};

use crate::{Detector, Lock, RLock, RwLock};

fn explore(model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(model);
}

/// A thread that works with what is shared.
fn start<S: Send + Sync + 'static, R: 'static>(
    shared: &Arc<S>,
    work: impl FnOnce(&S) -> R + 'static,
) -> JoinHandle<R> {
    let shared = Arc::clone(shared);
    thread::spawn(move || work(&shared))
}

/// A number in a cell of loom's.
struct Number(UnsafeCell<i32>);

// SAFETY: the model fails if two threads use it at the same time.
unsafe impl Sync for Number {}

fn zero() -> Number {
    Number(UnsafeCell::new(0))
}

fn add(n: &Number) {
    // SAFETY: the lock around the cell lets one thread in; if it does not, the model
    // fails.
    n.0.with_mut(|n| unsafe { *n += 1 });
}

fn get(n: &Number) -> i32 {
    // SAFETY: as in `add`; and no reader meets a writer.
    n.0.with(|n| unsafe { *n })
}

#[test]
fn a_lock_lets_one_thread_in() {
    explore(|| {
        let n = Arc::new(Lock::new(&Detector::new(), "n", zero()));
        let other = start(&n, |n| add(&n.lock().expect("no deadlock")));
        add(&n.lock().expect("no deadlock"));
        other.join().expect("no panic");
        assert_eq!(get(&n.lock().expect("no deadlock")), 2);
    });
}

#[test]
fn a_try_lock_lets_one_thread_in() {
    explore(|| {
        let n = Arc::new(Lock::new(&Detector::new(), "n", zero()));
        let attempt = |n: &Lock<_>| n.try_lock().map(|n| add(&n)).is_some();
        let other = start(&n, attempt);
        let got = attempt(&n);
        let other = other.join().expect("no panic");
        assert!(got || other);
        let n = n.try_lock().expect("it is free");
        assert_eq!(get(&n), i32::from(got) + i32::from(other));
    });
}

#[test]
fn an_rlock_lets_one_thread_in_as_often_as_it_likes() {
    explore(|| {
        let n = Arc::new(RLock::new(&Detector::new(), "n", zero()));
        let twice = |n: &RLock<Number>| {
            let outer = n.lock().expect("no deadlock");
            let inner = n.lock().expect("no deadlock");
            add(&inner);
            // Dropped out of turn.
            drop(outer);
            add(&inner);
        };
        let other = start(&n, twice);
        twice(&n);
        other.join().expect("no panic");
        assert_eq!(get(&n.lock().expect("no deadlock")), 4);
    });
}

#[test]
fn an_rlock_wakes_both_threads_that_wait() {
    explore(|| {
        let n = Arc::new(RLock::new(&Detector::new(), "n", zero()));
        let others = [(); 2].map(|()| start(&n, |n| add(&n.lock().expect("free"))));
        add(&n.lock().expect("no deadlock"));
        for other in others {
            other.join().expect("no panic");
        }
        assert_eq!(get(&n.lock().expect("no deadlock")), 3);
    });
}

/// A writer and two readers, of either kind of lock: the readers meet each other, and
/// neither the writer.
fn readers_and_a_writer(new: fn(Number) -> RwLock<Number>) {
    explore(move || {
        let n = Arc::new(new(zero()));
        let writer = start(&n, |n| add(&n.write()));
        let reader = start(&n, |n| get(&n.read()));
        assert!((0..=1).contains(&get(&n.read())));
        assert!((0..=1).contains(&reader.join().expect("no panic")));
        writer.join().expect("no panic");
        assert_eq!(get(&n.read()), 1);
    });
}

#[test]
fn a_fair_rw_lock_keeps_readers_and_a_writer_apart() {
    readers_and_a_writer(RwLock::new);
}

#[test]
fn an_rw_lock_that_prefers_readers_keeps_them_and_a_writer_apart() {
    readers_and_a_writer(RwLock::preferring_readers);
}

#[test]
fn two_writers_and_a_reader_all_get_their_turn() {
    explore(|| {
        let n = Arc::new(RwLock::new(zero()));
        let writer = start(&n, |n| add(&n.write()));
        let reader = start(&n, |n| get(&n.read()));
        add(&n.write());
        assert!((0..=2).contains(&reader.join().expect("no panic")));
        writer.join().expect("no panic");
        assert_eq!(get(&n.read()), 2);
    });
}
