//! The cases of CPython 3.13's `Lib/test/test_queue.py`, one by one, each for the three
//! orders.
//!
//! | its case | here |
//! |---|---|
//! | `test_basic` (also `BaseSimpleQueueTest`'s) | `basic` |
//! | `test_queue_task_done` | `task_done` |
//! | `test_queue_join` | `join` |
//! | `test_negative_timeout_raises_exception` | none: a `Duration` is not negative |
//! | `test_nowait` | `nowait` |
//! | `test_shrinking_queue` | none: `maxsize` cannot be changed |
//! | `test_shutdown_empty`, `…_nonempty`, `…_immediate` | `shutdown_empty`, `shutdown_nonempty`, `shutdown_immediate` |
//! | `test_shutdown_allowed_transitions` | `shutdown_allowed_transitions` |
//! | `test_shutdown_…all_methods_in_one_thread` (2) | `shutdown_all_methods_in_one_thread` |
//! | `test_shutdown_…all_methods_in_many_threads` (2) | `shutdown_all_methods_in_many_threads` |
//! | `test_shutdown_get`, `test_shutdown_immediate_get` | `shutdown_get` |
//! | `test_shutdown_put`, `test_shutdown_immediate_put` | `shutdown_put` |
//! | `test_shutdown_join`, `test_shutdown_immediate_join` | `shutdown_join` |
//! | `test_shutdown_put_join`, `…_immediate_put_join` | `shutdown_put_join` |
//! | `test_shutdown_get_task_done_join` | `shutdown_get_task_done_join` |
//! | `test_shutdown_pending_get` | `shutdown_pending_get` |
//! | `test_failing_queue` | `failing_queue`, in `panics.rs` |
//! | `test_order` | `order` |
//! | `test_many_threads`, `…_nonblock`, `…_timeout` | `many_threads` |
//! | `test_references` | `references`, in `panics.rs` |
//! | `test_reentrancy` | `reentrancy`, in `panics.rs` |
//! | `test_is_default` | none: there is one implementation |

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod shutdown;

use std::sync::atomic::{AtomicBool, AtomicI32, Ordering::SeqCst};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use thread_queues::{
    BlockingQueue, Fifo, GetError, Lifo, PutError, SmallestFirst, Storage, TooManyDone,
};

use shutdown::{
    shutdown_all_methods_in_many_threads, shutdown_all_methods_in_one_thread,
    shutdown_allowed_transitions, shutdown_empty, shutdown_get,
    shutdown_get_task_done_join, shutdown_immediate, shutdown_join, shutdown_nonempty,
    shutdown_pending_get, shutdown_put, shutdown_put_join,
};

const QUEUE_SIZE: usize = 5;

/// Longer than anything takes here, however loaded the machine is.
const LONG: Duration = Duration::from_mins(1);

/// Short, where a test has to wait until a time is up.
const SHORT: Duration = Duration::from_millis(20);

/// One of the three orders.
trait Kind: Storage<Item = i32> + Send + 'static {
    /// In which order 111, 333 and 222 come out.
    const ORDER: [i32; 3];
}

impl Kind for Fifo<i32> {
    const ORDER: [i32; 3] = [111, 333, 222];
}

impl Kind for Lifo<i32> {
    const ORDER: [i32; 3] = [222, 333, 111];
}

impl Kind for SmallestFirst<i32> {
    const ORDER: [i32; 3] = [111, 222, 333];
}

/// Makes a test of each case for each of the three orders.
macro_rules! of_every_kind {
    ($($case:ident),* $(,)?) => {
        mod fifo {
            $(#[test] fn $case() { super::within(super::$case::<super::Fifo<i32>>); })*
        }
        mod lifo {
            $(#[test] fn $case() { super::within(super::$case::<super::Lifo<i32>>); })*
        }
        mod priority {
            use super::{SmallestFirst, within};
            $(#[test] fn $case() { within(super::$case::<SmallestFirst<i32>>); })*
        }
    };
}

of_every_kind! {
    basic,
    task_done,
    join,
    nowait,
    shutdown_empty,
    shutdown_nonempty,
    shutdown_immediate,
    shutdown_allowed_transitions,
    shutdown_all_methods_in_one_thread,
    shutdown_all_methods_in_many_threads,
    shutdown_get,
    shutdown_put,
    shutdown_join,
    shutdown_put_join,
    shutdown_get_task_done_join,
    shutdown_pending_get,
    many_threads,
}

/// Runs a case, and fails if it takes for ever.
fn within(case: fn()) {
    let (ended, end) = mpsc::channel();
    let thread = thread::spawn(move || {
        case();
        ended.send(())
    });
    let end = end.recv_timeout(LONG);
    assert_ne!(end, Err(mpsc::RecvTimeoutError::Timeout), "the case does not end");
    thread.join().unwrap().unwrap();
}

/// Calls `block`, which must not return before another thread has begun `trigger`.
fn blocks<R>(block: impl FnOnce() -> R, trigger: impl FnOnce() + Send) -> R {
    let begun = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(SHORT);
            begun.store(true, SeqCst);
            trigger();
        });
        let result = block();
        assert!(begun.load(SeqCst), "it returned before it could");
        result
    })
}

fn basic<S: Kind>() {
    let q = BlockingQueue::<S>::new(QUEUE_SIZE);
    // Twice, to see that a queue can be used again.
    for _ in 0..2 {
        assert!(q.is_empty() && !q.is_full());
        for item in [111, 333, 222] {
            q.put(item).unwrap();
        }
        assert_eq!([(); 3].map(|()| q.get().unwrap()), S::ORDER);
        for item in 1..QUEUE_SIZE {
            q.put(item as i32).unwrap();
            assert_eq!(q.len(), item);
        }
        assert!(!q.is_full());
        q.put(10).unwrap();
        assert!(q.is_full() && !q.is_empty());
        assert_eq!(q.try_put(30), Err(PutError::Full(30)));
        assert_eq!(q.put_timeout(30, SHORT), Err(PutError::Full(30)));
        blocks(|| q.put(30).unwrap(), || assert!(q.get().is_ok()));
        blocks(|| q.put_timeout(30, LONG).unwrap(), || assert!(q.get().is_ok()));
        for _ in 0..QUEUE_SIZE {
            q.get().unwrap();
        }
        assert!(q.is_empty());
        assert_eq!(q.try_get(), Err(GetError::Empty));
        assert_eq!(q.get_timeout(SHORT), Err(GetError::Empty));
        assert_eq!(blocks(|| q.get().unwrap(), || q.put(1).unwrap()), 1);
        let got = blocks(|| q.get_timeout(LONG).unwrap(), || q.put(2).unwrap());
        assert_eq!(got, 2);
    }
}

fn task_done<S: Kind>() {
    assert_eq!(BlockingQueue::<S>::new(0).task_done(), Err(TooManyDone));
}

fn join<S: Kind>() {
    let q = BlockingQueue::<S>::new(0);
    for _ in 0..2 {
        let sum = AtomicI32::new(0);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    loop {
                        let item = q.get().unwrap();
                        sum.fetch_add(item.max(0), SeqCst);
                        q.task_done().unwrap();
                        if item < 0 {
                            break;
                        }
                    }
                });
            }
            (0..100).for_each(|item| q.put(item).unwrap());
            q.join();
            assert_eq!(sum.load(SeqCst), 4950);
            (0..2).for_each(|_| q.put(-1).unwrap());
            q.join();
        });
    }
    assert_eq!(q.task_done(), Err(TooManyDone));
}

fn nowait<S: Kind>() {
    let q = BlockingQueue::<S>::new(QUEUE_SIZE);
    (0..QUEUE_SIZE).for_each(|_| q.try_put(1).unwrap());
    assert_eq!(q.try_put(1), Err(PutError::Full(1)));
    (0..QUEUE_SIZE).for_each(|_| assert_eq!(q.try_get(), Ok(1)));
    assert_eq!(q.try_get(), Err(GetError::Empty));
}

#[test]
fn order() {
    within(|| {
        let q = BlockingQueue::<Fifo<i32>>::new(0);
        thread::scope(|scope| {
            scope.spawn(|| (0..100).for_each(|item| q.put(item).unwrap()));
            assert!((0..100).all(|item| q.get() == Ok(item)));
        });
    });
}

/// Fifty that put and fifty that get, for ever, now, or with a timeout.
fn many_threads<S: Kind>() {
    type Get<S> = fn(&BlockingQueue<S>) -> Result<i32, GetError>;
    let gets: [Get<S>; 3] = [BlockingQueue::get, BlockingQueue::try_get, |q| {
        q.get_timeout(Duration::from_micros(10))
    }];
    for get in gets {
        let q = BlockingQueue::<S>::new(0);
        let mut got = thread::scope(|scope| {
            let consumers: Vec<_> = (0..50)
                .map(|_| {
                    scope.spawn(|| {
                        let mut got = Vec::new();
                        loop {
                            match get(&q) {
                                Ok(item) => got.push(item),
                                Err(GetError::Empty) => thread::yield_now(),
                                Err(GetError::ShutDown) => return got,
                            }
                        }
                    })
                })
                .collect();
            thread::scope(|producers| {
                for first in 0..50 {
                    let q = &q;
                    producers.spawn(move || {
                        let mut items = (first..2_000).step_by(50);
                        items.try_for_each(|item| q.put(item)).unwrap();
                    });
                }
            });
            q.shutdown(false);
            let got = consumers.into_iter().map(|consumer| consumer.join().unwrap());
            got.collect::<Vec<_>>().concat()
        });
        got.sort_unstable();
        assert!(got.into_iter().eq(0..2_000));
    }
}
