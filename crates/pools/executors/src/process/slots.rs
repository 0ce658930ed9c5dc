//! The state of each task, in memory that all processes of a pool share.
//!
//! A task waits, then a worker claims it, or its owner cancels it. Which of the two
//! comes first is decided by one compare-and-swap, so a task runs at most once, and a
//! cancelled one never. A slot is used again for another task; the number of the use is
//! part of the task's id, so an old id does nothing.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use processes::SharedMemory;

/// The id of a task: its slot, and how many tasks the slot has had before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TaskId {
    pub(crate) slot: u32,
    pub(crate) turn: u32,
}

impl TaskId {
    pub(crate) fn to_u64(self) -> u64 {
        u64::from(self.turn) << 32 | u64::from(self.slot)
    }

    pub(crate) fn from_u64(number: u64) -> Self {
        Self { slot: number as u32, turn: (number >> 32) as u32 }
    }

    /// The word of its slot while it is in this state.
    fn word(self, state: u32) -> u64 {
        u64::from(self.turn) << 32 | u64::from(state)
    }
}

/// It waits for a worker.
const WAITS: u32 = 0;
/// It has been cancelled, or is done. Other numbers are those of workers, from 1.
const OVER: u32 = u32::MAX;

/// A page of slots. A value of this size is still made on the stack without harm.
type Page = SharedMemory<[AtomicU64; PAGE]>;
const PAGE: usize = 512;

#[derive(Debug)]
pub(crate) struct Slots(Vec<Page>);

impl Slots {
    /// So many slots at least.
    pub(crate) fn new(count: usize) -> io::Result<Self> {
        let page = || SharedMemory::new([const { AtomicU64::new(0) }; PAGE], 0);
        let pages = (0..count.div_ceil(PAGE)).map(|_| page());
        pages.collect::<io::Result<_>>().map(Self)
    }

    /// The task waits from now on. Only for the owner of a slot that is free.
    ///
    /// Every order here is relaxed: the record of the task goes through a ring, which
    /// orders all that was written before.
    pub(crate) fn offer(&self, id: TaskId) {
        self.slot(id).store(id.word(WAITS), Relaxed);
    }

    /// Takes a task that waits for this worker; false if it does not wait any more.
    pub(crate) fn claim(&self, id: TaskId, worker: u32) -> bool {
        self.change(id, WAITS, worker + 1)
    }

    /// Cancels a task that waits; false if a worker has claimed it.
    pub(crate) fn cancel(&self, id: TaskId) -> bool {
        self.change(id, WAITS, OVER)
    }

    /// The worker is done with the task, and has replied.
    pub(crate) fn end(&self, id: TaskId, worker: u32) {
        // If the reply was received meanwhile, the slot may have its next task already.
        self.change(id, worker + 1, OVER);
    }

    pub(crate) fn is_claimed(&self, id: TaskId) -> bool {
        let word = self.slot(id).load(Relaxed);
        word != id.word(WAITS)
            && word != id.word(OVER)
            && word >> 32 == u64::from(id.turn)
    }

    /// The tasks that a worker has claimed and is not done with; at most one.
    pub(crate) fn claimed_by(&self, worker: u32) -> impl Iterator<Item = TaskId> {
        self.0.iter().flat_map(|page| page.iter()).zip(0..).filter_map(
            move |(word, slot)| {
                let word = word.load(Relaxed);
                let is_its_own = word as u32 == worker + 1;
                is_its_own.then_some(TaskId { slot, turn: (word >> 32) as u32 })
            },
        )
    }

    fn change(&self, id: TaskId, from: u32, to: u32) -> bool {
        let slot = self.slot(id);
        let (from, to) = (id.word(from), id.word(to));
        slot.compare_exchange(from, to, Relaxed, Relaxed).is_ok()
    }

    fn slot(&self, id: TaskId) -> &AtomicU64 {
        let slot = id.slot as usize;
        &self.0[slot / PAGE][slot % PAGE]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_claimed_or_cancelled_and_an_old_id_does_nothing() {
        let slots = Slots::new(PAGE + 1).expect("memory");
        let id = TaskId { slot: PAGE as u32, turn: 7 };
        assert_eq!(TaskId::from_u64(id.to_u64()), id);
        slots.offer(id);
        assert!(slots.claim(id, 2) && !slots.cancel(id) && !slots.claim(id, 1));
        assert!(slots.is_claimed(id) && slots.claimed_by(2).eq([id]));
        slots.end(id, 1);
        assert!(slots.is_claimed(id), "another worker cannot end it");
        slots.end(id, 2);
        assert!(!slots.is_claimed(id) && slots.claimed_by(2).next().is_none());

        let next = TaskId { turn: 8, ..id };
        slots.offer(next);
        assert!(!slots.claim(id, 2) && !slots.cancel(id), "its time is over");
        assert!(slots.cancel(next) && !slots.claim(next, 2));
    }
}
