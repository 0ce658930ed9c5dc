//! Who goes first, with threads that are known to wait.

use std::sync::Mutex as Told;
use std::thread;
use std::time::{Duration, Instant};

use super::*;

/// Waits until so many readers and writers wait for the lock.
fn until_waiting<T>(lock: &RwLock<T>, readers: usize, writers: usize) {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let state = super::lock(&lock.state);
        if (state.waiting_readers, state.waiting_writers) == (readers, writers) {
            return;
        }
        drop(state);
        assert!(Instant::now() < deadline, "the threads come to wait");
        thread::yield_now();
    }
}

#[test]
fn a_reader_that_waits_goes_before_the_next_writer() {
    let (lock, told) = (RwLock::new(()), Told::new(Vec::new()));
    let tell = |what| told.lock().expect("no panic").push(what);
    thread::scope(|scope| {
        let first = lock.write();
        // The second writer waits before the reader does.
        scope.spawn(|| {
            let _held = lock.write();
            tell("writer");
        });
        until_waiting(&lock, 0, 1);
        scope.spawn(|| {
            let _held = lock.read();
            tell("reader");
        });
        until_waiting(&lock, 1, 1);
        drop(first);
    });
    assert_eq!(told.into_inner().expect("no panic"), ["reader", "writer"]);
}

#[test]
fn a_reader_waits_behind_a_writer_that_waits() {
    let lock = RwLock::new(0);
    thread::scope(|scope| {
        let first = lock.read();
        scope.spawn(|| *lock.write() += 1);
        until_waiting(&lock, 0, 1);
        let second = scope.spawn(|| *lock.read());
        until_waiting(&lock, 1, 1);
        assert_eq!(*first, 0);
        drop(first);
        assert_eq!(second.join().expect("no panic"), 1, "the writer goes first");
    });
    assert_eq!(lock.overtaken(), 0);
}

#[test]
fn a_reader_passes_a_writer_if_readers_are_preferred() {
    let lock = RwLock::preferring_readers(0);
    thread::scope(|scope| {
        let first = lock.read();
        scope.spawn(|| *lock.write() += 1);
        until_waiting(&lock, 0, 1);
        let second = scope.spawn(|| *lock.read());
        assert_eq!(second.join().expect("no panic"), 0, "it does not wait");
        drop(first);
    });
    assert_eq!((lock.overtaken(), lock.into_inner()), (1, 1));
}

#[test]
fn all_readers_that_wait_come_in_together() {
    let lock = RwLock::new(0);
    let all = std::sync::Barrier::new(3);
    thread::scope(|scope| {
        let mut writer = lock.write();
        for _ in 0..3 {
            scope.spawn(|| {
                let value = lock.read();
                // Each waits inside for the two others.
                all.wait();
                assert_eq!(*value, 7);
            });
        }
        until_waiting(&lock, 3, 0);
        *writer = 7;
        drop(writer);
    });
}

#[test]
fn a_panic_releases_it() {
    let lock = RwLock::new(1);
    let writes = || {
        let _held = lock.write();
        panic!("in the middle");
    };
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(writes));
    assert!(caught.is_err());
    *lock.write() += 1;
    assert_eq!(*lock.read(), 2);
}
