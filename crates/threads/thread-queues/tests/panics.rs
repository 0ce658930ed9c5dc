//! Items that panic, that are dropped, and that use the queue as they are dropped: the
//! cases `test_failing_queue`, `test_references` and `test_reentrancy` of CPython's
//! `test_queue.py`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cmp::Ordering;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use thread_queues::{BlockingQueue, PriorityQueue, Queue, Storage};

static FAILS: AtomicBool = AtomicBool::new(false);

/// An item whose comparison panics, once it is told to.
#[derive(Debug, PartialEq, Eq)]
struct Item(i32);

impl Ord for Item {
    fn cmp(&self, other: &Self) -> Ordering {
        assert!(!FAILS.swap(false, SeqCst), "you lose");
        self.0.cmp(&other.0)
    }
}

impl PartialOrd for Item {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn fails<R>(call: impl FnOnce() -> R) {
    FAILS.store(true, SeqCst);
    assert!(catch_unwind(AssertUnwindSafe(call)).is_err());
}

#[test]
fn failing_queue() {
    let q = PriorityQueue::new(5);
    // Twice, to see that the queue is not damaged.
    for _ in 0..2 {
        (0..3).for_each(|item| q.put(Item(item)).unwrap());
        // The heap has the item by then, so it has been put.
        fails(|| q.try_put(Item(3)));
        assert_eq!((q.len(), q.unfinished()), (4, 4));
        fails(|| q.put_timeout(Item(4), Duration::from_mins(1)));
        assert_eq!((q.len(), q.unfinished(), q.is_full()), (5, 5, true));
        assert!(q.try_put(Item(9)).is_err());

        // The item in hand is lost, and counts as if it had never been put.
        fails(|| q.get());
        assert_eq!((q.len(), q.unfinished()), (4, 4));
        let mut got: Vec<_> = q.drain().map(|item| item.0).collect();
        got.sort_unstable();
        assert!(got.iter().all(|item| (0..5).contains(item)) && got.len() == 4);
        (0..4).for_each(|_| q.task_done().unwrap());
        q.join();
    }
}

/// A storage that has taken the item before it panics.
#[derive(Default)]
struct Faulty(Option<i32>);

impl Storage for Faulty {
    type Item = i32;

    fn push(&mut self, item: i32) {
        self.0 = Some(item);
        panic!("you lose");
    }

    fn pop(&mut self) -> Option<i32> {
        self.0.take()
    }

    fn len(&self) -> usize {
        usize::from(self.0.is_some())
    }
}

#[test]
fn a_put_that_panics_wakes_the_thread_that_waits_for_its_item() {
    let q = BlockingQueue::<Faulty>::new(0);
    thread::scope(|scope| {
        let getter = scope.spawn(|| q.get_timeout(Duration::from_mins(1)));
        thread::sleep(Duration::from_millis(50));
        assert!(catch_unwind(AssertUnwindSafe(|| q.put(7))).is_err());
        assert_eq!(getter.join().unwrap(), Ok(7));
    });
}

#[test]
fn references() {
    let q = Queue::new(0);
    let items: Vec<Arc<i32>> = (0..20).map(Arc::new).collect();
    let weak: Vec<Weak<i32>> = items.iter().map(Arc::downgrade).collect();
    for item in items {
        q.put(item).unwrap();
    }
    for weak in weak {
        drop(q.get().unwrap());
        assert_eq!(weak.strong_count(), 0, "the queue still has it");
    }
}

/// An item that puts a number when it is dropped.
struct Puts(Arc<Queue<i32>>, i32);

impl Drop for Puts {
    fn drop(&mut self) {
        self.0.put(self.1).unwrap();
    }
}

#[test]
fn reentrancy() {
    let numbers = Arc::new(Queue::new(0));
    let q = Queue::new(2);
    (0..2).for_each(|n| q.put(Puts(Arc::clone(&numbers), n)).unwrap_or(()));
    // An item that is refused is dropped by its caller, and one that is discarded too.
    drop(q.try_put(Puts(Arc::clone(&numbers), 2)));
    drop(q.shutdown(true));
    drop(q.try_put(Puts(Arc::clone(&numbers), 3)));
    assert!(numbers.drain().eq([2, 0, 1, 3]));
}
