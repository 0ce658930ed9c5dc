//! The content of a hand, in one word of shared memory.

use std::sync::atomic::{AtomicU64, Ordering};

/// The content of a full hand: a record's number, how many bytes it has, and whether it
/// is certain that it was popped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Filled {
    pub(super) number: u32,
    pub(super) length: u32,
    pub(super) is_popped: bool,
}

/// An empty or full hand in one word, so that it changes as one.
#[derive(Debug)]
pub(super) struct AtomicState(AtomicU64);

impl AtomicState {
    const FULL: u64 = 1 << 31;
    const POPPED: u64 = 1 << 30;
    const LENGTH: u64 = Self::POPPED - 1;

    /// An empty hand.
    pub(super) const fn empty() -> Self {
        Self(AtomicU64::new(0))
    }

    pub(super) fn load(&self) -> Option<Filled> {
        let word = self.0.load(Ordering::Acquire);
        (word & Self::FULL != 0).then_some(Filled {
            number: (word >> 32) as u32,
            length: (word & Self::LENGTH) as u32,
            is_popped: word & Self::POPPED != 0,
        })
    }

    pub(super) fn store(&self, state: Option<Filled>) {
        let word = state.map_or(0, |full| {
            let popped = if full.is_popped { Self::POPPED } else { 0 };
            u64::from(full.number) << 32 | Self::FULL | popped | u64::from(full.length)
        });
        self.0.store(word, Ordering::Release);
    }
}
