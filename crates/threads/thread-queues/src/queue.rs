//! The queue: put, get, `task_done`, join and shutdown, the same for every order.

use std::fmt;
use std::iter;
use std::mem;
use std::time::Duration;

use shared::trace;

use crate::ends::{Ends, GettingGuard, PuttingGuard};
use crate::storage::Storage;
use crate::sync::{Deadline, linger};
use crate::{GetError, PutError, TooManyDone};

/// A queue between threads: a get waits while it is empty, a put while it is full.
///
/// The [`Storage`] decides in which order items come out. See [`Queue`](crate::Queue),
/// [`LifoQueue`](crate::LifoQueue) and [`PriorityQueue`](crate::PriorityQueue).
///
/// ```
/// use thread_queues::Queue;
/// let apples = Queue::new(3);
/// std::thread::scope(|scope| {
///     scope.spawn(|| {
///         (0..10).for_each(|apple| apples.put(apple).unwrap());
///         apples.shutdown(false);
///     });
///     // Ends when the queue is shut down and empty.
///     assert!(apples.iter().eq(0..10));
/// });
/// ```
pub struct BlockingQueue<S: Storage> {
    ends: Ends<S>,
}

const FOR_ROOM: &str = "for room";
const FOR_AN_ITEM: &str = "for an item";
const UNTIL_DONE: &str = "until all is done";

impl<S: Storage> BlockingQueue<S> {
    /// An empty queue that holds at most `maxsize` items; with 0, any number.
    #[must_use]
    pub fn new(maxsize: usize) -> Self {
        Self { ends: Ends::new(if maxsize == 0 { usize::MAX } else { maxsize }) }
    }

    /// Puts an item, and waits for room if the queue is full.
    ///
    /// # Errors
    /// [`PutError::ShutDown`] with the item, if the queue has been shut down or is
    /// while this waits.
    pub fn put(&self, item: S::Item) -> Result<(), PutError<S::Item>> {
        self.put_until(item, &Deadline::never())
    }

    /// Puts an item, and waits for room for `timeout` at most.
    ///
    /// A negative timeout, a `ValueError` in Python, cannot be written.
    ///
    /// # Errors
    /// As [`put`](Self::put), and [`PutError::Full`] if there was no room in time.
    pub fn put_timeout(
        &self,
        item: S::Item,
        timeout: Duration,
    ) -> Result<(), PutError<S::Item>> {
        self.put_until(item, &Deadline::after(timeout))
    }

    /// Puts an item if there is room now (Python's `put_nowait`).
    ///
    /// # Errors
    /// As [`put`](Self::put), and [`PutError::Full`] if there is none.
    pub fn try_put(&self, item: S::Item) -> Result<(), PutError<S::Item>> {
        match self.put_with_one_end(item) {
            Err(PutError::Full(item)) => self.put_with_both_ends(item).1,
            put => put,
        }
    }

    /// Gets an item, and waits for one if the queue is empty.
    ///
    /// # Errors
    /// [`GetError::ShutDown`] if the queue is empty, and has been shut down or is while
    /// this waits.
    pub fn get(&self) -> Result<S::Item, GetError> {
        self.get_until(&Deadline::never())
    }

    /// Gets an item, and waits for one for `timeout` at most.
    ///
    /// # Errors
    /// As [`get`](Self::get), and [`GetError::Empty`] if there was none in time.
    pub fn get_timeout(&self, timeout: Duration) -> Result<S::Item, GetError> {
        self.get_until(&Deadline::after(timeout))
    }

    /// Gets an item if there is one now (Python's `get_nowait`).
    ///
    /// # Errors
    /// As [`get`](Self::get), and [`GetError::Empty`] if there is none.
    pub fn try_get(&self) -> Result<S::Item, GetError> {
        self.pop(&mut self.ends.getting()).map_err(|(error, _putting)| error)
    }

    /// Marks one item as done. A thread calls it for each item that it got, when it has
    /// finished with it; [`join`](Self::join) waits for that.
    ///
    /// # Errors
    /// If more would be done than were put. The queue only counts, so one call too many
    /// goes unnoticed while other items are unfinished.
    pub fn task_done(&self) -> Result<(), TooManyDone> {
        let mut done = self.ends.done.lock();
        if *done >= self.ends.put() {
            return Err(TooManyDone);
        }
        *done += 1;
        if *done == self.ends.put() {
            self.ends.all_done.notify_all();
        }
        Ok(())
    }

    /// Waits until no item is unfinished: each that was put has been marked as done, or
    /// was discarded.
    pub fn join(&self) {
        self.join_until(&Deadline::never());
    }

    /// As [`join`](Self::join), but for `timeout` at most; returns whether no item is
    /// unfinished.
    #[must_use]
    pub fn join_timeout(&self, timeout: Duration) -> bool {
        self.join_until(&Deadline::after(timeout))
    }

    /// How many items have been put and are not done. A hint: another thread may put
    /// one, or finish one, in the same moment.
    #[must_use]
    pub fn unfinished(&self) -> usize {
        let done = self.ends.done.lock();
        self.ends.put().saturating_sub(*done)
    }

    /// Shuts the queue down: from now on nothing can be put, and all that wait for room
    /// are woken with [`PutError::ShutDown`]. It cannot be undone.
    ///
    /// The items that are there can still be got; when none is left, every get fails
    /// with [`GetError::ShutDown`], in threads that wait as well.
    ///
    /// `immediate` discards the items, and returns them in the order in which they
    /// would have come out. They count as done, so `join` need not wait for them.
    /// (Without it nothing is returned.)
    ///
    /// ```
    /// # use thread_queues::{GetError, PutError, Queue};
    /// let queue = Queue::new(0);
    /// queue.put(1)?;
    /// queue.put(2)?;
    /// queue.shutdown(false);
    /// assert!(matches!(queue.put(3), Err(PutError::ShutDown(3))));
    /// assert_eq!(queue.get(), Ok(1));
    /// assert_eq!(queue.shutdown(true), [2]);
    /// assert_eq!(queue.get(), Err(GetError::ShutDown));
    /// # Ok::<(), PutError<i32>>(())
    /// ```
    pub fn shutdown(&self, immediate: bool) -> Vec<S::Item> {
        let mut getting = self.ends.getting();
        let mut putting = self.ends.putting();
        self.ends.shut_down(&mut getting, &mut putting);
        if !immediate {
            return Vec::new();
        }
        putting.moved -= getting.ready.len();
        let ready = mem::take(&mut getting.ready);
        let mut items = mem::take(&mut putting.items);
        drop((putting, getting));
        // Without the locks: the items' own code may use the queue.
        ready.into_iter().chain(iter::from_fn(|| items.pop())).collect()
    }

    /// Whether the queue has been shut down.
    #[must_use]
    pub fn is_shutdown(&self) -> bool {
        self.ends.is_shut_down()
    }

    /// How many items it holds at most; 0 if any number.
    #[must_use]
    pub fn maxsize(&self) -> usize {
        if self.ends.most == usize::MAX { 0 } else { self.ends.most }
    }

    /// How many items there are (Python's `qsize`). A hint: another thread may put one,
    /// or get one, in the same moment.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no items (Python's `empty`). A hint, as [`len`](Self::len).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room (Python's `full`). A hint, as [`len`](Self::len).
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.len() >= self.ends.most
    }

    fn put_until(
        &self,
        item: S::Item,
        deadline: &Deadline,
    ) -> Result<(), PutError<S::Item>> {
        let mut item = match self.put_with_one_end(item) {
            Err(PutError::Full(item)) => item,
            put => return put,
        };
        let _waiting = trace::waiting(FOR_ROOM);
        loop {
            self.linger_for_room();
            item = match self.put_with_one_end(item) {
                Err(PutError::Full(item)) => item,
                put => return put,
            };
            item = match self.put_with_both_ends(item) {
                (_, Err(PutError::Full(item))) if deadline.has_passed() => {
                    return Err(PutError::Full(item));
                }
                (getting, Err(PutError::Full(item))) => {
                    // It has been locked since there was no room: none has been made.
                    getting.sleep(deadline);
                    item
                }
                (_, put) => return put,
            };
        }
    }

    /// Puts an item if there is room for it, as far as this end knows.
    #[inline]
    fn put_with_one_end(&self, item: S::Item) -> Result<(), PutError<S::Item>> {
        let mut putting = self.ends.putting();
        if putting.is_shut_down() {
            return Err(PutError::ShutDown(item));
        }
        if !putting.has_room() {
            return Err(PutError::Full(item));
        }
        putting.items.push(item);
        Ok(())
    }

    /// Puts an item if there is room. With both locks it is certain whether there is.
    fn put_with_both_ends(
        &self,
        item: S::Item,
    ) -> (GettingGuard<'_, S>, Result<(), PutError<S::Item>>) {
        let getting = self.ends.getting();
        let put = self.put_with_one_end(item);
        (getting, put)
    }

    fn get_until(&self, deadline: &Deadline) -> Result<S::Item, GetError> {
        {
            let mut getting = self.ends.getting();
            // A look at the other end's lock only if there seems to be something.
            if !getting.ready.is_empty() || !self.is_empty() {
                match self.pop(&mut getting) {
                    Err((GetError::Empty, _)) => {}
                    got => return got.map_err(|(error, _)| error),
                }
            }
        }
        let _waiting = trace::waiting(FOR_AN_ITEM);
        loop {
            self.linger_for_item();
            let mut getting = self.ends.getting();
            match self.pop(&mut getting) {
                Err((GetError::Empty, _)) if deadline.has_passed() => {
                    return Err(GetError::Empty);
                }
                Err((GetError::Empty, putting)) => {
                    drop(getting);
                    // It has been locked since there was no item: none has come.
                    putting.sleep(deadline);
                }
                got => return got.map_err(|(error, _)| error),
            }
        }
    }

    /// Takes the next item; if there is none, the other end is still locked.
    #[inline]
    fn pop<'a>(
        &'a self,
        getting: &mut GettingGuard<'_, S>,
    ) -> Result<S::Item, (GetError, PuttingGuard<'a, S>)> {
        if getting.ready.is_empty() {
            let mut putting = self.ends.putting();
            let end = &mut *putting;
            end.items.hand_over(&mut getting.ready);
            end.moved += getting.ready.len();
            if getting.ready.is_empty() {
                let error = if self.is_shutdown() {
                    GetError::ShutDown
                } else {
                    GetError::Empty
                };
                return Err((error, putting));
            }
        }
        let Some(item) = getting.ready.pop_front() else { unreachable!("not empty") };
        getting.taken += 1;
        Ok(item)
    }

    fn join_until(&self, deadline: &Deadline) -> bool {
        let mut done = self.ends.done.lock();
        if *done >= self.ends.put() {
            return true;
        }
        let _waiting = trace::waiting(UNTIL_DONE);
        loop {
            done = self.ends.all_done.wait(done, &self.ends.done, deadline);
            if *done >= self.ends.put() {
                return true;
            }
            if deadline.has_passed() {
                return false;
            }
        }
    }

    fn linger_for_room(&self) {
        let room = || self.ends.most - self.len();
        linger(|| room() >= self.plenty() || self.is_shutdown());
    }

    fn linger_for_item(&self) {
        linger(|| self.len() >= self.plenty() || self.is_shutdown());
    }

    /// How many items, or places, are worth a while of spinning.
    fn plenty(&self) -> usize {
        self.ends.most.div_ceil(2).min(32)
    }
}

/// A queue that holds any number of items.
impl<S: Storage> Default for BlockingQueue<S> {
    fn default() -> Self {
        Self::new(0)
    }
}

impl<S: Storage> fmt::Debug for BlockingQueue<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockingQueue")
            .field("len", &self.len())
            .field("maxsize", &self.maxsize())
            .field("unfinished", &self.unfinished())
            .field("is_shutdown", &self.is_shutdown())
            .finish()
    }
}

#[cfg(all(test, loom))]
mod loom_models;
