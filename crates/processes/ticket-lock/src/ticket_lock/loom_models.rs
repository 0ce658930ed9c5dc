//! The schedules of a few threads, explored by loom: all in which threads are
//! interrupted at most three times.

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

use super::*;

fn explore(model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    // With more interruptions the schedules of three threads become too many.
    builder.preemption_bound = Some(3);
    builder.check(model);
}

#[test]
fn one_at_a_time_and_all_in_the_end() {
    explore(|| {
        let lock = Arc::new(TicketLock::new(0));
        let add = |lock: Arc<TicketLock<u32>>| thread::spawn(move || *lock.lock() += 1);
        let others = [add(lock.clone()), add(lock.clone())];
        *lock.lock() += 1;
        for other in others {
            other.join().expect("a thread");
        }
        // What the others have written has come with the number.
        assert_eq!(*lock.lock(), 3);
    });
}

#[test]
fn the_later_thread_is_served_later() {
    explore(|| {
        let lock = Arc::new(TicketLock::new(Vec::new()));
        let held = lock.lock();
        let first = Arc::clone(&lock);
        let first = thread::spawn(move || first.lock().push("first"));
        while lock.waiting() < 1 {
            thread::yield_now();
        }
        let second = Arc::clone(&lock);
        let second = thread::spawn(move || second.lock().push("second"));
        drop(held);
        first.join().expect("a thread");
        second.join().expect("a thread");
        assert_eq!(*lock.lock(), ["first", "second"]);
    });
}

#[test]
fn try_lock_never_comes_between() {
    explore(|| {
        let lock = Arc::new(TicketLock::new(0));
        let tried = Arc::new(AtomicBool::new(false));
        let other = {
            let (lock, tried) = (lock.clone(), tried.clone());
            thread::spawn(move || {
                if let Some(mut value) = lock.try_lock() {
                    *value += 1;
                    tried.store(true, Ordering::Relaxed);
                }
            })
        };
        *lock.lock() += 1;
        other.join().expect("a thread");
        assert_eq!(*lock.lock(), 1 + u32::from(tried.load(Ordering::Relaxed)));
    });
}
