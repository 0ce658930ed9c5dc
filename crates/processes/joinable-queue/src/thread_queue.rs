//! The same among threads: a channel, a counter and a condition variable.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crossbeam::channel::{Receiver, Sender, unbounded};
use shared::trace;

use crate::{PutError, TooManyDone};

/// A queue between threads that knows when all that was put is done: Python's
/// `queue.Queue` with its `join`.
///
/// No thread can be killed alone, so nothing is given back:
/// [`task_done`](Self::task_done) is but a count, and anybody may call it.
///
/// ```
/// let apples = joinable_queue::ThreadQueue::new();
/// std::thread::scope(|threads| {
///     threads.spawn(|| while apples.get().is_some() {
///         apples.task_done().unwrap();
///     });
///     [7, 8].map(|apple| apples.put(apple).unwrap());
///     apples.join();
///     apples.close();
/// });
/// ```
#[derive(Debug)]
pub struct ThreadQueue<T> {
    sender: Mutex<Option<Sender<T>>>,
    receiver: Receiver<T>,
    unfinished: Mutex<usize>,
    all_done: Condvar,
}

impl<T> Default for ThreadQueue<T> {
    fn default() -> Self {
        let (sender, receiver) = unbounded();
        Self {
            sender: Mutex::new(Some(sender)),
            receiver,
            unfinished: Mutex::new(0),
            all_done: Condvar::new(),
        }
    }
}

impl<T> ThreadQueue<T> {
    /// An empty queue without a limit.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts an item, which is unfinished from then on.
    ///
    /// # Errors
    /// If the queue is closed.
    pub fn put(&self, item: T) -> Result<(), PutError<T>> {
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(sender) = sender.as_ref() else { return Err(PutError::Closed(item)) };
        // Before the item is there: it could be done before it was counted.
        *self.unfinished() += 1;
        // It cannot fail: the receiver is here.
        sender.send(item).map_err(|refused| PutError::Closed(refused.0))
    }

    /// Gets an item, or waits for one; `None` when the queue is closed and empty.
    pub fn get(&self) -> Option<T> {
        let _waiting = self.receiver.is_empty().then(|| trace::waiting("for a task"));
        self.receiver.recv().ok()
    }

    /// Says that one item that was got is done.
    ///
    /// # Errors
    /// If more are said to be done than were put.
    pub fn task_done(&self) -> Result<(), TooManyDone> {
        let mut unfinished = self.unfinished();
        *unfinished = unfinished.checked_sub(1).ok_or(TooManyDone)?;
        if *unfinished == 0 {
            self.all_done.notify_all();
        }
        Ok(())
    }

    /// Waits until nothing is unfinished.
    pub fn join(&self) {
        let _waiting = trace::waiting("until all is done");
        let all_done =
            self.all_done.wait_while(self.unfinished(), |unfinished| *unfinished > 0);
        drop(all_done.unwrap_or_else(PoisonError::into_inner));
    }

    /// Closes it: nothing more can be put, and who gets is told when there is nothing
    /// left.
    pub fn close(&self) {
        self.sender.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// The count, which is right at every moment, even if somebody has panicked with
    /// it.
    fn unfinished(&self) -> MutexGuard<'_, usize> {
        self.unfinished.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
