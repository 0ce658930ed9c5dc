//! Who waits for whom, and which lock was taken after which: the detector's knowledge,
//! which knows nothing of threads.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::report::{Inversion, Order, Place, Taken, WouldDeadlock};

/// Which lock it is; no two have the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct LockId(pub(crate) usize);

/// A lock that a thread holds, or asks for, and the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) lock: LockId,
    pub(crate) place: Place,
}

/// Which wait it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct WaitId(u64);

/// A thread that waits, and all that it holds meanwhile.
#[derive(Debug)]
struct Wait {
    thread: String,
    held: Vec<Held>,
    wants: Held,
}

#[derive(Debug, Default)]
pub(crate) struct Graph {
    names: BTreeMap<LockId, Arc<str>>,
    /// The first time that the second lock was taken while the first was held.
    orders: BTreeMap<(LockId, LockId), Order>,
    waits: BTreeMap<WaitId, Wait>,
    last_wait: u64,
    inversions: Vec<Inversion>,
}

impl Graph {
    pub(crate) fn add(&mut self, lock: LockId, name: Arc<str>) {
        self.names.insert(lock, name);
    }

    /// Forgets a lock, which no thread holds or waits for, but not what was found.
    pub(crate) fn remove(&mut self, lock: LockId) {
        self.names.remove(&lock);
        self.orders.retain(|(first, then), _| *first != lock && *then != lock);
    }

    pub(crate) fn inversions(&self) -> &[Inversion] {
        &self.inversions
    }

    /// Tells that `thread` asks for a lock while it holds others.
    pub(crate) fn order(&mut self, thread: &str, held: &[Held], then: Held) {
        for first in held {
            let key = (first.lock, then.lock);
            if first.lock == then.lock || self.orders.contains_key(&key) {
                continue;
            }
            let order = self.told(thread, *first, then);
            if let Some(way_back) = self.way(then.lock, first.lock) {
                let cycle = std::iter::once(order.clone()).chain(way_back).collect();
                self.inversions.push(Inversion { cycle });
            }
            self.orders.insert(key, order);
        }
    }

    /// Tells that `thread` waits for a lock from now on.
    ///
    /// It holds what it holds until its wait is over. So what the waits tell of is true
    /// at any moment, and the last thread of a circle to come here finds all others.
    pub(crate) fn begin_wait(
        &mut self,
        thread: String,
        held: Vec<Held>,
        wants: Held,
    ) -> WaitId {
        self.last_wait += 1;
        let id = WaitId(self.last_wait);
        self.waits.insert(id, Wait { thread, held, wants });
        id
    }

    pub(crate) fn end_wait(&mut self, wait: WaitId) {
        self.waits.remove(&wait);
    }

    /// Looks whether a wait would close a circle.
    ///
    /// The circle is its thread, the one that holds the lock, the one that holds the
    /// lock that this one waits for, and so on back to the first.
    pub(crate) fn circle(
        &self,
        thread: &str,
        held: &[Held],
        wants: Held,
    ) -> Result<(), WouldDeadlock> {
        let mut chain: Vec<(&Held, &Wait)> = Vec::new();
        let mut wanted = wants.lock;
        let first = loop {
            if let Some(first) = held.iter().find(|mine| mine.lock == wanted) {
                break first;
            }
            // If no thread that waits holds the lock, then one does that runs, and will
            // release it. No other circle exists, as none is ever closed.
            let Some(next) = self.holder(wanted) else { return Ok(()) };
            chain.push(next);
            wanted = next.1.wants.lock;
        };
        let mine = self.told(thread, *first, wants);
        let others = chain
            .into_iter()
            .map(|(holds, wait)| self.told(&wait.thread, *holds, wait.wants));
        Err(WouldDeadlock { cycle: std::iter::once(mine).chain(others).collect() })
    }

    /// The thread that holds the lock and waits for another.
    fn holder(&self, lock: LockId) -> Option<(&Held, &Wait)> {
        self.waits.values().find_map(|wait| {
            let holds = wait.held.iter().find(|held| held.lock == lock)?;
            Some((holds, wait))
        })
    }

    /// The shortest way from one lock to another by orders in which they were taken.
    fn way(&self, from: LockId, to: LockId) -> Option<Vec<Order>> {
        let mut seen = BTreeSet::from([from]);
        let mut ways = VecDeque::from([(from, Vec::new())]);
        while let Some((lock, way)) = ways.pop_front() {
            if lock == to {
                return Some(way);
            }
            let next = (lock, LockId(0))..=(lock, LockId(usize::MAX));
            for ((_, then), order) in self.orders.range(next) {
                if seen.insert(*then) {
                    let way = way.iter().cloned().chain([order.clone()]).collect();
                    ways.push_back((*then, way));
                }
            }
        }
        None
    }

    fn told(&self, thread: &str, first: Held, then: Held) -> Order {
        let taken = |held: Held| Taken {
            lock: self
                .names
                .get(&held.lock)
                .map_or_else(String::new, ToString::to_string),
            place: held.place,
        };
        Order { thread: thread.to_owned(), first: taken(first), then: taken(then) }
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
