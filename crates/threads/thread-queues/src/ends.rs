//! The two ends of a queue: each has a lock of its own, the threads of one end seldom
//! meet those of the other, and what one end has done is told to the other.

use std::collections::VecDeque;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::Ordering::Relaxed;

use crossbeam::utils::CachePadded;

use crate::storage::Storage;
use crate::sync::{AtomicBool, AtomicUsize, Condvar, Deadline, Mutex, MutexGuard};

/// Where items go in, where they come out, and how many of them are done.
///
/// A thread that needs several of the locks takes them in the order of the fields: the
/// lock of `getting`, then of `putting`, then of `done`.
pub(crate) struct Ends<S: Storage> {
    /// At most so many items; never 0.
    pub(crate) most: usize,
    getting: CachePadded<Mutex<Getting<S::Item>>>,
    putting: CachePadded<Mutex<Putting<S>>>,
    pub(crate) done: CachePadded<Mutex<usize>>,
    /// As [`Putting::put`]. Written with the lock of `putting`, read without.
    put: CachePadded<AtomicUsize>,
    /// As [`Getting::taken`]. Written with the lock of `getting`, read without.
    taken: CachePadded<AtomicUsize>,
    /// Set with the locks of both ends.
    is_shut_down: AtomicBool,
    not_empty: Condvar,
    not_full: Condvar,
    pub(crate) all_done: Condvar,
}

/// The end where items come out.
pub(crate) struct Getting<T> {
    /// The next items, in their order, that no later put can overtake.
    pub(crate) ready: VecDeque<T>,
    /// How many items have ever been got.
    pub(crate) taken: usize,
    /// The threads that wait to put: they sleep here, where room is made.
    putters: Sleepers,
}

/// The end where items go in.
pub(crate) struct Putting<S> {
    pub(crate) items: S,
    /// How many items have ever been moved to the other end.
    pub(crate) moved: usize,
    /// How many items have ever been put, as the other end knows it. It counts none
    /// that was discarded.
    put: usize,
    /// What this end knows of [`Getting::taken`]: as many, or fewer.
    taken: usize,
    /// The threads that wait to get: they sleep here, where items are put.
    getters: Sleepers,
}

/// The threads that sleep on a condvar.
#[derive(Debug, Default)]
struct Sleepers {
    asleep: usize,
    /// For how many of them there has been a notification. A thread that wakes up takes
    /// one off, whatever woke it, so there may be one too many, but never one too few.
    notified: usize,
}

impl Sleepers {
    /// How many notifications `n` items or places need: none for a thread that has been
    /// notified and has not got round to waking up. That saves a system call for each
    /// item that is put meanwhile.
    #[inline]
    fn notify(&mut self, n: usize) -> usize {
        let n = n.min(self.asleep - self.notified);
        self.notified += n;
        n
    }

    fn wakes_up(&mut self) {
        self.asleep -= 1;
        self.notified = self.notified.saturating_sub(1);
    }
}

impl<S: Storage> Ends<S> {
    pub(crate) fn new(most: usize) -> Self {
        let getting =
            Getting { ready: VecDeque::new(), taken: 0, putters: Sleepers::default() };
        let putting = Putting {
            items: S::default(),
            moved: 0,
            put: 0,
            taken: 0,
            getters: Sleepers::default(),
        };
        Self {
            most,
            getting: Mutex::new(getting).into(),
            putting: Mutex::new(putting).into(),
            done: Mutex::new(0).into(),
            put: AtomicUsize::new(0).into(),
            taken: AtomicUsize::new(0).into(),
            is_shut_down: AtomicBool::new(false),
            not_empty: Condvar::new(),
            not_full: Condvar::new(),
            all_done: Condvar::new(),
        }
    }

    #[inline]
    pub(crate) fn getting(&self) -> GettingGuard<'_, S> {
        let held = self.getting.lock();
        GettingGuard { ends: self, taken: held.taken, held: Some(held) }
    }

    #[inline]
    pub(crate) fn putting(&self) -> PuttingGuard<'_, S> {
        PuttingGuard { ends: self, held: Some(self.putting.lock()) }
    }

    /// How many items have been put and not discarded.
    pub(crate) fn put(&self) -> usize {
        self.put.load(Relaxed)
    }

    /// How many items there are, or were a moment ago; never more than there may be.
    pub(crate) fn len(&self) -> usize {
        let put = self.put();
        put.saturating_sub(self.taken.load(Relaxed))
    }

    #[inline]
    pub(crate) fn is_shut_down(&self) -> bool {
        self.is_shut_down.load(Relaxed)
    }

    /// Refuses puts from now on, and wakes all that wait at either end.
    pub(crate) fn shut_down(
        &self,
        getting: &mut GettingGuard<'_, S>,
        putting: &mut PuttingGuard<'_, S>,
    ) {
        self.is_shut_down.store(true, Relaxed);
        getting.putters.notified = getting.putters.asleep;
        putting.getters.notified = putting.getters.asleep;
        self.not_full.notify_all();
        self.not_empty.notify_all();
    }
}

/// The end where items come out, locked.
pub(crate) struct GettingGuard<'a, S: Storage> {
    ends: &'a Ends<S>,
    /// How many items had been got when it was locked.
    taken: usize,
    /// Empty only within [`PuttingGuard`]'s and its own `sleep`.
    held: Option<MutexGuard<'a, Getting<S::Item>>>,
}

impl<S: Storage> GettingGuard<'_, S> {
    /// Unlocks it, sleeps until there is room, and locks it for a moment.
    pub(crate) fn sleep(mut self, deadline: &Deadline) {
        let Some(mut held) = self.held.take() else { unreachable!("{HELD}") };
        held.putters.asleep += 1;
        let mut held = self.ends.not_full.wait(held, &self.ends.getting, deadline);
        held.putters.wakes_up();
    }
}

/// Tells the other end how much room there is, and wakes as many threads.
impl<S: Storage> Drop for GettingGuard<'_, S> {
    #[inline]
    fn drop(&mut self) {
        let Some(mut held) = self.held.take() else { return };
        if held.taken == self.taken {
            return;
        }
        self.ends.taken.store(held.taken, Relaxed);
        let sleepers = held.putters.notify(1);
        drop(held);
        self.ends.not_full.notify(sleepers);
    }
}

/// The end where items go in, locked.
pub(crate) struct PuttingGuard<'a, S: Storage> {
    ends: &'a Ends<S>,
    /// Empty only within `sleep`.
    held: Option<MutexGuard<'a, Putting<S>>>,
}

impl<S: Storage> PuttingGuard<'_, S> {
    #[inline]
    pub(crate) fn is_shut_down(&self) -> bool {
        self.ends.is_shut_down()
    }

    #[inline]
    pub(crate) fn has_room(&mut self) -> bool {
        let most = self.ends.most;
        let put = self.moved + self.items.len();
        if put.saturating_sub(self.taken) >= most {
            // Only now: the other end writes there all the time.
            self.taken = self.ends.taken.load(Relaxed);
        }
        put.saturating_sub(self.taken) < most
    }

    /// Unlocks it, sleeps until there is an item, and locks it for a moment.
    pub(crate) fn sleep(mut self, deadline: &Deadline) {
        let Some(mut held) = self.held.take() else { unreachable!("{HELD}") };
        held.getters.asleep += 1;
        let mut held = self.ends.not_empty.wait(held, &self.ends.putting, deadline);
        held.getters.wakes_up();
    }
}

/// Counts the items that have come, also if the storage has panicked, and wakes as many
/// threads; or those that join, if items were discarded.
impl<S: Storage> Drop for PuttingGuard<'_, S> {
    #[inline]
    fn drop(&mut self) {
        let Some(mut held) = self.held.take() else { return };
        let (before, put) = (held.put, held.moved + held.items.len());
        if put == before {
            return;
        }
        held.put = put;
        self.ends.put.store(put, Relaxed);
        let sleepers = held.getters.notify(put.saturating_sub(before));
        drop(held);
        self.ends.not_empty.notify(sleepers);
        if put < before {
            // With the lock: a thread that has just looked is asleep then.
            let _done = self.ends.done.lock();
            self.ends.all_done.notify_all();
        }
    }
}

const HELD: &str = "only a guard that sleeps has let go";

impl<S: Storage> Deref for GettingGuard<'_, S> {
    type Target = Getting<S::Item>;

    #[inline]
    fn deref(&self) -> &Self::Target {
        let Some(held) = &self.held else { unreachable!("{HELD}") };
        held
    }
}

impl<S: Storage> DerefMut for GettingGuard<'_, S> {
    #[inline]
    fn deref_mut(&mut self) -> &mut Self::Target {
        let Some(held) = &mut self.held else { unreachable!("{HELD}") };
        held
    }
}

impl<S: Storage> Deref for PuttingGuard<'_, S> {
    type Target = Putting<S>;

    #[inline]
    fn deref(&self) -> &Self::Target {
        let Some(held) = &self.held else { unreachable!("{HELD}") };
        held
    }
}

impl<S: Storage> DerefMut for PuttingGuard<'_, S> {
    #[inline]
    fn deref_mut(&mut self) -> &mut Self::Target {
        let Some(held) = &mut self.held else { unreachable!("{HELD}") };
        held
    }
}
