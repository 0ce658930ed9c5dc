//! The ticket lock among threads of one process.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Barrier, Mutex};

use rustix::time::{ClockId, clock_gettime};

use super::*;

/// More than there are cores on the machines that this runs on, mostly.
const THREADS: u32 = 8;

#[test]
fn one_at_a_time() {
    const TURNS: u32 = 5_000;
    let lock = TicketLock::new(0);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| (0..TURNS).for_each(|_| *lock.lock() += 1));
        }
    });
    assert_eq!(lock.into_inner(), THREADS * TURNS);
}

#[test]
fn first_come_first_served() {
    let lock = TicketLock::new(Vec::new());
    // From the last number before the counter begins anew.
    lock.next.store(u32::MAX, Ordering::Relaxed);
    lock.serving.set(u32::MAX);
    std::thread::scope(|scope| {
        let held = lock.lock();
        for thread in 0..THREADS {
            let lock = &lock;
            scope.spawn(move || lock.lock().push(thread));
            while lock.waiting() <= thread as usize {
                std::thread::yield_now();
            }
        }
        drop(held);
    });
    assert_eq!(lock.into_inner(), (0..THREADS).collect::<Vec<_>>());
}

#[test]
fn a_thread_that_waits_long_sleeps() {
    let lock = TicketLock::new(());
    let time = std::time::Duration::from_millis(200);
    std::thread::scope(|scope| {
        let held = lock.lock();
        let waiting = [(); THREADS as usize].map(|()| {
            scope.spawn(|| {
                drop(lock.lock());
                thread_cpu_time()
            })
        });
        std::thread::sleep(time);
        drop(held);
        for thread in waiting {
            let used = thread.join().expect("it only waits");
            // Had all of them looked for their number all the time, each would have had
            // its share of the cores.
            assert!(used < time / 10, "a waiting thread used {used:?}");
        }
    });
}

/// What this thread alone has used: other tests run in other threads of the same
/// process.
fn thread_cpu_time() -> std::time::Duration {
    let used = clock_gettime(ClockId::ThreadCPUTime);
    std::time::Duration::new(used.tv_sec as u64, used.tv_nsec as u32)
}

#[test]
fn try_lock_gets_what_is_free() {
    let lock = TicketLock::new(7);
    let held = lock.lock();
    assert!(lock.try_lock().is_none());
    assert_eq!(
        (format!("{lock:?}"), lock.waiting()),
        ("TicketLock(<locked>)".to_owned(), 0)
    );
    drop(held);
    assert_eq!(lock.try_lock().as_deref(), Some(&7));
    assert_eq!((format!("{lock:?}"), lock.waiting()), ("TicketLock(7)".to_owned(), 0));
}

#[test]
fn a_panic_lets_go_of_it() {
    let lock = Mutex::new(TicketLock::new(7));
    let panic = || {
        let lock = lock.lock().expect("not poisoned yet");
        let _held = lock.lock();
        panic!("on purpose");
    };
    assert!(std::panic::catch_unwind(panic).is_err());
    let lock = lock.into_inner().expect_err("std's is poisoned").into_inner();
    assert_eq!(lock.try_lock().as_deref(), Some(&7));
}

#[test]
fn a_value_without_a_size_of_its_own_can_be_locked() {
    let lock: &TicketLock<[u32]> = &TicketLock::new([1, 2, 3]);
    lock.lock()[1] = 7;
    assert_eq!(*lock.lock(), [1, 7, 3]);
}

#[test]
fn try_lock_never_shares_with_lock() {
    let lock = TicketLock::new(0);
    let (tried, together) = (AtomicU32::new(0), Barrier::new(2));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            together.wait();
            (0..50_000).for_each(|_| *lock.lock() += 1);
        });
        together.wait();
        for _ in 0..50_000 {
            if let Some(mut value) = lock.try_lock() {
                *value += 1;
                tried.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    assert_eq!(lock.into_inner(), 50_000 + tried.into_inner());
}
