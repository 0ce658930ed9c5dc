//! The items of a queue as iterators.

use std::iter::{FusedIterator, from_fn};

use crate::{BlockingQueue, Storage};

/// The items of a queue as they come, until it is shut down and empty
/// ([`BlockingQueue::iter`]).
#[derive(Debug)]
pub struct Iter<'a, S: Storage>(&'a BlockingQueue<S>);

impl<S: Storage> Iterator for Iter<'_, S> {
    type Item = S::Item;

    fn next(&mut self) -> Option<S::Item> {
        self.0.get().ok()
    }
}

/// A queue that is shut down and empty remains so.
impl<S: Storage> FusedIterator for Iter<'_, S> {}

impl<'a, S: Storage> IntoIterator for &'a BlockingQueue<S> {
    type Item = S::Item;
    type IntoIter = Iter<'a, S>;

    fn into_iter(self) -> Iter<'a, S> {
        self.iter()
    }
}

impl<S: Storage> BlockingQueue<S> {
    /// The items as they come, until the queue is shut down and empty.
    pub fn iter(&self) -> Iter<'_, S> {
        Iter(self)
    }

    /// The items that are there now, and those that come while they are taken. It never
    /// waits.
    ///
    /// ```
    /// let apples = thread_queues::Queue::new(0);
    /// (0..3).for_each(|apple| apples.put(apple).unwrap());
    /// assert!(apples.drain().eq(0..3) && apples.is_empty());
    /// ```
    pub fn drain(&self) -> impl Iterator<Item = S::Item> {
        from_fn(|| self.try_get().ok())
    }
}
