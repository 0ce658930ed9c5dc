//! Records of bytes in a ring, passed from many processes to many.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use crossbeam::utils::CachePadded;
use processes::held::NoFork;
use processes::{Shareable, SharedMemory};
use ticket_lock::RobustLock;

/// A bounded first-in first-out ring of records, in memory shared by all processes
/// forked from the one that made it.
///
/// Producers and consumers have a lock each, so one producer and one consumer never
/// wait for each other. No operation waits for room or for a record; a caller that
/// wants to wait has an [`EventCount`](crate::EventCount) for it.
///
/// Each operation takes effect by its last step, one store of 64 bits: the new position
/// of the producers' or of the consumers' end. A process killed before that step has
/// done nothing, one killed after it has done everything, and so there is nothing to
/// repair when a lock is inherited from a dead process.
///
/// ```
/// use producer_consumer::{Refused, Ring};
/// let ring = Ring::new(1)?;
/// assert_eq!(ring.push(b"apple", None), Ok(()));
/// assert_eq!(ring.push(b"pear", None), Err(Refused::Full));
/// let mut got = Vec::new();
/// assert_eq!(ring.pop(None, |apple| apple.copy_to(&mut got)), Some(()));
/// assert_eq!(got, b"apple");
/// assert_eq!(ring.pop(None, |pear| pear.copy_to(&mut got)), None);
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct Ring {
    shared: SharedMemory<Ends>,
    max_records: u32,
}

/// Why a record was not pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// There is no room now.
    Full,
    /// The ring has been closed.
    Closed,
    /// It is longer than [`Ring::MAX_RECORD`].
    TooLong,
}

impl Ring {
    /// How many bytes the records may take at once, each of them four more than its
    /// length and rounded up to a multiple of four.
    ///
    /// A ring reserves so much address space. It takes the machine's memory as it goes
    /// round, in time as much as that, but never more than was ever pushed.
    pub const BYTES: usize = 64 << 20;

    /// How many bytes the longest record has.
    pub const MAX_RECORD: usize = Self::BYTES - LENGTH as usize;

    /// A ring of at most so many records at once, if they fit into
    /// [`BYTES`](Self::BYTES).
    ///
    /// # Errors
    /// If the system gives no memory or no locks for it.
    pub fn new(max_records: u32) -> io::Result<Self> {
        Self::of_size(max_records, Self::BYTES)
    }

    /// Bytes are counted modulo 2³², so their number must be a power of two below that.
    fn of_size(max_records: u32, bytes: usize) -> io::Result<Self> {
        let ends = Ends {
            producers: End::new()?,
            consumers: End::new()?,
            closed: CachePadded::default(),
        };
        Ok(Self { shared: SharedMemory::new(ends, bytes)?, max_records })
    }

    /// Appends a record. Waits for other producers, but not beyond `deadline`, even if
    /// one of them is stopped with the lock: then it is as if there were no room. With
    /// a deadline in the past it does not block.
    ///
    /// # Errors
    /// If there is no room now, or cannot ever be.
    pub fn push(
        &self,
        record: &[u8],
        deadline: Option<Instant>,
    ) -> Result<(), Refused> {
        let length = self.checked(record.len()).ok_or(Refused::TooLong)?;
        let Ends { producers, consumers, closed } = &*self.shared;
        let push = |_inherited| {
            // Looked at under the lock under which it is set: once the ring has been
            // closed, no record follows.
            if closed.load(Ordering::Relaxed) {
                return Err(Refused::Closed);
            }
            let tail = producers.position.load(Ordering::Relaxed);
            if !self.has_room_between(
                producers.other.load(Ordering::Relaxed),
                tail,
                length,
            ) {
                // Acquire: what consumers have read from the room that is free now,
                // they have read before.
                let head = consumers.position.load(Ordering::Acquire);
                producers.other.store(head, Ordering::Relaxed);
                if !self.has_room_between(head, tail, length) {
                    return Err(Refused::Full);
                }
            }
            self.write(tail.bytes, &length.to_ne_bytes());
            self.write(tail.bytes.wrapping_add(LENGTH), record);
            // Release: a consumer that sees the position sees the record.
            producers.position.store(tail.after(length), Ordering::Release);
            Ok(())
        };
        producers.lock.hold(deadline, push).unwrap_or(Err(Refused::Full))
    }

    /// Lends the first record to `take`, and removes it when `take` returns; if the
    /// process dies in `take` or `take` panics, the record stays. `None` if there is no
    /// record. Waits for other consumers, but not beyond `deadline`, even if one of
    /// them is stopped with the lock: then it is as if there were no record. With a
    /// deadline in the past it does not block.
    ///
    /// Other consumers wait while `take` runs. It cannot start a process
    /// ([`processes::Error::Held`]): the child would have the loan after its end, while
    /// producers write to the same memory.
    pub fn pop<R>(
        &self,
        deadline: Option<Instant>,
        take: impl FnOnce(Record<'_>) -> R,
    ) -> Option<R> {
        let Ends { producers, consumers, .. } = &*self.shared;
        let pop = |_inherited| {
            let head = consumers.position.load(Ordering::Relaxed);
            if consumers.other.load(Ordering::Relaxed) == head {
                // Acquire: the records before this position have been written.
                let tail = producers.position.load(Ordering::Acquire);
                consumers.other.store(tail, Ordering::Relaxed);
                if tail == head {
                    return None;
                }
            }
            let length = self.length_at(head.bytes);
            let loan = NoFork::new("a record of a queue");
            let taken = take(self.record_at(head.bytes.wrapping_add(LENGTH), length));
            drop(loan);
            // Release: the record has been read when a producer sees that there is
            // room.
            consumers.position.store(head.after(length), Ordering::Release);
            Some(taken)
        };
        consumers.lock.hold(deadline, pop).flatten()
    }

    /// Refuses all further records; those that are in it remain.
    pub fn close(&self) {
        let Ends { producers, closed, .. } = &*self.shared;
        producers.lock.hold(None, |_inherited| closed.store(true, Ordering::Release));
    }

    /// Whether it has been closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.shared.closed.load(Ordering::Acquire)
    }

    /// How many records there are. Another process may have pushed or popped one
    /// meanwhile.
    #[must_use]
    pub fn len(&self) -> usize {
        let (head, tail) = self.ends();
        tail.records.wrapping_sub(head.records) as usize
    }

    /// Whether there is no record, with the same reserve.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let (head, tail) = self.ends();
        head == tail
    }

    /// Whether there is room for a record of so many bytes, with the same reserve.
    #[must_use]
    pub fn has_room(&self, length: usize) -> bool {
        let (head, tail) = self.ends();
        self.checked(length)
            .is_some_and(|length| self.has_room_between(head, tail, length))
    }

    /// How many processes have been found dead that held one of its locks: in the
    /// middle of a push or a pop.
    #[must_use]
    pub fn deaths(&self) -> u32 {
        self.shared.producers.lock.deaths() + self.shared.consumers.lock.deaths()
    }

    /// The positions of the first record and of the next one to come, as they were at
    /// one moment.
    fn ends(&self) -> (Position, Position) {
        let Ends { producers, consumers, .. } = &*self.shared;
        let mut head = consumers.position.load(Ordering::Acquire);
        loop {
            let tail = producers.position.load(Ordering::Acquire);
            let still = consumers.position.load(Ordering::Acquire);
            if still == head {
                return (head, tail);
            }
            head = still;
        }
    }

    /// The length of a record, unless it is longer than the whole ring.
    fn checked(&self, length: usize) -> Option<u32> {
        let most = self.shared.bytes().len() as u32 - LENGTH;
        u32::try_from(length).ok().filter(|&length| length <= most)
    }

    fn has_room_between(&self, head: Position, tail: Position, length: u32) -> bool {
        let (after, bytes) = (tail.after(length), self.shared.bytes().len());
        tail.records.wrapping_sub(head.records) < self.max_records
            && after.bytes.wrapping_sub(head.bytes) as usize <= bytes
    }
}

/// Each record is preceded by its length, a `u32`.
const LENGTH: u32 = 4;

/// The bytes of the ring, which begin anew where they end.
impl Ring {
    /// The place of the byte at a position, and how many bytes there are from there to
    /// the end.
    fn place(&self, at: u32) -> (*mut u8, usize) {
        let bytes = self.shared.bytes();
        let offset = at as usize & (bytes.len() - 1);
        // SAFETY: the offset is less than the number of bytes.
        (unsafe { bytes.cast::<u8>().as_ptr().add(offset) }, bytes.len() - offset)
    }

    /// Writes to room that has been found free; only under the producers' lock.
    fn write(&self, at: u32, source: &[u8]) {
        let (place, until_end) = self.place(at);
        let (first, second) = source.split_at(source.len().min(until_end));
        let (begin, _) = self.place(0);
        // SAFETY: the first part ends where the ring ends, the second is the rest and
        // no longer than the ring. No other process touches the bytes: producers need
        // the lock, and consumers stay before the producers' position.
        unsafe {
            place.copy_from_nonoverlapping(first.as_ptr(), first.len());
            begin.copy_from_nonoverlapping(second.as_ptr(), second.len());
        }
    }

    /// The length of the record that stands at a position; only under the consumers'
    /// lock.
    fn length_at(&self, at: u32) -> u32 {
        let (place, _) = self.place(at);
        // SAFETY: records begin at multiples of four, and so does what comes after the
        // end: it never breaks a length. It was written before the producers' position
        // went past it, and stays until the consumers' does.
        u32::from_ne_bytes(unsafe { place.cast::<[u8; LENGTH as usize]>().read() })
    }

    /// The record that stands at a position; only under the consumers' lock.
    fn record_at(&self, at: u32, length: u32) -> Record<'_> {
        let (place, until_end) = self.place(at);
        let (begin, _) = self.place(0);
        let first = until_end.min(length as usize);
        // SAFETY: both parts lie in the ring, and no producer writes there until the
        // consumers' position has gone past the record, which is after the loan.
        unsafe {
            Record {
                first: std::slice::from_raw_parts(place, first),
                second: std::slice::from_raw_parts(begin, length as usize - first),
            }
        }
    }
}

/// A record as it stands in the ring: in two parts if the ring ends within it.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    first: &'a [u8],
    second: &'a [u8],
}

impl Record<'_> {
    /// Its bytes. The first part ends at a multiple of four of them, unless it is all
    /// of them.
    #[must_use]
    pub fn parts(&self) -> [&[u8]; 2] {
        [self.first, self.second]
    }

    /// Appends its bytes to `bytes`.
    pub fn copy_to(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(self.first);
        bytes.extend_from_slice(self.second);
    }
}

/// The part of a ring that processes share, apart from the bytes.
#[derive(Debug)]
struct Ends {
    producers: End,
    consumers: End,
    closed: CachePadded<AtomicBool>,
}

/// One end of the ring. What only its own side uses lies in other cache lines than what
/// the other side reads.
#[derive(Debug)]
struct End {
    position: CachePadded<AtomicPosition>,
    lock: CachePadded<RobustLock>,
    /// Where this side last saw the other, which may have gone on since. To look at the
    /// other's own word each time would fetch its cache line from the other core each
    /// time.
    other: AtomicPosition,
}

impl End {
    fn new() -> io::Result<Self> {
        let lock = CachePadded::new(RobustLock::new()?);
        Ok(Self {
            position: CachePadded::default(),
            lock,
            other: AtomicPosition::default(),
        })
    }
}

// SAFETY: locks and atomics, which may be shared themselves.
unsafe impl Shareable for Ends {}

/// How many records and how many bytes have passed since the beginning, each modulo
/// 2³².
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Position {
    records: u32,
    bytes: u32,
}

impl Position {
    /// The position after one more record of this length.
    fn after(self, length: u32) -> Self {
        let bytes = (LENGTH + length).next_multiple_of(LENGTH);
        Self {
            records: self.records.wrapping_add(1),
            bytes: self.bytes.wrapping_add(bytes),
        }
    }
}

/// A position in one word, so that it changes as one.
#[derive(Debug, Default)]
struct AtomicPosition(AtomicU64);

impl AtomicPosition {
    fn load(&self, order: Ordering) -> Position {
        let word = self.0.load(order);
        Position { records: (word >> 32) as u32, bytes: word as u32 }
    }

    fn store(&self, position: Position, order: Ordering) {
        self.0.store(
            u64::from(position.records) << 32 | u64::from(position.bytes),
            order,
        );
    }
}

#[cfg(test)]
mod tests;
