//! Tasks that wait: for tasks, for latches, for room, in pools of one thread. The case
//! `test_recursive_apply` of gevent's `test__threadpool` is the chain.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use thread_pool::{Builder, Latch, ThreadPool};

/// The longest that a test waits for what has to come.
const LONG: Duration = Duration::from_mins(1);

fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < LONG, "{what}");
        thread::yield_now();
    }
}

/// The only thread waits for room, and makes it.
#[test]
fn a_task_may_fill_its_own_bounded_queue() {
    let pool = Arc::new(Builder::new(1).queue(1).build().unwrap());
    let run = Arc::new(AtomicUsize::new(0));
    let task = {
        let (pool, run) = (Arc::clone(&pool), Arc::clone(&run));
        move || {
            for _ in 0..100 {
                let run = Arc::clone(&run);
                pool.run(move || run.fetch_add(1, SeqCst), |_| ()).unwrap();
            }
        }
    };
    assert!(pool.spawn(task).unwrap().wait_timeout(LONG));
    eventually("all have run", || run.load(SeqCst) == 100);
}

#[test]
fn a_chain_of_tasks_on_one_thread() {
    fn chain(pool: &Arc<ThreadPool>, length: usize) -> usize {
        if length == 0 {
            return 0;
        }
        let next = Arc::clone(pool);
        let task = pool.spawn(move || chain(&next, length - 1)).unwrap();
        1 + task.join().unwrap()
    }
    let pool = Arc::new(ThreadPool::new(1).unwrap());
    let first = Arc::clone(&pool);
    let task = pool.spawn(move || chain(&first, 500)).unwrap();
    assert!(task.wait_timeout(LONG));
    assert_eq!(task.join().unwrap(), 500);
}

/// The thread that opens the latch is the one that waits for it.
#[test]
fn a_task_that_waits_for_a_latch_helps() {
    let pool = Arc::new(ThreadPool::new(1).unwrap());
    let inner = Arc::clone(&pool);
    let task = pool.spawn(move || {
        let latch = Arc::new(Latch::new());
        let opener = Arc::clone(&latch);
        inner.run(move || opener.open(), |_| ()).unwrap();
        latch.wait_timeout(LONG)
    });
    let task = task.unwrap();
    assert!(task.wait_timeout(LONG));
    assert!(task.join().unwrap());
}

/// A task that sleeps at a latch is woken by a task that comes later.
#[test]
fn a_task_that_sleeps_at_a_latch_takes_what_comes() {
    let pool = Arc::new(ThreadPool::new(1).unwrap());
    let (latch, begun) = (Arc::new(Latch::new()), Arc::new(Latch::new()));
    let (waits, begins) = (Arc::clone(&latch), Arc::clone(&begun));
    let task = pool.spawn(move || {
        begins.open();
        waits.wait_timeout(LONG)
    });
    begun.wait();
    thread::sleep(Duration::from_millis(20));
    pool.run(move || latch.open(), |_| ()).unwrap();
    assert!(task.unwrap().join().unwrap());
}

#[test]
fn a_latch_times_out() {
    let latch = Latch::new();
    assert!(!latch.wait_timeout(Duration::from_millis(10)));
    let pool = ThreadPool::new(1).unwrap();
    let task = pool.spawn(move || latch.wait_timeout(Duration::from_millis(10)));
    assert!(!task.unwrap().join().unwrap());
}

/// Two pools of one thread, whose tasks wait for each other's.
#[test]
fn tasks_of_two_pools_may_wait_for_each_other() {
    let (left, right) =
        (Arc::new(ThreadPool::new(1).unwrap()), Arc::new(ThreadPool::new(1).unwrap()));
    let (to_left, to_right) = (Arc::clone(&left), Arc::clone(&right));
    let task = left.spawn(move || {
        let task = to_right.spawn(move || {
            let task = to_left.spawn(|| 7).unwrap();
            task.join().unwrap()
        });
        task.unwrap().join().unwrap()
    });
    let task = task.unwrap();
    assert!(task.wait_timeout(LONG));
    assert_eq!(task.join().unwrap(), 7);
}
