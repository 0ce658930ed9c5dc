//! Records of bytes that stay in shared memory until they are done.

use std::io;
use std::mem;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use crossbeam::utils::CachePadded;
use processes::{Shareable, SharedMemory};
use producer_consumer::{EventCount, Refused, Ring, Waiting};

use crate::GetError;
use crate::hands::{HEARTBEAT, Hands, Taken};
use crate::process_id::process_id;

/// A record goes from the ring into a hand, and stays there until it is done. It is
/// unfinished as long as it is in one of the two, so nothing is counted, and no death
/// between two steps makes a count wrong.
#[derive(Debug)]
pub(crate) struct Records {
    ring: Ring,
    hands: Hands,
    shared: SharedMemory<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// The number of the next record, by which one that is in the ring and in a hand is
    /// recognised.
    next_number: CachePadded<AtomicU32>,
    /// Consumers wait here for a task.
    not_empty: CachePadded<EventCount>,
    /// Producers wait here for room.
    not_full: CachePadded<EventCount>,
    /// Who joins the queue waits here.
    all_done: CachePadded<EventCount>,
}

// SAFETY: event counts and atomics, which may be shared themselves.
unsafe impl Shareable for Shared {}

/// How many bytes a record begins with that are not the task's: its number.
const NUMBER: usize = size_of::<u32>();

impl Records {
    pub(crate) fn new(maxsize: usize) -> io::Result<Self> {
        let max_records = if maxsize == 0 {
            u32::MAX
        } else {
            u32::try_from(maxsize).unwrap_or(u32::MAX)
        };
        Ok(Self {
            ring: Ring::new(max_records)?,
            hands: Hands::new()?,
            shared: SharedMemory::new(Shared::default(), 0)?,
        })
    }

    /// The beginning of a record, to which the task is to be appended.
    pub(crate) fn begin() -> Vec<u8> {
        let mut record = Vec::with_capacity(64);
        record.extend([0; NUMBER]);
        record
    }

    /// How many bytes of the record are the task's.
    pub(crate) fn size(record: &[u8]) -> usize {
        record.len() - NUMBER
    }

    pub(crate) fn try_put(&self, record: &mut [u8]) -> Result<(), Refused> {
        self.number(record);
        self.push(record, None)
    }

    pub(crate) fn put_until(
        &self,
        record: &mut [u8],
        deadline: Option<Instant>,
    ) -> Result<(), Refused> {
        self.number(record);
        let mut waiting = Waiting::new("for room");
        loop {
            let ready = || self.ring.has_room(record.len()) || self.ring.is_closed();
            match self.push(record, deadline) {
                Err(Refused::Full)
                    if self.shared.not_full.wait(&mut waiting, deadline, ready) => {}
                done => return done,
            }
        }
    }

    pub(crate) fn try_get(&self) -> Result<Delivery<'_>, GetError> {
        if let Some(delivery) = self.take(None)? {
            return Ok(delivery);
        }
        match self.hands.inherit(|| self.ring.is_empty())? {
            Some(hand) => Ok(self.delivery(hand, true)),
            None => {
                Err(if self.has_ended() { GetError::Closed } else { GetError::Empty })
            }
        }
    }

    pub(crate) fn get_until(
        &self,
        deadline: Option<Instant>,
    ) -> Result<Delivery<'_>, GetError> {
        let mut waiting = Waiting::new("for a task");
        loop {
            let given_back = self.hands.given_back();
            if let Some(delivery) = self.take(deadline)? {
                return Ok(delivery);
            }
            if self.has_ended() {
                return Err(GetError::Closed);
            }
            let look_again = Instant::now() + HEARTBEAT;
            let until =
                deadline.map_or(look_again, |deadline| deadline.min(look_again));
            let ready = || {
                !self.ring.is_empty()
                    || self.hands.given_back() != given_back
                    || self.has_ended()
            };
            let is_ready = self.shared.not_empty.wait(&mut waiting, Some(until), ready);
            if !is_ready && deadline.is_some_and(|deadline| Instant::now() >= deadline)
            {
                return self.try_get();
            }
        }
    }

    /// The task that this thread has opened first of those that it still has.
    pub(crate) fn first_open(&self) -> Option<Delivery<'_>> {
        self.hands.first_open().map(|hand| self.delivery(hand, false))
    }

    /// Waits until nothing is unfinished; whether it is so.
    pub(crate) fn join(&self, deadline: Option<Instant>) -> bool {
        let mut waiting = Waiting::new("until all is done");
        let all_done = self
            .shared
            .all_done
            .wait(&mut waiting, deadline, || self.unfinished() == 0);
        // Whoever has done the last one has woken one of those who join. That one wakes
        // the next.
        self.shared.all_done.notify_one();
        all_done
    }

    pub(crate) fn unfinished(&self) -> usize {
        // In this order: a record comes into a hand before it goes from the ring, so
        // none is overlooked.
        self.waiting() + self.hands.full()
    }

    pub(crate) fn waiting(&self) -> usize {
        self.ring.len()
    }

    pub(crate) fn close(&self) {
        self.ring.close();
        self.shared.not_empty.notify_all();
        self.shared.not_full.notify_all();
    }

    fn number(&self, record: &mut [u8]) {
        let number = self.shared.next_number.fetch_add(1, Ordering::Relaxed);
        record[..NUMBER].copy_from_slice(&number.to_ne_bytes());
    }

    fn push(&self, record: &[u8], deadline: Option<Instant>) -> Result<(), Refused> {
        self.ring.push(record, deadline)?;
        self.shared.not_empty.notify_one();
        Ok(())
    }

    /// Takes the task of a dead process, if it is time to look for one, or the first
    /// record of the ring.
    fn take(
        &self,
        deadline: Option<Instant>,
    ) -> Result<Option<Delivery<'_>>, GetError> {
        let hand = match self.hands.take(|| self.ring.is_empty())? {
            None => return Ok(None),
            Some(Taken::Full(hand)) => return Ok(Some(self.delivery(hand, true))),
            Some(Taken::Empty(hand)) => hand,
        };
        let popped = self.ring.pop(deadline, |record| {
            let (number, task) = split(record.parts());
            self.hands.fill(hand, number, task);
        });
        if popped.is_none() {
            self.hands.keep_empty(hand);
            return Ok(None);
        }
        self.hands.popped(hand);
        self.shared.not_full.notify_one();
        Ok(Some(self.delivery(hand, false)))
    }

    /// Whether it is closed and nothing will come back to this process.
    fn has_ended(&self) -> bool {
        // In this order: nothing is put after the closing, and a record comes into a
        // hand before it goes from the ring.
        self.ring.is_closed()
            && self.ring.is_empty()
            && self.hands.full_elsewhere() == 0
    }

    fn delivery(&self, hand: usize, redelivered: bool) -> Delivery<'_> {
        Delivery { records: self, hand, redelivered, process: process_id() }
    }

    fn done(&self, hand: usize) {
        self.hands.empty(hand);
        // Who does the last task finds the ring empty, if others are just doing theirs
        // or not. To look at the ring takes its cache lines from those who put and get,
        // so it comes after the questions that cost nothing.
        self.shared.all_done.notify_one_if(|| self.ring.is_empty());
        if self.ring.is_closed() && self.ring.is_empty() {
            self.shared.not_empty.notify_all();
        }
    }

    fn give_back(&self, hand: usize) {
        self.hands.give_back(hand);
        self.shared.not_empty.notify_one();
    }
}

/// The number of a record, and its task.
fn split([first, second]: [&[u8]; 2]) -> (u32, [&[u8]; 2]) {
    // It is in the first part: records begin at multiples of four, and so does what
    // comes after the ring's end.
    let (number, task) =
        first.split_first_chunk::<NUMBER>().unwrap_or((&[0; NUMBER], &[]));
    (u32::from_ne_bytes(*number), [task, second])
}

/// A record in a hand of this process; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Delivery<'q> {
    records: &'q Records,
    hand: usize,
    redelivered: bool,
    process: u32,
}

impl Delivery<'_> {
    pub(crate) fn bytes(&self) -> &[u8] {
        self.records.hands.task(self.hand)
    }

    pub(crate) fn redelivered(&self) -> bool {
        self.redelivered
    }

    pub(crate) fn done(self) {
        self.check_process();
        self.records.done(self.hand);
        mem::forget(self);
    }

    /// Leaves the record in hand until [`Records::first_open`] asks for it.
    pub(crate) fn open(self) {
        self.check_process();
        self.records.hands.open(self.hand);
        mem::forget(self);
    }

    fn check_process(&self) {
        let me = process_id();
        assert!(
            me == self.process,
            "the task is in the hands of process {}, not of its child {me}",
            self.process
        );
    }
}

impl Drop for Delivery<'_> {
    fn drop(&mut self) {
        // A fork copies it, but not the hand.
        if process_id() == self.process {
            self.records.give_back(self.hand);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    /// As if a process had been killed right before its record was popped, or right
    /// after.
    #[test]
    fn who_dies_between_hand_and_ring_neither_loses_nor_doubles_a_record() {
        for popped in [false, true] {
            let records = Records::new(0).expect("a queue");
            put(&records, b"first");
            put(&records, b"second");
            die_with_the_first(&records, popped);
            let mut got = Vec::new();
            while let Ok(delivery) = records.try_get() {
                got.push((delivery.bytes().to_vec(), delivery.redelivered()));
                delivery.done();
            }
            got.sort();
            assert_eq!(got, [(b"first".to_vec(), popped), (b"second".to_vec(), false)]);
            assert_eq!(records.unfinished(), 0);
        }
    }

    #[test]
    fn the_last_record_is_found_in_the_hand_of_who_died_right_after() {
        let records = Records::new(0).expect("a queue");
        put(&records, b"only");
        die_with_the_first(&records, true);
        assert_eq!(records.unfinished(), 1);
        let delivery = records.try_get().expect("it is in a hand");
        assert_eq!((delivery.bytes(), delivery.redelivered()), (&b"only"[..], true));
        delivery.done();
        assert!(records.join(Some(Instant::now())));
    }

    fn put(records: &Records, task: &[u8]) {
        let mut record = Records::begin();
        record.extend(task);
        records.try_put(&mut record).expect("room");
    }

    /// Begins to take a record, and goes no further than to the moment before or after
    /// it is popped. The hand is then nobody's, as the kernel makes it when a process
    /// is killed.
    fn die_with_the_first(records: &Records, popped: bool) {
        let taken = records.hands.take(|| false).expect("a lock");
        let Some(Taken::Empty(hand)) = taken else { panic!("no empty hand") };
        let fill = || {
            records.ring.pop(None, |record| {
                let (number, task) = split(record.parts());
                records.hands.fill(hand, number, task);
                if !popped {
                    std::panic::resume_unwind(Box::new("killed"));
                }
            })
        };
        assert_eq!(catch_unwind(AssertUnwindSafe(fill)).is_ok(), popped);
        records.hands.give_back(hand);
    }
}
