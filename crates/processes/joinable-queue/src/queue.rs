//! Items of any type in a queue between processes that knows when all of them are done.

use std::fmt;
use std::io;
use std::iter;
use std::marker::PhantomData;
use std::time::{Duration, Instant};

use processes::held::NoFork;
use producer_consumer::Refused;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::records::{Delivery, Records};
use crate::{GetError, MAX_ITEM, PutError, Task, TooManyDone};

/// A first-in first-out queue between this process and those forked from it after it
/// was made, which knows when all that was put is done: the counterpart of Python's
/// `multiprocessing.JoinableQueue` (N2.13).
///
/// [`get`](Self::get) returns a [`Task`]: the item, and the duty to say when it is
/// done. If a process is killed before it has said so, another gets the same task, and
/// can see that it was [`redelivered`](Task::redelivered).
///
/// ```
/// let apples = joinable_queue::JoinableQueue::new(0)?;
/// apples.put("red".to_owned())?;
/// let apple = apples.get()?;
/// assert_eq!((&**apple, apple.redelivered(), apples.unfinished()), ("red", false, 1));
/// apple.done();
/// apples.join();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct JoinableQueue<T> {
    records: Records,
    maxsize: usize,
    items: PhantomData<fn(T) -> T>,
}

impl<T: Serialize + DeserializeOwned> JoinableQueue<T> {
    /// A queue where at most `maxsize` items wait; 0 means no limit on their number, as
    /// in Python. Those in hand are not counted.
    ///
    /// The items that wait take at most 64 MiB, encoded and with eight bytes more for
    /// each. A queue that holds that much is full, whatever its `maxsize`: after 1,023
    /// items of 64 KiB, for example.
    ///
    /// # Errors
    /// If the system gives no memory, no locks or no file for it.
    pub fn new(maxsize: usize) -> io::Result<Self> {
        Ok(Self { records: Records::new(maxsize)?, maxsize, items: PhantomData })
    }

    /// Puts an item, and waits for room as long as it takes. It is unfinished from then
    /// on.
    ///
    /// # Errors
    /// If the queue is closed, before or while it waits, or can never take the item.
    pub fn put(&self, item: T) -> Result<(), PutError<T>> {
        encoded(item, |bytes| self.records.put_until(bytes, None))
    }

    /// Puts an item, and waits for room for at most `timeout`. It then ends even if
    /// another process is stopped in the middle of a put.
    ///
    /// # Errors
    /// As [`put`](Self::put), and [`PutError::Full`] if it times out.
    pub fn put_timeout(&self, item: T, timeout: Duration) -> Result<(), PutError<T>> {
        encoded(item, |bytes| self.records.put_until(bytes, deadline(timeout)))
    }

    /// Puts an item if there is room now (Python's `put_nowait`). Never blocks.
    ///
    /// # Errors
    /// As [`put`](Self::put), and [`PutError::Full`] if there is no room, or another
    /// process has been in the middle of a put all the while.
    pub fn try_put(&self, item: T) -> Result<(), PutError<T>> {
        encoded(item, |bytes| self.records.try_put(bytes))
    }

    /// Gets the task that a dead process has left, else the one that has waited
    /// longest, or waits for one as long as it takes.
    ///
    /// Others' tasks that are in hand may yet come back, so a closed queue ends for a
    /// consumer only when they are done.
    ///
    /// # Errors
    /// If the queue has ended, there is no hand for another task, or the item cannot be
    /// decoded.
    pub fn get(&self) -> Result<Task<'_, T>, GetError> {
        decoded(self.records.get_until(None)?)
    }

    /// Gets a task, and waits for one for at most `timeout`. It then ends even if
    /// another process is stopped in the middle of a get.
    ///
    /// # Errors
    /// As [`get`](Self::get), and [`GetError::Empty`] if it times out.
    pub fn get_timeout(&self, timeout: Duration) -> Result<Task<'_, T>, GetError> {
        decoded(self.records.get_until(deadline(timeout))?)
    }

    /// Gets a task if there is one now (Python's `get_nowait`). Never blocks.
    ///
    /// # Errors
    /// As [`get`](Self::get), and [`GetError::Empty`] if there is none, or another
    /// process has been in the middle of a get all the while.
    pub fn try_get(&self) -> Result<Task<'_, T>, GetError> {
        decoded(self.records.try_get()?)
    }

    /// The tasks as they come, until the queue has ended.
    ///
    /// ```
    /// let apples = joinable_queue::JoinableQueue::new(0)?;
    /// (0..10).try_for_each(|apple| apples.put(apple))?;
    /// apples.close();
    /// let mut eaten = 0;
    /// for apple in &apples {
    ///     let apple = apple?;
    ///     eaten += *apple;
    ///     apple.done();
    /// }
    /// assert_eq!(eaten, 45);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn iter(&self) -> Iter<'_, T> {
        Iter(self)
    }

    /// The tasks that can be got now, as [`try_get`](Self::try_get) gets them: it ends
    /// at the first moment without one.
    pub fn drain(&self) -> impl Iterator<Item = Result<Task<'_, T>, GetError>> {
        iter::from_fn(|| match self.try_get() {
            Err(GetError::Empty | GetError::Closed) => None,
            got => Some(got),
        })
    }
}

/// The tasks of a queue until it has ended ([`JoinableQueue::iter`]).
#[derive(Debug)]
pub struct Iter<'q, T>(&'q JoinableQueue<T>);

impl<'q, T: Serialize + DeserializeOwned> Iterator for Iter<'q, T> {
    type Item = Result<Task<'q, T>, GetError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.0.get() {
            Err(GetError::Closed) => None,
            got => Some(got),
        }
    }
}

impl<'q, T: Serialize + DeserializeOwned> IntoIterator for &'q JoinableQueue<T> {
    type Item = Result<Task<'q, T>, GetError>;
    type IntoIter = Iter<'q, T>;

    fn into_iter(self) -> Iter<'q, T> {
        self.iter()
    }
}

impl<T> JoinableQueue<T> {
    /// Marks a task as done whose item this thread has taken by [`Task::into_item`]; of
    /// several, the one that it took first.
    ///
    /// Python counts, and accepts the call from any thread; here each thread answers
    /// for what it has taken itself.
    ///
    /// # Errors
    /// If it has no such task.
    ///
    /// ```
    /// use joinable_queue::{JoinableQueue, TooManyDone};
    /// let apples = JoinableQueue::new(0)?;
    /// apples.put(7)?;
    /// assert_eq!(apples.get()?.into_item(), 7);
    /// assert_eq!(apples.task_done(), Ok(()));
    /// assert_eq!(apples.task_done(), Err(TooManyDone));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn task_done(&self) -> Result<(), TooManyDone> {
        self.records.first_open().map(Delivery::done).ok_or(TooManyDone)
    }

    /// Waits until all that was put before is done, also if it has been given back
    /// meanwhile.
    ///
    /// It does no tasks itself: if all consumers are dead, it waits for new ones.
    pub fn join(&self) {
        self.records.join(None);
    }

    /// As [`join`](Self::join), but for at most `timeout`; returns whether all is done.
    #[must_use]
    pub fn join_timeout(&self, timeout: Duration) -> bool {
        self.records.join(deadline(timeout))
    }

    /// How many items have been put and are not done. A hint while others put and get:
    /// then it may count one twice that is just being taken.
    #[must_use]
    pub fn unfinished(&self) -> usize {
        self.records.unfinished()
    }

    /// Closes the queue for all processes: nothing more can be put, and when the tasks
    /// are done, [`GetError::Closed`] tells every consumer to end. (Python has no such
    /// thing, hence the note's daemons.)
    pub fn close(&self) {
        self.records.close();
    }

    /// How many items wait to be got for the first time (Python's `qsize`). A hint:
    /// another process may have put or got one meanwhile.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.waiting()
    }

    /// Whether no items wait (Python's `empty`). A hint, as [`len`](Self::len).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether not even the smallest item has room (Python's `full`). A hint, as
    /// [`len`](Self::len).
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.records.is_full()
    }

    /// Whether it has been closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.records.is_closed()
    }

    /// How many items may wait, as it was given to [`new`](JoinableQueue::new).
    #[must_use]
    pub fn maxsize(&self) -> usize {
        self.maxsize
    }
}

impl<T> fmt::Debug for JoinableQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinableQueue")
            .field("len", &self.len())
            .field("unfinished", &self.unfinished())
            .field("maxsize", &self.maxsize)
            .finish_non_exhaustive()
    }
}

/// Encodes an item for `put`, and gives it back with the error if that refuses it.
fn encoded<T: Serialize>(
    item: T,
    put: impl FnOnce(&mut [u8]) -> Result<(), Refused>,
) -> Result<(), PutError<T>> {
    let mut bytes = match postcard::to_extend(&item, Records::begin()) {
        Ok(bytes) => bytes,
        Err(error) => {
            return Err(PutError::Encode { item, reason: error.to_string() });
        }
    };
    let size = Records::size(&bytes);
    if size > MAX_ITEM {
        return Err(PutError::TooLarge { item, size, limit: MAX_ITEM });
    }
    put(&mut bytes).map_err(|refused| match refused {
        Refused::Full => PutError::Full(item),
        Refused::Closed => PutError::Closed(item),
        Refused::TooLong => PutError::TooLarge { item, size, limit: MAX_ITEM },
    })
}

fn decoded<T: DeserializeOwned>(
    delivery: Delivery<'_>,
) -> Result<Task<'_, T>, GetError> {
    // The bytes lie in memory that processes share: a child that the item's
    // `Deserialize` started would have them after the hand has been filled anew.
    let loan = NoFork::new("a task of a queue");
    let item = postcard::from_bytes(delivery.bytes());
    drop(loan);
    match item {
        Ok(item) => Ok(Task::new(item, delivery)),
        Err(error) => {
            delivery.done();
            Err(GetError::Decode(error.to_string()))
        }
    }
}

/// The end of the timeout; none if it lies beyond the range of an `Instant`.
fn deadline(timeout: Duration) -> Option<Instant> {
    Instant::now().checked_add(timeout)
}

const _: () = {
    const fn assert<T: Send + Sync>() {}
    /// The items are encoded, so their type need be neither.
    type NotSend = *const u8;
    assert::<JoinableQueue<NotSend>>();
    assert::<Iter<'_, NotSend>>();
    assert::<Task<'_, u8>>();
    assert::<GetError>();
    assert::<TooManyDone>();
};
