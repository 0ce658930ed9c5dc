//! The tasks in hand: a copy of each in shared memory, until it is done.

mod state;

use std::io;
use std::os::fd::OwnedFd;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use crossbeam::utils::CachePadded;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::time::{ClockId, clock_gettime};
use processes::{ProcessToken, Shareable, SharedMemory};

use self::state::{AtomicState, Filled};
use crate::{GetError, MAX_IN_HAND, MAX_ITEM};

/// The longest time until a waiting consumer notices that another has died.
pub(crate) const HEARTBEAT: Duration = Duration::from_millis(100);

/// A table of hands. Each belongs to the process that has locked its byte of a file,
/// and holds one task or none.
///
/// The locks are fcntl(2)'s record locks: the kernel releases them when the process
/// ends, however it does, and a child does not inherit them. So a process that can lock
/// the byte of a full hand knows that its owner is dead, and owns the task from then
/// on. No pid is compared, for a pid may mean another process by now.
///
/// A process keeps a hand that it has emptied, for its next task: a lock for each task
/// would cost more than all the rest. It releases such hands when it finds no task, if
/// hands are scarce; so processes that wait leave the hands to those that work.
#[derive(Debug)]
pub(crate) struct Hands {
    table: SharedMemory<Table>,
    /// A file without a name or content. Closing it gives up this process's locks.
    locks: OwnedFd,
    mine: Mutex<Mine>,
}

/// The shared memory. The copies lie behind it, each in its own [`MAX_ITEM`] bytes.
#[derive(Debug)]
struct Table {
    hands: [CachePadded<AtomicState>; MAX_IN_HAND],
    /// One more than the hand that has last been filled, or 0.
    last_filled: AtomicU32,
    /// No hand from this one on has ever been owned.
    known: AtomicU32,
    /// How many tasks have been given back by living processes.
    given_back: AtomicU32,
}

// SAFETY: atomics, which may be shared themselves.
unsafe impl Shareable for Table {}

/// The hands of one process, as it knows them. A fork copies this, but not the locks,
/// so a child begins anew.
#[derive(Debug)]
struct Mine {
    process: ProcessToken,
    owned: [bool; MAX_IN_HAND],
    empty: Vec<usize>,
    /// Hands whose tasks have been taken out by
    /// [`Task::into_item`](crate::Task::into_item), and by which threads.
    open: Vec<(ThreadId, usize)>,
    /// The time of the last look that found no dead owner, and how many tasks had been
    /// given back by then.
    looked: Option<(Duration, u32)>,
}

impl Hands {
    pub(crate) fn new() -> io::Result<Self> {
        let table = Table {
            hands: [const { CachePadded::new(AtomicState::empty()) }; MAX_IN_HAND],
            last_filled: AtomicU32::new(0),
            known: AtomicU32::new(0),
            given_back: AtomicU32::new(0),
        };
        Ok(Self {
            table: SharedMemory::new(table, MAX_IN_HAND * MAX_ITEM)?,
            locks: memfd_create(c"hands", MFdFlags::MFD_CLOEXEC)?,
            mine: Mutex::new(Mine::of_this_process()),
        })
    }

    /// A full hand whose owner is dead or has given its task back, if it is time to
    /// look for one; else an empty one, unless that would have to be a new one with
    /// nothing to fill it: `popped_all` tells whether the ring is empty.
    ///
    /// # Errors
    /// If tasks are in all hands, or a hand cannot be locked.
    pub(crate) fn take(
        &self,
        popped_all: impl Fn() -> bool,
    ) -> Result<Option<Taken>, GetError> {
        let mut mine = self.mine();
        if let Some(hand) = self.inherit_as(&mut mine, false, &popped_all)? {
            return Ok(Some(Taken::Full(hand)));
        }
        if let Some(hand) = mine.empty.pop() {
            return Ok(Some(Taken::Empty(hand)));
        }
        if popped_all() {
            return Ok(None);
        }
        let hand =
            self.acquire(&mut mine, 0..MAX_IN_HAND, |hand| self.state(hand).is_none())?;
        Ok(Some(Taken::Empty(hand.ok_or(GetError::NoHand)?)))
    }

    /// Puts aside an empty hand that was not needed.
    pub(crate) fn keep_empty(&self, hand: usize) {
        self.mine().empty.push(hand);
    }

    /// Releases the empty hands of this process, if hands are scarce: if half of them
    /// have ever been owned. Fewer processes than that never pay for it.
    pub(crate) fn release_empty(&self) {
        if (self.table.known.load(Ordering::Relaxed) as usize) < MAX_IN_HAND / 2 {
            return;
        }
        let mut mine = self.mine();
        while let Some(hand) = mine.empty.pop() {
            mine.owned[hand] = false;
            // Unlocking fails only for a bad argument. If it fails, the hand is free
            // when this process ends.
            let _ = self.lock(hand, libc::F_UNLCK);
        }
    }

    /// Copies a task, which stands in two parts, into an empty hand of this process
    /// while its record is still the first of the ring. Only under the consumers' lock,
    /// and with the record's number.
    pub(crate) fn fill(&self, hand: usize, number: u32, task: [&[u8]; 2]) {
        let last = self.table.last_filled.load(Ordering::Relaxed);
        // A process that filled that hand with this very record was killed before it
        // could pop it.
        if let Some(last) = (last as usize).checked_sub(1)
            && self
                .state(last)
                .is_some_and(|filled| filled.number == number && !filled.is_popped)
        {
            self.table.hands[last].store(None);
        }
        // Release: a process that reads this also sees the last hand as it is now.
        self.table.last_filled.store(hand as u32 + 1, Ordering::Release);
        let [first, second] = task.map(<[u8]>::len);
        // SAFETY: the hand is `MAX_ITEM` bytes long, and no task is longer. It is empty
        // and this process's own, so no other process reads or writes there.
        unsafe {
            self.place(hand)
                .copy_from_nonoverlapping(NonNull::from(task[0]).cast(), first);
            self.place(hand)
                .add(first)
                .copy_from_nonoverlapping(NonNull::from(task[1]).cast(), second);
        }
        let length = (first + second) as u32;
        self.table.hands[hand].store(Some(Filled { number, length, is_popped: false }));
    }

    /// Notes that the record of a hand of this process has been popped. If the process
    /// is killed before that, others find it out.
    pub(crate) fn popped(&self, hand: usize) {
        let filled =
            self.state(hand).map(|filled| Filled { is_popped: true, ..filled });
        self.table.hands[hand].store(filled);
    }

    /// Takes over a hand whose owner is dead or has given its task back, if there is
    /// one. Looks for it in any case.
    pub(crate) fn inherit(
        &self,
        popped_all: impl Fn() -> bool,
    ) -> Result<Option<usize>, GetError> {
        self.inherit_as(&mut self.mine(), true, &popped_all)
    }

    fn inherit_as(
        &self,
        mine: &mut Mine,
        now: bool,
        popped_all: &impl Fn() -> bool,
    ) -> Result<Option<usize>, GetError> {
        let given_back = self.given_back();
        if !now && mine.has_just_looked(given_back) {
            return Ok(None);
        }
        let mut undecided = false;
        let known = self.table.known.load(Ordering::Acquire) as usize;
        let found = self.acquire(mine, 0..known, |hand| {
            // The hand was filled last, and its owner was killed before it noted more:
            // its record has been popped if none is left. Otherwise the next process
            // that pops will know. In this order: the state is read last, so another
            // process that has popped that record has emptied the hand before.
            let all = popped_all();
            let last =
                self.table.last_filled.load(Ordering::Acquire) as usize == hand + 1;
            let Some(filled) = self.state(hand) else { return false };
            let is_taken = filled.is_popped || all || !last;
            undecided |= !is_taken;
            is_taken
        })?;
        if found.is_none() && !undecided {
            mine.looked = now_roughly().map(|now| (now, given_back));
        }
        Ok(found)
    }

    /// The task in a full hand of this process.
    pub(crate) fn task(&self, hand: usize) -> &[u8] {
        let length = self.state(hand).map_or(0, |filled| filled.length as usize);
        // SAFETY: that many bytes were written before the hand became full. It is this
        // process's own, so no other process writes there until it is emptied.
        unsafe { NonNull::slice_from_raw_parts(self.place(hand), length).as_ref() }
    }

    /// The task in this hand is done. This one store is what the whole queue counts by.
    pub(crate) fn empty(&self, hand: usize) {
        let mut mine = self.mine();
        self.table.hands[hand].store(None);
        mine.empty.push(hand);
    }

    /// Gives up a hand with its task in it.
    pub(crate) fn give_back(&self, hand: usize) {
        let mut mine = self.mine();
        mine.owned[hand] = false;
        // Unlocking fails only for a bad argument. If it fails, the task comes back
        // when this process ends.
        let _ = self.lock(hand, libc::F_UNLCK);
        self.table.given_back.fetch_add(1, Ordering::Release);
    }

    /// How many tasks have ever been given back by living processes.
    pub(crate) fn given_back(&self) -> u32 {
        self.table.given_back.load(Ordering::Acquire)
    }

    /// Notes that this thread has taken the item of a hand's task, and will call
    /// `task_done` for it.
    pub(crate) fn open(&self, hand: usize) {
        self.mine().open.push((thread::current().id(), hand));
    }

    /// Of the hands that this thread has opened and still has, the one opened first.
    pub(crate) fn first_open(&self) -> Option<usize> {
        let mut mine = self.mine();
        let thread = thread::current().id();
        let first = mine.open.iter().position(|(opener, _)| *opener == thread)?;
        Some(mine.open.remove(first).1)
    }

    /// The number of the record in a full hand.
    pub(crate) fn number(&self, hand: usize) -> u32 {
        self.state(hand).map_or(0, |filled| filled.number)
    }

    /// How many hands are full, one looked at after the other.
    pub(crate) fn full(&self) -> usize {
        self.full_where(|_| true)
    }

    /// As [`full`](Self::full), without those of this process.
    pub(crate) fn full_elsewhere(&self) -> usize {
        let mine = self.mine();
        self.full_where(|hand| !mine.owned[hand])
    }

    fn full_where(&self, counts: impl Fn(usize) -> bool) -> usize {
        let known = self.table.known.load(Ordering::Acquire) as usize;
        (0..known).filter(|&hand| counts(hand) && self.state(hand).is_some()).count()
    }

    /// Becomes the owner of the first hand that is `wanted` and that has no owner.
    fn acquire(
        &self,
        mine: &mut Mine,
        mut hands: std::ops::Range<usize>,
        mut wanted: impl FnMut(usize) -> bool,
    ) -> Result<Option<usize>, GetError> {
        let mut found = |hand: usize| {
            if mine.owned[hand] || !wanted(hand) {
                return Ok(false);
            }
            // Before the lock: a process that counts full hands must not overlook it.
            self.table.known.fetch_max(hand as u32 + 1, Ordering::AcqRel);
            match self.lock(hand, libc::F_WRLCK) {
                Ok(()) => {}
                Err(Errno::EAGAIN | Errno::EACCES) => return Ok(false),
                Err(error) => return Err(GetError::lock(error)),
            }
            // The owner may have changed it just before it died.
            mine.owned[hand] = wanted(hand);
            if !mine.owned[hand] {
                self.lock(hand, libc::F_UNLCK).map_err(GetError::lock)?;
            }
            Ok(mine.owned[hand])
        };
        hands
            .find_map(|hand| found(hand).map(|found| found.then_some(hand)).transpose())
            .transpose()
    }

    /// Locks or unlocks the byte of a hand, without waiting.
    fn lock(&self, hand: usize, kind: i32) -> Result<(), Errno> {
        let lock = libc::flock {
            l_type: kind as libc::c_short,
            l_whence: libc::SEEK_SET as libc::c_short,
            l_start: hand as libc::off_t,
            l_len: 1,
            l_pid: 0,
        };
        fcntl(&self.locks, FcntlArg::F_SETLK(&lock)).map(drop)
    }

    fn mine(&self) -> MutexGuard<'_, Mine> {
        // Nothing panics while it is locked.
        let mut mine = self.mine.lock().unwrap_or_else(PoisonError::into_inner);
        if mine.process != ProcessToken::current() {
            *mine = Mine::of_this_process();
        }
        mine
    }

    fn state(&self, hand: usize) -> Option<Filled> {
        self.table.hands[hand].load()
    }

    fn place(&self, hand: usize) -> NonNull<u8> {
        // SAFETY: there are as many places of this size behind the table as it has
        // hands.
        unsafe { self.table.bytes().cast::<u8>().add(hand * MAX_ITEM) }
    }
}

impl Mine {
    fn of_this_process() -> Self {
        Self {
            process: ProcessToken::current(),
            owned: [false; MAX_IN_HAND],
            empty: Vec::new(),
            open: Vec::new(),
            looked: None,
        }
    }

    fn has_just_looked(&self, given_back: u32) -> bool {
        let Some(((when, seen), now)) = self.looked.zip(now_roughly()) else {
            return false;
        };
        seen == given_back && now.saturating_sub(when) + TICK < HEARTBEAT
    }
}

/// The kernel's tick is no longer than that. Two readings of the rough clock may be too
/// close to each other by as much, and a process that has waited for a heartbeat must
/// look again.
const TICK: Duration = Duration::from_millis(10);

/// The time of a clock that goes by the kernel's tick, some milliseconds: to read an
/// exact one would be a tenth of what a task costs.
fn now_roughly() -> Option<Duration> {
    clock_gettime(ClockId::CLOCK_MONOTONIC_COARSE).ok().map(Duration::from)
}

/// A hand that [`Hands::take`] has found.
pub(crate) enum Taken {
    Full(usize),
    Empty(usize),
}

#[cfg(test)]
mod tests;
