//! The queue of permits.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier};

use thread_pool::{Error, PermitPool};

#[test]
fn no_permits_no_pool() {
    assert!(matches!(PermitPool::new(0), Err(Error::NoThreads)));
}

#[test]
fn as_many_tasks_at_a_time_as_permits() {
    let pool = PermitPool::new(3).unwrap();
    let (alive, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let three = Arc::new(Barrier::new(3));
    for i in 0..30 {
        let (alive, most) = (Arc::clone(&alive), Arc::clone(&most));
        let three = Arc::clone(&three);
        let task = move || {
            most.fetch_max(alive.fetch_add(1, SeqCst) + 1, SeqCst);
            // All three are needed to get on.
            three.wait();
            alive.fetch_sub(1, SeqCst);
            if i % 3 == 0 {
                std::panic::resume_unwind(Box::new("a permit outlives a panic"));
            }
        };
        pool.get().spawn(task).unwrap();
    }
    pool.join();
    assert_eq!(pool.free(), 3);
    assert_eq!(most.load(SeqCst), 3);
}

#[test]
fn a_permit_that_is_not_used_goes_back() {
    let pool = PermitPool::new(1).unwrap();
    let permit = pool.get();
    assert_eq!(pool.free(), 0);
    drop(permit);
    assert_eq!(pool.free(), 1);
    pool.get()
        .spawn(|| assert_eq!(std::thread::current().name(), Some("thread-1")))
        .unwrap();
    pool.join();
    assert_eq!(pool.free(), 1);
}
