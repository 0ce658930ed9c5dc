//! Items of any type in a bounded queue between processes.

use std::cell::Cell;
use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::time::{Duration, Instant};

use crossbeam::utils::CachePadded;
use processes::{Shareable, SharedMemory};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::event_count::{EventCount, Waiting};
use crate::ring::{Refused, Ring};

/// A first-in first-out queue between this process and those forked from it after the
/// queue was made, as many producers and consumers as there are: the counterpart of
/// Python's `multiprocessing.Queue` (N2.11).
///
/// Items are encoded with postcard, so what comes out is a copy. Any process that has
/// the queue may be killed at any moment: the others go on at once or within 100 ms,
/// and the only item that can be lost is the one that the dead process was just putting
/// or had just taken.
///
/// Other than in Python no thread stands behind it: an item is in the queue when
/// [`put`](Self::put) returns, a process can end without flushing anything, and the
/// queue can be used right after a fork.
///
/// ```
/// let apples = producer_consumer::ProcessQueue::new(2)?;
/// apples.put("red".to_owned())?;
/// apples.put("green".to_owned())?;
/// let full = apples.try_put("yellow".to_owned()).unwrap_err();
/// assert_eq!(full.into_item(), "yellow");
/// assert_eq!(apples.get()?, "red");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// What serde cannot copy is not put in the first place: an open file is a number that
/// means another file in another process, or none.
///
/// ```compile_fail,E0599
/// let files = producer_consumer::ProcessQueue::<std::fs::File>::new(2).unwrap();
/// files.put(std::fs::File::open("apples").unwrap()).unwrap();
/// ```
pub struct ProcessQueue<T> {
    ring: Ring,
    waiters: SharedMemory<Waiters>,
    maxsize: usize,
    items: PhantomData<fn(T) -> T>,
}

/// Where processes wait. Each has cache lines of its own, for each is looked at after
/// every operation of one side.
#[derive(Debug, Default)]
struct Waiters {
    /// Consumers wait here for an item.
    not_empty: CachePadded<EventCount>,
    /// Producers wait here for room.
    not_full: CachePadded<EventCount>,
}

// SAFETY: event counts may be shared themselves.
unsafe impl Shareable for Waiters {}

/// Why an item was not put. It gives the item back.
#[derive(thiserror::Error)]
pub enum PutError<T> {
    /// There was no room, not now ([`try_put`](ProcessQueue::try_put)) or not in time
    /// ([`put_timeout`](ProcessQueue::put_timeout)).
    #[error("the queue is full")]
    Full(T),
    /// The queue has been closed.
    #[error("the queue is closed")]
    Closed(T),
    /// The item takes more bytes than the queue has.
    #[error("an item of {size} bytes is longer than the {limit} that the queue takes")]
    TooLarge {
        /// The item.
        item: T,
        /// How many bytes it takes, encoded.
        size: usize,
        /// How many bytes an item of this queue takes at most.
        limit: usize,
    },
    /// The item cannot be encoded.
    #[error("the item cannot be encoded: {error}")]
    Encode {
        /// The item.
        item: T,
        /// What its `Serialize` or postcard says.
        error: postcard::Error,
    },
}

impl<T> PutError<T> {
    /// The item that was not put.
    pub fn into_item(self) -> T {
        match self {
            Self::Full(item)
            | Self::Closed(item)
            | Self::TooLarge { item, .. }
            | Self::Encode { item, .. } => item,
        }
    }
}

/// Tells what is wrong, but not the item, so that any item may be in it.
impl<T> fmt::Debug for PutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PutError({self})")
    }
}

/// Why no item was got.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GetError {
    /// There was no item, not now ([`try_get`](ProcessQueue::try_get)) or not in time
    /// ([`get_timeout`](ProcessQueue::get_timeout)).
    #[error("the queue is empty")]
    Empty,
    /// The queue has been closed, and every item has been taken.
    #[error("the queue is closed and empty")]
    Closed,
    /// An item was taken that its type does not accept; it is gone.
    #[error("an item cannot be decoded: {0}")]
    Decode(postcard::Error),
}

impl<T: Serialize + DeserializeOwned> ProcessQueue<T> {
    /// A queue of at most `maxsize` items; 0 means no limit but memory, as in Python.
    ///
    /// Memory is limited all the same: the items that wait take at most 64 MiB
    /// ([`Ring::BYTES`]), encoded and with four bytes more for each. A queue that holds
    /// that much is full. It takes the machine's memory as it goes round, in time as
    /// much as that, but never more than has been put.
    ///
    /// # Errors
    /// If the system gives no memory or no locks for it.
    pub fn new(maxsize: usize) -> io::Result<Self> {
        let max_records = if maxsize == 0 {
            u32::MAX
        } else {
            u32::try_from(maxsize).unwrap_or(u32::MAX)
        };
        Ok(Self {
            ring: Ring::new(max_records)?,
            waiters: SharedMemory::new(Waiters::default(), 0)?,
            maxsize,
            items: PhantomData,
        })
    }

    /// Puts an item, and waits for room as long as it takes.
    ///
    /// # Errors
    /// If the queue is closed, before or while it waits, or can never take the item.
    pub fn put(&self, item: T) -> Result<(), PutError<T>> {
        self.put_until(item, None)
    }

    /// Puts an item, and waits for room until the time is over.
    ///
    /// # Errors
    /// As [`put`](Self::put), and [`PutError::Full`] when the time is over.
    pub fn put_timeout(&self, item: T, timeout: Duration) -> Result<(), PutError<T>> {
        self.put_until(item, deadline(timeout))
    }

    /// Puts an item if there is room now (Python's `put_nowait`).
    ///
    /// # Errors
    /// As [`put`](Self::put), and [`PutError::Full`] if there is no room.
    pub fn try_put(&self, item: T) -> Result<(), PutError<T>> {
        encoded(item, |record| self.push(record, None))
    }

    /// Gets the item that has waited longest, or waits for one as long as it takes.
    ///
    /// What may be a stop value is of another type than what cannot be one, so whoever
    /// gets it has to look (E0308):
    ///
    /// ```compile_fail,E0308
    /// # let apples = producer_consumer::ProcessQueue::<Option<u32>>::new(0).unwrap();
    /// let apple: u32 = apples.get().unwrap();
    /// ```
    ///
    /// # Errors
    /// If the queue is closed and has no items any more, or the item cannot be decoded.
    pub fn get(&self) -> Result<T, GetError> {
        self.get_until(None)
    }

    /// Gets an item, and waits for one until the time is over.
    ///
    /// # Errors
    /// As [`get`](Self::get), and [`GetError::Empty`] when the time is over.
    pub fn get_timeout(&self, timeout: Duration) -> Result<T, GetError> {
        self.get_until(deadline(timeout))
    }

    /// Gets an item if there is one now (Python's `get_nowait`).
    ///
    /// # Errors
    /// As [`get`](Self::get), and [`GetError::Empty`] if there is none.
    pub fn try_get(&self) -> Result<T, GetError> {
        self.pop(None)
    }

    fn put_until(&self, item: T, deadline: Option<Instant>) -> Result<(), PutError<T>> {
        encoded(item, |record| {
            let ready = || self.ring.has_room(record.len()) || self.ring.is_closed();
            let put = || match self.push(record, deadline) {
                Err(Refused::Full) => None,
                done => Some(done),
            };
            retry(&self.waiters.not_full, "for room", deadline, ready, put)
                .unwrap_or(Err(Refused::Full))
        })
    }

    fn get_until(&self, deadline: Option<Instant>) -> Result<T, GetError> {
        let ready = || !self.ring.is_empty() || self.ring.is_closed();
        let get = || match self.pop(deadline) {
            Err(GetError::Empty) => None,
            done => Some(done),
        };
        retry(&self.waiters.not_empty, "for an item", deadline, ready, get)
            .unwrap_or(Err(GetError::Empty))
    }

    fn push(&self, record: &[u8], deadline: Option<Instant>) -> Result<(), Refused> {
        self.ring.push(record, deadline)?;
        self.waiters.not_empty.notify_one();
        Ok(())
    }

    fn pop(&self, deadline: Option<Instant>) -> Result<T, GetError> {
        with_scratch(|bytes| {
            if self.ring.pop(deadline, |record| record.copy_to(bytes)).is_none() {
                // In this order: nothing is put after the closing, so what is empty
                // then remains so.
                let ended = self.ring.is_closed() && self.ring.is_empty();
                return Err(if ended { GetError::Closed } else { GetError::Empty });
            }
            self.waiters.not_full.notify_one();
            postcard::from_bytes(bytes).map_err(GetError::Decode)
        })
    }
}

impl<T> ProcessQueue<T> {
    /// Closes the queue for all processes: nothing more can be put, what is in it can
    /// still be got, and then [`GetError::Closed`] tells every consumer to end.
    /// (Python's `shutdown` of a `queue.Queue`; the `close` of a
    /// `multiprocessing.Queue` concerns the calling process only, hence the note's stop
    /// values.)
    pub fn close(&self) {
        self.ring.close();
        self.waiters.not_empty.notify_all();
        self.waiters.not_full.notify_all();
    }

    /// Whether it has been closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.ring.is_closed()
    }

    /// How many items wait (Python's `qsize`). A hint: another process may have put or
    /// got one meanwhile.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ring.len()
    }

    /// Whether no items wait. A hint, as [`len`](Self::len).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ring.is_empty()
    }

    /// Whether not even the smallest item has room. A hint, as [`len`](Self::len).
    #[must_use]
    pub fn is_full(&self) -> bool {
        !self.ring.has_room(0)
    }

    /// How many items may wait, as it was given to [`new`](ProcessQueue::new).
    #[must_use]
    pub fn maxsize(&self) -> usize {
        self.maxsize
    }

    /// How many processes have died in the very middle of putting or getting. Nothing
    /// of theirs is left to be seen: it is for those who kill on purpose and want to
    /// know that they have hit.
    #[must_use]
    pub fn deaths(&self) -> u32 {
        self.ring.deaths()
    }
}

impl<T> fmt::Debug for ProcessQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessQueue")
            .field("len", &self.len())
            .field("maxsize", &self.maxsize)
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}

/// Tries, and waits until it is worth another try; `None` when the time is
/// over.
fn retry<R>(
    changed: &EventCount,
    what_for: &'static str,
    deadline: Option<Instant>,
    ready: impl Fn() -> bool,
    mut attempt: impl FnMut() -> Option<R>,
) -> Option<R> {
    let mut waiting = Waiting::new(what_for);
    loop {
        // Who is woken in the last moment tries once more, having been woken instead of
        // another; but only once: a process that has been stopped with a lock in hand
        // lets no try succeed, however worthwhile it looks.
        let last = deadline.is_some_and(|deadline| deadline <= Instant::now());
        let done = attempt();
        if done.is_some() || last || !changed.wait(&mut waiting, deadline, &ready) {
            return done;
        }
    }
}

/// Encodes an item for `put`, and gives it back with the error if that refuses it.
fn encoded<T: Serialize>(
    item: T,
    put: impl FnOnce(&[u8]) -> Result<(), Refused>,
) -> Result<(), PutError<T>> {
    with_scratch(|bytes| {
        match postcard::to_extend(&item, std::mem::take(bytes)) {
            Ok(encoded) => *bytes = encoded,
            Err(error) => return Err(PutError::Encode { item, error }),
        }
        put(bytes).map_err(|refused| match refused {
            Refused::Full => PutError::Full(item),
            Refused::Closed => PutError::Closed(item),
            Refused::TooLong => {
                PutError::TooLarge { item, size: bytes.len(), limit: Ring::MAX_RECORD }
            }
        })
    })
}

/// When the time is over; never, if that is too far away to be told.
fn deadline(timeout: Duration) -> Option<Instant> {
    Instant::now().checked_add(timeout)
}

/// Lends `work` an empty buffer that is kept for the next time.
fn with_scratch<R>(work: impl FnOnce(&mut Vec<u8>) -> R) -> R {
    /// What one large item has needed is not kept for ever.
    const KEPT: usize = 64 << 10;
    thread_local! { static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) } }

    // Taken out: an item whose `Serialize` puts another item finds an empty place, and
    // makes a new buffer.
    let mut bytes = SCRATCH.take();
    bytes.clear();
    let result = work(&mut bytes);
    if bytes.capacity() <= KEPT {
        SCRATCH.set(bytes);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_does_not_get_to_the_last_item_in_time_is_not_told_that_there_is_none() {
        let queue = ProcessQueue::new(1).expect("a queue");
        queue.put(7).expect("room");
        queue.close();
        let late = || queue.get_timeout(Duration::from_millis(1));
        let late = queue.ring.pop(None, |_| {
            std::thread::scope(|scope| scope.spawn(late).join().expect("no panic"))
        });
        assert_eq!(late, Some(Err(GetError::Empty)));
        assert_eq!(queue.try_get(), Err(GetError::Closed));
    }
}
