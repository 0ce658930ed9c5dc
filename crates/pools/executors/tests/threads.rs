//! A pool of threads: tasks that wait for earlier ones, and two shutdowns at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread::ScopedJoinHandle;
use std::time::Duration;

use executors::{Error, Executor as _, Future, ThreadPoolExecutor};
use processes::Event;

#[test]
fn a_task_may_wait_for_those_before_it_in_a_pool_of_any_size() {
    for workers in 1..=3 {
        let pool = ThreadPoolExecutor::new(workers).unwrap();
        let gate = Arc::new(Event::new().unwrap());
        let opened = Arc::clone(&gate);
        let first = pool.spawn(move || {
            opened.wait();
            0
        });
        let add = |before: Future<u32>| pool.spawn(|| before.result().unwrap() + 1);
        let last = (0..100).fold(first.unwrap(), |before, _| add(before).unwrap());
        gate.set();
        let sum = last.result_timeout(Duration::from_mins(1)).unwrap();
        assert_eq!(sum, Ok(100), "by {workers} workers");
    }
}

#[test]
fn of_two_threads_that_shut_it_down_both_wait() {
    let pool = ThreadPoolExecutor::new(2).unwrap();
    let is_done = Arc::new(AtomicBool::new(false));
    let gate = Arc::new(Event::new().unwrap());
    let (done, opened) = (Arc::clone(&is_done), Arc::clone(&gate));
    let _future = pool.spawn(move || {
        opened.wait();
        done.store(true, SeqCst);
    });
    std::thread::scope(|scope| {
        let shut_down = || pool.shutdown().map(|()| is_done.load(SeqCst));
        let both = [scope.spawn(shut_down), scope.spawn(shut_down)];
        // Time in which a call that does not wait would return.
        std::thread::sleep(Duration::from_millis(50));
        let early = both.iter().any(ScopedJoinHandle::is_finished);
        gate.set();
        assert!(!early, "a shutdown returned before the task had ended");
        for thread in both {
            assert!(thread.join().unwrap().is_ok_and(|was_done| was_done));
        }
    });
}

#[test]
fn a_pool_has_one_worker_at_least_and_a_limit() {
    for asked in [0, 10_001] {
        let refused = ThreadPoolExecutor::new(asked).unwrap_err();
        assert!(matches!(refused, Error::Workers { limit: 10_000, .. }), "{refused}");
    }
}
