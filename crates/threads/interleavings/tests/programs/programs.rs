//! Small programs, written for the `world` of the module around them: std, the explorer
//! or loom.

use super::world::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use super::world::sync::{Arc, Condvar, Mutex, RwLock};
use super::world::thread;

/// The name of a program, the program, and whether some schedule of it fails.
pub type Program = (&'static str, fn(), bool);

pub const PROGRAMS: [Program; 10] = [
    ("lost-update", || assert_eq!(lost_update(), 0), true),
    ("with-a-lock", || assert_eq!(with_a_lock(), 0), false),
    ("check-then-act", || assert_eq!(check_then_act(), 1), true),
    ("in-one-step", || assert_eq!(in_one_step(), 2), false),
    ("crosswise", || two_locks(false), true),
    ("in-order", || two_locks(true), false),
    ("lost-wakeup", || wake_up(false), true),
    ("wakeup", || wake_up(true), false),
    ("published", || assert_ne!(published(), Some(0)), false),
    ("readers", || assert_eq!(readers(), (0, 0)), true),
];

/// Two threads that do the same.
fn twice<T: Send + Sync + 'static>(shared: T, body: fn(&T)) -> Arc<T> {
    let shared = Arc::new(shared);
    let threads = [(); 2].map(|()| {
        let shared = Arc::clone(&shared);
        thread::spawn(move || body(&shared))
    });
    for thread in threads {
        thread.join().unwrap();
    }
    shared
}

pub fn lost_update() -> i64 {
    let n = twice(AtomicI64::new(2), |n| {
        n.store(n.load(Ordering::SeqCst) - 1, Ordering::SeqCst);
    });
    n.load(Ordering::SeqCst)
}

pub fn with_a_lock() -> i64 {
    let n = twice(Mutex::new(2), |n| *n.lock().unwrap() -= 1);
    let n = n.lock().unwrap();
    *n
}

pub fn check_then_act() -> i64 {
    let tickets = (AtomicI64::new(1), AtomicI64::new(0));
    let tickets = twice(tickets, |(left, sold)| {
        let seen = left.load(Ordering::SeqCst);
        if seen > 0 {
            left.store(seen - 1, Ordering::SeqCst);
            sold.fetch_add(1, Ordering::SeqCst);
        }
    });
    tickets.1.load(Ordering::SeqCst)
}

pub fn in_one_step() -> i64 {
    let n = twice(AtomicI64::new(0), |n| {
        n.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| Some(n + 1)).unwrap();
    });
    n.load(Ordering::SeqCst)
}

fn two_locks(in_order: bool) {
    let locks = Arc::new((Mutex::new(()), Mutex::new(())));
    let other = Arc::clone(&locks);
    let first = thread::spawn(move || {
        let _a = locks.0.lock().unwrap();
        let _b = locks.1.lock().unwrap();
    });
    let second = thread::spawn(move || {
        let (one, two) =
            if in_order { (&other.0, &other.1) } else { (&other.1, &other.0) };
        let _one = one.lock().unwrap();
        let _two = two.lock().unwrap();
    });
    first.join().unwrap();
    second.join().unwrap();
}

pub fn wake_up(looks: bool) {
    let shared = Arc::new((Mutex::new(false), Condvar::new()));
    let other = Arc::clone(&shared);
    let waits = thread::spawn(move || {
        let mut ready = other.0.lock().unwrap();
        while !(looks && *ready) {
            ready = other.1.wait(ready).unwrap();
            if !looks {
                break;
            }
        }
    });
    *shared.0.lock().unwrap() = true;
    shared.1.notify_one();
    waits.join().unwrap();
}

/// What a thread reads that has seen the flag.
pub fn published() -> Option<i64> {
    let shared = Arc::new((AtomicI64::new(0), AtomicBool::new(false)));
    let other = Arc::clone(&shared);
    let reads = thread::spawn(move || {
        other.1.load(Ordering::Acquire).then(|| other.0.load(Ordering::Relaxed))
    });
    shared.0.store(1, Ordering::Relaxed);
    shared.1.store(true, Ordering::Release);
    reads.join().unwrap()
}

/// What two readers see before or after a writer.
pub fn readers() -> (i32, i32) {
    let lock = Arc::new(RwLock::new(0));
    let other = Arc::clone(&lock);
    let reads = thread::spawn(move || {
        let first = *other.read().unwrap();
        (first, *other.read().unwrap())
    });
    *lock.write().unwrap() = 1;
    reads.join().unwrap()
}
