//! The locks that the running thread holds, in the order in which it took them.
//!
//! A thread whose thread-locals have been dropped, because it is about to end, is not
//! watched any more: a destructor may still take a lock.

use std::cell::RefCell;
use std::collections::HashSet;

use crate::graph::{Held, LockId};

interleavings::thread_local! {
    static MINE: RefCell<Mine> = RefCell::new(Mine::default());
}

#[derive(Default)]
struct Mine {
    held: Vec<Entry>,
    /// The orders that the detector knows from this thread.
    known: HashSet<(LockId, LockId)>,
}

#[derive(Clone, Copy)]
struct Entry {
    held: Held,
    detector: usize,
}

/// How many orders a thread remembers at most, so that one which takes ever new locks
/// does not need ever more memory. What it has forgotten it tells the detector again.
const KNOWN: usize = 1_024;

/// Notes that the thread has taken a lock, and returns whether it holds another.
#[inline]
pub(crate) fn push(held: Held, detector: usize) -> bool {
    MINE.try_with(|mine| {
        let all = &mut mine.borrow_mut().held;
        all.push(Entry { held, detector });
        all.len() > 1
    })
    .unwrap_or(false)
}

/// Notes that the thread is about to release a lock.
#[inline]
pub(crate) fn remove(lock: LockId) {
    // An error means that nothing is noted any more.
    let _ = MINE.try_with(|mine| {
        let all = &mut mine.borrow_mut().held;
        // Nearly always the last one.
        match all.last() {
            Some(last) if last.held.lock == lock => drop(all.pop()),
            _ => all.retain(|entry| entry.held.lock != lock),
        }
    });
}

/// The locks of one detector that the thread holds.
pub(crate) fn of(detector: usize) -> Vec<Held> {
    MINE.try_with(|mine| {
        let mine = mine.borrow();
        let its = mine.held.iter().filter(|entry| entry.detector == detector);
        its.map(|entry| entry.held).collect()
    })
    .unwrap_or_default()
}

/// Those of the locks for which the thread has not yet told that `then` comes after
/// them. From now on it has.
pub(crate) fn news(mut held: Vec<Held>, then: LockId) -> Vec<Held> {
    let _ = MINE.try_with(|mine| {
        let known = &mut mine.borrow_mut().known;
        if known.len() >= KNOWN {
            known.clear();
        }
        held.retain(|first| first.lock != then && known.insert((first.lock, then)));
    });
    held
}
