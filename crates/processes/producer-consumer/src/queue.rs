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

use crate::error::{GetError, PutError};
use crate::event_count::EventCount;
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
/// Unlike in Python, there is no thread behind it: an item is in the queue when
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
/// A value that serde cannot copy cannot be put: an open file is a number that means
/// another file in another process, or none.
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

/// The places where processes wait. Each has cache lines of its own, because one side
/// reads it after every operation.
#[derive(Debug, Default)]
struct Waiters {
    /// Consumers wait here for an item.
    not_empty: CachePadded<EventCount>,
    /// Producers wait here for room.
    not_full: CachePadded<EventCount>,
}

// SAFETY: event counts may be shared themselves.
unsafe impl Shareable for Waiters {}

impl<T: Serialize + DeserializeOwned> ProcessQueue<T> {
    /// A queue of at most `maxsize` items; 0 means no limit on their number, as in
    /// Python.
    ///
    /// The items that wait take at most 64 MiB ([`Ring::BYTES`]), encoded and with four
    /// bytes more for each. A queue that holds that much is full, whatever its
    /// `maxsize`: after 1,023 items of 64 KiB, for example. It reserves so much address
    /// space, and takes the machine's memory as it goes round, in time as much as that,
    /// but never more than has been put.
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

    /// Puts an item, and waits for room for at most `timeout`. It then ends even if
    /// another process is stopped in the middle of a put.
    ///
    /// # Errors
    /// As [`put`](Self::put), and [`PutError::Full`] if it times out.
    pub fn put_timeout(&self, item: T, timeout: Duration) -> Result<(), PutError<T>> {
        self.put_until(item, deadline(timeout))
    }

    /// Puts an item if there is room now (Python's `put_nowait`). Never blocks.
    ///
    /// # Errors
    /// As [`put`](Self::put), and [`PutError::Full`] if there is no room, or another
    /// process has been in the middle of a put all the while.
    pub fn try_put(&self, item: T) -> Result<(), PutError<T>> {
        encoded(item, |record| self.push(record, Some(Instant::now())))
    }

    /// Gets the item that has waited longest, or waits for one as long as it takes.
    ///
    /// An item that may be a stop value has another type than one that cannot, so the
    /// consumer has to look (E0308):
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

    /// Gets an item, and waits for one for at most `timeout`. It then ends even if
    /// another process is stopped in the middle of a get.
    ///
    /// # Errors
    /// As [`get`](Self::get), and [`GetError::Empty`] if it times out.
    pub fn get_timeout(&self, timeout: Duration) -> Result<T, GetError> {
        self.get_until(deadline(timeout))
    }

    /// Gets an item if there is one now (Python's `get_nowait`). Never blocks.
    ///
    /// # Errors
    /// As [`get`](Self::get), and [`GetError::Empty`] if there is none, or another
    /// process has been in the middle of a get all the while.
    pub fn try_get(&self) -> Result<T, GetError> {
        self.pop(Some(Instant::now()))
    }

    /// The items that are in the queue now, as [`try_get`](Self::try_get) gets them: it
    /// ends at the first moment without one.
    pub fn drain(&self) -> impl Iterator<Item = Result<T, GetError>> + '_ {
        std::iter::from_fn(|| match self.try_get() {
            Err(GetError::Empty | GetError::Closed) => None,
            got => Some(got),
        })
    }

    fn put_until(&self, item: T, deadline: Option<Instant>) -> Result<(), PutError<T>> {
        encoded(item, |record| {
            let ready = || self.ring.has_room(record.len()) || self.ring.is_closed();
            let put = || match self.push(record, deadline) {
                Err(Refused::Full) => None,
                done => Some(done),
            };
            let not_full = &self.waiters.not_full;
            not_full
                .retry("for room", deadline, ready, put)
                .unwrap_or(Err(Refused::Full))
        })
    }

    fn get_until(&self, deadline: Option<Instant>) -> Result<T, GetError> {
        let ready = || !self.ring.is_empty() || self.ring.is_closed();
        let get = || match self.pop(deadline) {
            Err(GetError::Empty) => None,
            done => Some(done),
        };
        let not_empty = &self.waiters.not_empty;
        not_empty
            .retry("for an item", deadline, ready, get)
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
                // In this order: nothing is put after the closing, so a queue that is
                // empty then remains so.
                let ended = self.ring.is_closed() && self.ring.is_empty();
                return Err(if ended { GetError::Closed } else { GetError::Empty });
            }
            self.waiters.not_full.notify_one();
            postcard::from_bytes(bytes)
                .map_err(|error| GetError::Decode(error.to_string()))
        })
    }
}

impl<T> ProcessQueue<T> {
    /// Closes the queue for all processes: nothing more can be put, the items in it can
    /// still be got, and then [`GetError::Closed`] tells every consumer to end.
    /// (Python's `shutdown` of a `queue.Queue`; the `close` of a
    /// `multiprocessing.Queue` concerns the calling process only, hence the note's stop
    /// values.)
    ///
    /// It waits for a put that another process is in the middle of.
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

    /// Whether no items wait (Python's `empty`). A hint, as [`len`](Self::len).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ring.is_empty()
    }

    /// Whether not even the smallest item has room (Python's `full`). A hint, as
    /// [`len`](Self::len).
    #[must_use]
    pub fn is_full(&self) -> bool {
        !self.ring.has_room(0)
    }

    /// How many items may wait, as it was given to [`new`](ProcessQueue::new).
    #[must_use]
    pub fn maxsize(&self) -> usize {
        self.maxsize
    }

    /// How many processes have died in the middle of a put or a get. They have left no
    /// other trace; by this a test that kills processes sees whether it has hit.
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

/// Encodes an item for `put`, and gives it back with the error if that refuses it.
fn encoded<T: Serialize>(
    item: T,
    put: impl FnOnce(&[u8]) -> Result<(), Refused>,
) -> Result<(), PutError<T>> {
    with_scratch(|bytes| {
        match postcard::to_extend(&item, std::mem::take(bytes)) {
            Ok(encoded) => *bytes = encoded,
            Err(error) => {
                return Err(PutError::Encode { item, reason: error.to_string() });
            }
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

/// The end of the timeout; none if it lies beyond the range of an `Instant`.
fn deadline(timeout: Duration) -> Option<Instant> {
    Instant::now().checked_add(timeout)
}

/// Lends `work` an empty buffer that is kept for the next time.
fn with_scratch<R>(work: impl FnOnce(&mut Vec<u8>) -> R) -> R {
    /// A buffer that grew for one large item is not kept.
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

const _: () = {
    const fn assert<T: Send + Sync>() {}
    /// The items are encoded, so their type need be neither.
    type NotSend = *const u8;
    assert::<ProcessQueue<NotSend>>();
    assert::<PutError<u8>>();
    assert::<GetError>();
    assert::<Ring>();
    assert::<EventCount>();
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_consumer_that_is_late_for_the_last_item_is_not_told_that_there_is_none() {
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
