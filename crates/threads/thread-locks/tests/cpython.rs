//! The cases of CPython's `Lib/test/lock_tests.py` for locks, under their names.
//!
//! | case | here |
//! |---|---|
//! | constructor, acquire destroy, acquire release, with | `acquire_release` |
//! | try acquire, try acquire contended | `try_acquire`, `try_acquire_contended` |
//! | acquire contended | `acquire_contended` |
//! | repr, locked repr | `repr` |
//! | reacquire | `reacquire`: an error here, a wait in Python |
//! | different thread: release from another thread | refused (docs of `LockGuard`) |
//! | timeout, state after timeout | there are no timeouts; see the docs of the crate |
//! | `RLock`: reacquire, recursion count | `rlock_reacquire`, `rlock_recursion_count` |
//! | `RLock`: different thread | `rlock_different_thread` |
//! | `RLock`: release unacquired, release save | cannot be written: a guard releases |
//! | `RLock`: is owned | `rlock_is_owned` |
//! | thread leak, weakref, at fork reinit | Python's own |

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Barrier, mpsc};
use std::thread;
use std::time::Duration;

use thread_locks::{Detector, Lock, RLock};

const THREADS: usize = 5;

fn lock() -> Lock<usize> {
    Lock::new(&Detector::new(), "lock", 0)
}

fn rlock() -> RLock<()> {
    RLock::new(&Detector::new(), "rlock", ())
}

/// Whether a thread of its own gets it.
fn another<L: Sync>(lock: &L, takes: impl Fn(&L) -> bool + Sync) -> bool {
    thread::scope(|scope| scope.spawn(|| takes(lock)).join().expect("no panic"))
}

#[test]
fn acquire_release() {
    let lock = lock();
    drop(lock.lock().expect("free"));
    *lock.lock().expect("free again") += 1;
    let held = lock.lock().expect("free again");
    assert_eq!(*held, 1);
    drop(held);
    assert_eq!(lock.into_inner(), 1);
}

#[test]
fn try_acquire() {
    let lock = lock();
    assert!(lock.try_lock().is_some());
    assert!(lock.try_lock().is_some(), "the first was released at once");
}

#[test]
fn try_acquire_contended() {
    let lock = lock();
    let held = lock.lock().expect("free");
    assert!(!another(&lock, |lock| lock.try_lock().is_some()));
    drop(held);
    assert!(another(&lock, |lock| lock.try_lock().is_some()));
}

#[test]
fn acquire_contended() {
    let (lock, inside) = (lock(), AtomicUsize::new(0));
    let held = lock.lock().expect("free");
    let (arrived, all) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            let (lock, inside, arrived) = (&lock, &inside, arrived.clone());
            scope.spawn(move || {
                arrived.send(()).expect("main waits");
                let mut held = lock.lock().expect("no deadlock");
                assert_eq!(inside.fetch_add(1, SeqCst), 0, "one at a time");
                *held += 1;
                thread::yield_now();
                inside.fetch_sub(1, SeqCst);
            });
        }
        (0..THREADS).for_each(|_| all.recv().expect("a thread"));
        assert_eq!(*held, 0, "none comes in while the lock is held");
        drop(held);
    });
    assert_eq!(lock.into_inner(), THREADS);
}

#[test]
fn repr() {
    let lock = Lock::new(&Detector::new(), "account", 7);
    assert_eq!(format!("{lock:?}"), r#"Lock { name: "account", .. }"#);
    let held = lock.lock().expect("free");
    assert_eq!(format!("{lock:?}, {held:?}"), r#"Lock { name: "account", .. }, 7"#);
    assert_eq!(format!("{:?}", rlock()), r#"RLock { name: "rlock", .. }"#);
}

#[test]
fn reacquire() {
    let lock = lock();
    let held = lock.lock().expect("free");
    let error = lock.lock().expect_err("it is held by this thread");
    assert_eq!(error.cycle.len(), 1);
    drop(held);
    assert!(lock.lock().is_ok());
}

#[test]
fn rlock_reacquire() {
    let lock = rlock();
    let guards = [(); 3].map(|()| lock.lock().expect("ours"));
    assert_eq!(lock.count(), 3);
    for guard in guards {
        assert!(!another(&lock, |lock| lock.try_lock().is_some()));
        drop(guard);
    }
    assert!(another(&lock, |lock| lock.try_lock().is_some()));
}

#[test]
fn rlock_recursion_count() {
    let lock = rlock();
    assert_eq!(lock.count(), 0);
    let outer = lock.lock().expect("free");
    assert_eq!(lock.count(), 1);
    let inner = lock.try_lock().expect("ours");
    assert_eq!(lock.count(), 2);
    drop(outer);
    assert_eq!(lock.count(), 1);
    drop(inner);
    assert_eq!(lock.count(), 0);
}

#[test]
fn rlock_different_thread() {
    let lock = rlock();
    let (begun, done) = (Barrier::new(2), AtomicUsize::new(0));
    thread::scope(|scope| {
        let outer = lock.lock().expect("free");
        scope.spawn(|| {
            begun.wait();
            let _held = lock.lock().expect("no deadlock");
            done.fetch_add(1, SeqCst);
        });
        begun.wait();
        let inner = lock.lock().expect("ours");
        drop(outer);
        // It cannot be done, however long one waits.
        thread::sleep(Duration::from_millis(20));
        assert_eq!(done.load(SeqCst), 0);
        drop(inner);
    });
    assert_eq!(done.load(SeqCst), 1);
}

#[test]
fn rlock_is_owned() {
    let lock = rlock();
    assert!(!lock.is_owned());
    let outer = lock.lock().expect("free");
    let inner = lock.lock().expect("mine");
    assert!(lock.is_owned());
    assert!(!another(&lock, RLock::is_owned));
    drop(outer);
    assert!(lock.is_owned());
    drop(inner);
    assert!(!lock.is_owned());
}
