//! In which order items come out: first in, first out; last in, first out; by priority.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, VecDeque};
use std::mem;

/// The items that wait in a [`BlockingQueue`](crate::BlockingQueue), and the order in
/// which they come out.
///
/// These are the methods that a subclass of Python's `Queue` overrides (`_put`, `_get`,
/// `_qsize`) to make a queue with another order. The queue calls them one at a time,
/// with its lock held, so they must not use the queue themselves. If one of them
/// panics, the queue stays usable: an item that is in the storage by then has been put.
///
/// ```
/// use thread_queues::{BlockingQueue, Storage};
///
/// /// Of two items one replaces the other: a queue that holds only the latest.
/// #[derive(Default)]
/// struct Latest(Option<u32>);
///
/// impl Storage for Latest {
///     type Item = u32;
///     fn push(&mut self, item: u32) { self.0 = Some(item); }
///     fn pop(&mut self) -> Option<u32> { self.0.take() }
///     fn len(&self) -> usize { usize::from(self.0.is_some()) }
/// }
///
/// let latest = BlockingQueue::<Latest>::new(0);
/// latest.put(1)?;
/// latest.put(2)?;
/// assert_eq!(latest.get(), Ok(2));
/// # Ok::<(), thread_queues::PutError<u32>>(())
/// ```
pub trait Storage: Default {
    /// What the queue holds.
    type Item;

    /// Adds an item.
    fn push(&mut self, item: Self::Item);

    /// Takes the item whose turn it is; nothing if there are none.
    fn pop(&mut self) -> Option<Self::Item>;

    /// Moves items to `ready`, which is empty, in the order in which they are to come
    /// out: one at least, if there are any, and none that an item put later could
    /// overtake.
    ///
    /// The more it moves, the less often the threads that get have to meet those that
    /// put. One is always right.
    fn hand_over(&mut self, ready: &mut VecDeque<Self::Item>) {
        ready.extend(self.pop());
    }

    /// How many items there are.
    fn len(&self) -> usize;

    /// Whether there are no items.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// First in, first out: the storage of a [`Queue`](crate::Queue).
pub struct Fifo<T>(VecDeque<T>);

impl<T> Default for Fifo<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T> Storage for Fifo<T> {
    type Item = T;

    fn push(&mut self, item: T) {
        self.0.push_back(item);
    }

    fn pop(&mut self) -> Option<T> {
        self.0.pop_front()
    }

    /// All: what is put later comes out later.
    fn hand_over(&mut self, ready: &mut VecDeque<T>) {
        mem::swap(&mut self.0, ready);
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}

/// Last in, first out: the storage of a [`LifoQueue`](crate::LifoQueue).
pub struct Lifo<T>(Vec<T>);

impl<T> Default for Lifo<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Storage for Lifo<T> {
    type Item = T;

    fn push(&mut self, item: T) {
        self.0.push(item);
    }

    fn pop(&mut self) -> Option<T> {
        self.0.pop()
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}

/// The smallest item first, and of equal items the one that was put first: the storage
/// of a [`PriorityQueue`](crate::PriorityQueue).
pub struct SmallestFirst<T> {
    heap: BinaryHeap<Reverse<Entry<T>>>,
    /// How many items have ever been put.
    put: u64,
}

impl<T: Ord> Default for SmallestFirst<T> {
    fn default() -> Self {
        Self { heap: BinaryHeap::new(), put: 0 }
    }
}

impl<T: Ord> Storage for SmallestFirst<T> {
    type Item = T;

    fn push(&mut self, item: T) {
        let turn = self.put;
        self.put += 1;
        self.heap.push(Reverse(Entry { item, turn }));
    }

    fn pop(&mut self) -> Option<T> {
        self.heap.pop().map(|Reverse(entry)| entry.item)
    }

    fn len(&self) -> usize {
        self.heap.len()
    }
}

/// An item, and how many were put before it. A heap alone does not keep equal items in
/// order.
struct Entry<T> {
    item: T,
    turn: u64,
}

impl<T: Ord> Ord for Entry<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.item.cmp(&other.item).then(self.turn.cmp(&other.turn))
    }
}

impl<T: Ord> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: Ord> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T: Ord> Eq for Entry<T> {}

/// An item with a priority that alone decides its turn: the smallest first, and among
/// equals first come, first served.
///
/// A tuple compares its second part where the first is equal, so the item decides a
/// tie, and needs an order as well. This is the counterpart of the dataclass
/// `PrioritizedItem` in Python's documentation, whose item is marked `compare=False`.
///
/// ```
/// # use thread_queues::{Prioritized, PriorityQueue};
/// let queue = PriorityQueue::new(0);
/// queue.put(Prioritized { priority: 1, item: "zebra" })?;
/// queue.put(Prioritized { priority: 1, item: "ape" })?;
/// assert!(queue.drain().map(|it| it.item).eq(["zebra", "ape"]));
/// # Ok::<(), thread_queues::PutError<Prioritized<i32, &str>>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Prioritized<P, T> {
    /// The smaller, the sooner.
    pub priority: P,
    /// Not compared.
    pub item: T,
}

impl<P: Ord, T> Ord for Prioritized<P, T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.priority.cmp(&other.priority)
    }
}

impl<P: Ord, T> PartialOrd for Prioritized<P, T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<P: Ord, T> PartialEq for Prioritized<P, T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<P: Ord, T> Eq for Prioritized<P, T> {}
