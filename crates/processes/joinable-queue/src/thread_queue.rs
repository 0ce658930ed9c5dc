//! The same among threads: a channel, a counter and a condition variable.

use std::iter;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crossbeam::channel::{Receiver, RecvTimeoutError, Sender, TryRecvError, unbounded};
use shared::trace;

use crate::{GetError, PutError, TooManyDone};

/// A queue between threads that knows when all that was put is done: Python's
/// `queue.Queue()` with its `join`.
///
/// It has no `maxsize`, so it is never full and `put` never waits. No thread can be
/// killed alone, so nothing is given back: [`task_done`](Self::task_done) only counts,
/// and any thread may call it. Of [`GetError`] only `Empty` and `Closed` occur.
///
/// ```
/// let apples = joinable_queue::ThreadQueue::new();
/// std::thread::scope(|threads| {
///     threads.spawn(|| for _apple in apples.iter() {
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

    /// Puts an item, which is unfinished from then on. Never waits.
    ///
    /// # Errors
    /// If the queue is closed.
    pub fn put(&self, item: T) -> Result<(), PutError<T>> {
        let sender = self.sender();
        let Some(sender) = sender.as_ref() else { return Err(PutError::Closed(item)) };
        // Before the item is there: it could be done before it was counted.
        *self.count() += 1;
        // It cannot fail: the receiver is here.
        sender.send(item).map_err(|refused| PutError::Closed(refused.0))
    }

    /// Gets an item, or waits for one as long as it takes.
    ///
    /// # Errors
    /// If the queue is closed and empty.
    pub fn get(&self) -> Result<T, GetError> {
        let _waiting = self.receiver.is_empty().then(|| trace::waiting("for a task"));
        self.receiver.recv().map_err(|_closed| GetError::Closed)
    }

    /// Gets an item, and waits for one for at most `timeout`.
    ///
    /// # Errors
    /// As [`get`](Self::get), and [`GetError::Empty`] if it times out.
    pub fn get_timeout(&self, timeout: Duration) -> Result<T, GetError> {
        let _waiting = self.receiver.is_empty().then(|| trace::waiting("for a task"));
        self.receiver.recv_timeout(timeout).map_err(|error| match error {
            RecvTimeoutError::Timeout => GetError::Empty,
            RecvTimeoutError::Disconnected => GetError::Closed,
        })
    }

    /// Gets an item if there is one now (Python's `get_nowait`).
    ///
    /// # Errors
    /// As [`get`](Self::get), and [`GetError::Empty`] if there is none.
    pub fn try_get(&self) -> Result<T, GetError> {
        self.receiver.try_recv().map_err(|error| match error {
            TryRecvError::Empty => GetError::Empty,
            TryRecvError::Disconnected => GetError::Closed,
        })
    }

    /// The items as they come, until the queue is closed and empty.
    pub fn iter(&self) -> impl Iterator<Item = T> {
        iter::from_fn(|| self.get().ok())
    }

    /// The items that are in the queue now.
    pub fn drain(&self) -> impl Iterator<Item = T> {
        iter::from_fn(|| self.try_get().ok())
    }

    /// Marks one item that was got as done.
    ///
    /// # Errors
    /// If more are marked as done than were put.
    pub fn task_done(&self) -> Result<(), TooManyDone> {
        let mut unfinished = self.count();
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
            self.all_done.wait_while(self.count(), |unfinished| *unfinished > 0);
        drop(all_done.unwrap_or_else(PoisonError::into_inner));
    }

    /// As [`join`](Self::join), but for at most `timeout`; returns whether all is done.
    #[must_use]
    pub fn join_timeout(&self, timeout: Duration) -> bool {
        let _waiting = trace::waiting("until all is done");
        let is_unfinished = |unfinished: &mut usize| *unfinished > 0;
        let waited =
            self.all_done.wait_timeout_while(self.count(), timeout, is_unfinished);
        *waited.unwrap_or_else(PoisonError::into_inner).0 == 0
    }

    /// How many items have been put and are not done. A hint: another thread may put
    /// one or finish one meanwhile.
    #[must_use]
    pub fn unfinished(&self) -> usize {
        *self.count()
    }

    /// Closes it: nothing more can be put, and a get fails when nothing is left.
    pub fn close(&self) {
        self.sender().take();
    }

    /// Whether it has been closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.sender().is_none()
    }

    /// How many items wait (Python's `qsize`). A hint: another thread may have put or
    /// got one meanwhile.
    #[must_use]
    pub fn len(&self) -> usize {
        self.receiver.len()
    }

    /// Whether no items wait (Python's `empty`). A hint, as [`len`](Self::len).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.receiver.is_empty()
    }

    fn sender(&self) -> MutexGuard<'_, Option<Sender<T>>> {
        // No thread panics with it.
        self.sender.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The count, which is right at every moment, even after a panic.
    fn count(&self) -> MutexGuard<'_, usize> {
        self.unfinished.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_queue_is_got_from_now_or_later_until_it_is_closed() {
        let (queue, soon) = (ThreadQueue::new(), Duration::from_millis(20));
        assert_eq!(queue.try_get(), Err(GetError::Empty));
        assert_eq!(queue.get_timeout(soon), Err(GetError::Empty));
        (0..5).for_each(|item| queue.put(item).expect("open"));
        assert_eq!((queue.len(), queue.is_empty(), queue.unfinished()), (5, false, 5));
        assert_eq!((queue.get(), queue.get_timeout(soon)), (Ok(0), Ok(1)));
        assert!(queue.drain().eq(2..5) && queue.is_empty());

        assert!(!queue.join_timeout(soon), "none is done");
        (0..5).for_each(|_| queue.task_done().expect("unfinished"));
        assert_eq!(queue.task_done(), Err(TooManyDone));
        assert!(queue.join_timeout(Duration::ZERO));

        queue.put(5).expect("open");
        assert!(!queue.is_closed());
        queue.close();
        assert!(queue.is_closed());
        assert!(matches!(queue.put(6), Err(PutError::Closed(6))));
        assert!(queue.iter().eq([5]));
        for ended in [queue.get(), queue.try_get(), queue.get_timeout(soon)] {
            assert_eq!(ended, Err(GetError::Closed));
        }
    }
}
