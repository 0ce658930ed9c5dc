//! Loom models of the queue: every schedule of a few calls, with at most two
//! preemptions.

use std::sync::Arc;

use loom::thread::{self, JoinHandle};

use super::*;
use crate::{Fifo, Lifo, Queue};

fn explore(model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(model);
}

/// A thread that works with the queue.
fn start<S: Storage + 'static, R: 'static>(
    queue: &Arc<BlockingQueue<S>>,
    work: impl FnOnce(&BlockingQueue<S>) -> R + 'static,
) -> JoinHandle<R> {
    let queue = Arc::clone(queue);
    thread::spawn(move || work(&queue))
}

/// Two producers and two consumers, each of one item, over room for one: one producer
/// may have to wait for room, and both consumers for an item.
fn each_item_is_got_once<S: Storage<Item = i32> + 'static>() {
    explore(|| {
        let queue = Arc::new(BlockingQueue::<S>::new(1));
        let producers = [1, 2].map(|item| start(&queue, move |queue| queue.put(item)));
        let consumer = start(&queue, BlockingQueue::get);
        let mut got = [queue.get(), consumer.join().expect("no panic")];
        got.sort_by_key(|item| item.unwrap_or(0));
        assert_eq!(got, [Ok(1), Ok(2)]);
        for producer in producers {
            producer.join().expect("no panic").expect("not shut down");
        }
        assert!(queue.is_empty());
    });
}

#[test]
fn each_item_of_two_producers_is_got_once_by_two_consumers() {
    each_item_is_got_once::<Fifo<i32>>();
}

#[test]
fn each_item_of_two_producers_is_got_once_from_a_stack() {
    each_item_is_got_once::<Lifo<i32>>();
}

/// All items are moved over at once, so the second consumer finds its item at the end
/// where it does not sleep.
#[test]
fn a_batch_serves_two_consumers() {
    explore(|| {
        let queue = Arc::new(Queue::new(0));
        let consumers = [(); 2].map(|()| start(&queue, BlockingQueue::get));
        (1..=2).for_each(|item| queue.put(item).expect("not shut down"));
        let mut got = consumers.map(|consumer| consumer.join().expect("no panic"));
        got.sort_by_key(|item| item.unwrap_or(0));
        assert_eq!(got, [Ok(1), Ok(2)]);
    });
}

#[test]
fn one_producer_and_one_consumer_keep_the_order_and_the_bound() {
    explore(|| {
        let queue = Arc::new(Queue::new(1));
        let producer = start(&queue, |queue| (1..=3).try_for_each(|n| queue.put(n)));
        for item in 1..=3 {
            assert!(queue.len() <= 1);
            assert_eq!(queue.get(), Ok(item));
        }
        producer.join().expect("no panic").expect("not shut down");
    });
}

/// A get that times out takes no other's wake-up with it.
#[test]
fn a_timeout_loses_neither_an_item_nor_a_wake_up() {
    explore(|| {
        let queue = Arc::new(Queue::new(0));
        let impatient = start(&queue, |queue| queue.get_timeout(Duration::ZERO));
        let patient = start(&queue, BlockingQueue::get);
        queue.put(1).expect("not shut down");
        match impatient.join().expect("no panic") {
            // Then the patient one waits for the next.
            Ok(1) => queue.put(2).expect("not shut down"),
            got => assert_eq!(got, Err(GetError::Empty)),
        }
        assert!(patient.join().expect("no panic").is_ok());
    });
}

#[test]
fn a_put_that_times_out_hands_its_item_back_or_has_put_it() {
    explore(|| {
        let queue = Arc::new(Queue::new(1));
        queue.put(1).expect("not shut down");
        let put = start(&queue, |queue| queue.put_timeout(2, Duration::ZERO));
        assert_eq!(queue.get(), Ok(1));
        match put.join().expect("no panic") {
            Ok(()) => assert_eq!(queue.try_get(), Ok(2)),
            Err(refused) => {
                assert_eq!(refused, PutError::Full(2));
                assert_eq!(queue.try_get(), Err(GetError::Empty));
            }
        }
    });
}

#[test]
fn join_returns_when_both_are_done_and_no_sooner() {
    explore(|| {
        let queue = Arc::new(Queue::new(0));
        (1..=2).for_each(|item| queue.put(item).expect("not shut down"));
        let workers = [(); 2].map(|()| {
            start(&queue, |queue| {
                queue.get().expect("an item");
                queue.task_done().expect("unfinished");
            })
        });
        queue.join();
        assert_eq!((queue.unfinished(), queue.len()), (0, 0));
        for worker in workers {
            worker.join().expect("no panic");
        }
        assert_eq!(queue.task_done(), Err(TooManyDone));
    });
}

#[test]
fn shutdown_wakes_the_threads_at_both_ends() {
    explore(|| {
        let (full, empty) = (Arc::new(Queue::new(1)), Arc::new(Queue::<i32>::new(1)));
        full.put(1).expect("room");
        let producer = start(&full, |full| full.put(2));
        let consumer = start(&empty, BlockingQueue::get);
        full.shutdown(false);
        empty.shutdown(false);
        let put = producer.join().expect("no panic");
        assert_eq!(put, Err(PutError::ShutDown(2)));
        assert_eq!(consumer.join().expect("no panic"), Err(GetError::ShutDown));
        assert_eq!((full.get(), full.get()), (Ok(1), Err(GetError::ShutDown)));
    });
}

/// What is discarded is handed back once, or was got; and join does not wait for it.
#[test]
fn an_immediate_shutdown_lets_join_return_and_loses_nothing() {
    explore(|| {
        let queue = Arc::new(Queue::new(0));
        (1..=2).for_each(|item| queue.put(item).expect("room"));
        let joiner = start(&queue, BlockingQueue::join);
        let worker = start(&queue, |queue| {
            let got = queue.get();
            if got.is_ok() {
                queue.task_done().expect("unfinished");
            }
            got
        });
        let left = queue.shutdown(true);
        joiner.join().expect("no panic");
        match worker.join().expect("no panic") {
            Ok(item) => assert_eq!((item, left), (1, vec![2])),
            Err(_) => assert_eq!(left, [1, 2]),
        }
    });
}
