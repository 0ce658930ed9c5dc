//! The three queues of Python: one queue, over three storages.

use crate::queue::BlockingQueue;
use crate::storage::{Fifo, Lifo, SmallestFirst};

/// First in, first out (N1.4): Python's `queue.Queue`.
///
/// ```
/// let queue = thread_queues::Queue::new(0);
/// ["first", "second", "third"].map(|item| queue.put(item).unwrap());
/// assert!(queue.drain().eq(["first", "second", "third"]));
/// ```
pub type Queue<T> = BlockingQueue<Fifo<T>>;

/// Last in, first out (N1.5): Python's `queue.LifoQueue`, a stack.
///
/// ```
/// let stack = thread_queues::LifoQueue::new(0);
/// ["first", "second", "third"].map(|item| stack.put(item).unwrap());
/// assert!(stack.drain().eq(["third", "second", "first"]));
/// ```
pub type LifoQueue<T> = BlockingQueue<Lifo<T>>;

/// The smallest item first (N1.6): Python's `queue.PriorityQueue`.
///
/// Of equal items the one that was put first comes out first; in Python their order is
/// not defined.
///
/// ```
/// let queue = thread_queues::PriorityQueue::new(0);
/// [(20, 'a'), (10, 'b'), (30, 'c')].map(|item| queue.put(item).unwrap());
/// assert!(queue.drain().eq([(10, 'b'), (20, 'a'), (30, 'c')]));
/// ```
///
/// Items without an order are a `TypeError` in Python, at the second put. Here they do
/// not compile:
///
/// ```compile_fail,E0277
/// # use thread_queues::PriorityQueue;
/// // Numbers that may be NaN have no total order.
/// let queue: PriorityQueue<f64> = PriorityQueue::new(0);
/// ```
pub type PriorityQueue<T> = BlockingQueue<SmallestFirst<T>>;
