//! Records of bytes that stay in shared memory until they are done.

use std::cell::Cell;
use std::io;
use std::mem;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use crossbeam::utils::CachePadded;
use processes::{ProcessToken, Shareable, SharedMemory};
use producer_consumer::{EventCount, Refused, Ring};
use shared::trace::{self, Span};

use crate::GetError;
use crate::hands::{HEARTBEAT, Hands, Taken};

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
    /// Processes that join the queue wait here.
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
        self.push(record, Some(Instant::now()))
    }

    pub(crate) fn put_until(
        &self,
        record: &mut [u8],
        deadline: Option<Instant>,
    ) -> Result<(), Refused> {
        self.number(record);
        let ready = || self.ring.has_room(record.len()) || self.ring.is_closed();
        let put = || match self.push(record, deadline) {
            Err(Refused::Full) => None,
            done => Some(done),
        };
        let not_full = &self.shared.not_full;
        not_full.retry("for room", deadline, ready, put).unwrap_or(Err(Refused::Full))
    }

    pub(crate) fn try_get(&self) -> Result<Delivery<'_>, GetError> {
        if let Some(delivery) = self.take(Some(Instant::now()))? {
            return Ok(delivery);
        }
        match self.hands.inherit(|| self.ring.is_empty())? {
            Some(hand) => Ok(self.delivery(hand, true)),
            None if self.has_ended() => Err(GetError::Closed),
            None => {
                self.hands.release_empty();
                Err(GetError::Empty)
            }
        }
    }

    pub(crate) fn get_until(
        &self,
        deadline: Option<Instant>,
    ) -> Result<Delivery<'_>, GetError> {
        // What the last attempt has seen. The death of a consumer wakes no process, so
        // another attempt is due after a heartbeat in any case.
        let (given_back, look_again) = (Cell::new(0), Cell::new(None));
        let ready = || {
            !self.ring.is_empty()
                || self.hands.given_back() != given_back.get()
                || self.has_ended()
                || look_again.get().is_some_and(|due| due <= Instant::now())
        };
        let get = || {
            given_back.set(self.hands.given_back());
            let taken = self.take(deadline).transpose();
            if taken.is_none() {
                if self.has_ended() {
                    return Some(Err(GetError::Closed));
                }
                self.hands.release_empty();
                look_again.set(Instant::now().checked_add(HEARTBEAT));
            }
            taken
        };
        let got = self.shared.not_empty.retry("for a task", deadline, ready, get);
        got.unwrap_or_else(|| self.try_get())
    }

    /// Of the tasks that this thread has opened and still has, the one opened first.
    pub(crate) fn first_open(&self) -> Option<Delivery<'_>> {
        self.hands.first_open().map(|hand| self.delivery(hand, false))
    }

    /// Waits until nothing is unfinished, at most until the deadline; returns whether
    /// nothing is.
    pub(crate) fn join(&self, deadline: Option<Instant>) -> bool {
        let all_done = self
            .shared
            .all_done
            .wait("until all is done", deadline, || self.unfinished() == 0);
        // The process that has done the last task has woken one of the processes that
        // join. That one wakes the next.
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

    pub(crate) fn is_full(&self) -> bool {
        !self.ring.has_room(NUMBER)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.ring.is_closed()
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
        let task = || format!("task {}", self.hands.number(hand));
        Delivery {
            records: self,
            hand,
            redelivered,
            process: ProcessToken::current(),
            in_hand: trace::is_written().then(|| trace::span(&task())),
        }
    }

    fn done(&self, hand: usize) {
        self.hands.empty(hand);
        // The consumer that does the last task finds the ring empty, whether others are
        // still doing theirs or not. A look at the ring takes its cache lines away from
        // producers and consumers, so it comes after the checks that cost nothing.
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
    process: ProcessToken,
    /// Shows the trace how long this process has it.
    in_hand: Option<Span>,
}

impl Delivery<'_> {
    pub(crate) fn bytes(&self) -> &[u8] {
        self.records.hands.task(self.hand)
    }

    pub(crate) fn redelivered(&self) -> bool {
        self.redelivered
    }

    pub(crate) fn done(mut self) {
        self.check_process();
        drop(self.in_hand.take());
        self.records.done(self.hand);
        mem::forget(self);
    }

    /// Leaves the record in hand until [`Records::first_open`] asks for it.
    pub(crate) fn open(mut self) {
        self.check_process();
        drop(self.in_hand.take());
        self.records.hands.open(self.hand);
        mem::forget(self);
    }

    fn check_process(&self) {
        assert!(
            self.is_mine(),
            "the task is in the hands of the process that this one was forked from"
        );
    }

    /// Whether it is not the copy of a fork, which has the memory, but not the hand.
    fn is_mine(&self) -> bool {
        ProcessToken::current() == self.process
    }
}

impl Drop for Delivery<'_> {
    fn drop(&mut self) {
        if self.is_mine() {
            drop(self.in_hand.take());
            self.records.give_back(self.hand);
        } else {
            // The process that has the task goes on with it.
            mem::forget(self.in_hand.take());
        }
    }
}

#[cfg(test)]
mod tests;
