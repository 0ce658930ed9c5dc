//! An item, and the duty to say when it is done.

use std::fmt;
use std::ops::{Deref, DerefMut};

use crate::records::Delivery;

/// An item of a [`JoinableQueue`](crate::JoinableQueue) in the hands of this process,
/// until it is [`done`](Self::done).
///
/// It goes back to the queue if the process is killed with it, or drops it, as a panic
/// does.
///
/// Two calls of `done` do not compile (E0382):
///
/// ```compile_fail,E0382
/// # let apples = joinable_queue::JoinableQueue::new(0).unwrap();
/// # apples.put(7).unwrap();
/// let apple = apples.get().unwrap();
/// apple.done();
/// apple.done();
/// ```
#[must_use = "a task that is dropped before it is done goes back to the queue"]
pub struct Task<'q, T> {
    item: T,
    delivery: Delivery<'q>,
}

impl<'q, T> Task<'q, T> {
    pub(crate) fn new(item: T, delivery: Delivery<'q>) -> Self {
        Self { item, delivery }
    }

    /// Whether another consumer has had it in hand before, and may have done a part of
    /// it or all.
    #[must_use]
    pub fn redelivered(&self) -> bool {
        self.delivery.redelivered()
    }

    /// Marks it as done (Python's `task_done`).
    ///
    /// # Panics
    /// In a child of the process that has got it: the child has a copy, but not the
    /// task.
    pub fn done(self) {
        self.delivery.done();
    }

    /// Takes the item out and leaves the task in hand, until this thread calls
    /// [`task_done`](crate::JoinableQueue::task_done), as in Python.
    ///
    /// If the thread forgets to, the task goes back to the queue when the process ends.
    ///
    /// # Panics
    /// In a child of the process that has got it.
    pub fn into_item(self) -> T {
        self.delivery.open();
        self.item
    }
}

impl<T> Deref for Task<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.item
    }
}

/// Changes this copy of the item only: the next consumer gets it as it was put.
impl<T> DerefMut for Task<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.item
    }
}

impl<T: fmt::Debug> fmt::Debug for Task<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task")
            .field("item", &self.item)
            .field("redelivered", &self.redelivered())
            .finish_non_exhaustive()
    }
}
