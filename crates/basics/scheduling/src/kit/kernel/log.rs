//! The slices of one child, in memory that its parent sees.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use processes::Shareable;

/// The most slices that a log holds. Later ones lengthen the last one.
const MOST: usize = 10_000;

/// Slices of time on the core, on the monotonic clock.
#[derive(Debug)]
pub struct Log {
    count: AtomicU64,
    /// The beginning and the end of each slice, in nanoseconds.
    slices: [[AtomicU64; 2]; MOST],
}

// SAFETY: it holds nothing but atomics.
#[expect(unsafe_code, reason = "a structure of shareable parts is shareable")]
unsafe impl Shareable for Log {}

impl Log {
    #[expect(
        clippy::large_stack_arrays,
        reason = "160 kB, moved into shared memory at once"
    )]
    pub const fn new() -> Self {
        Self {
            count: AtomicU64::new(0),
            slices: [const { [const { AtomicU64::new(0) }; 2] }; MOST],
        }
    }

    /// Adds a slice. Only the child calls it.
    pub fn push(&self, from: Duration, to: Duration) {
        let count = self.count.load(Relaxed) as usize;
        let place = count.min(MOST - 1);
        let [begin, end] = &self.slices[place];
        if count < MOST {
            begin.store(from.as_nanos() as u64, Relaxed);
            self.count.store(count as u64 + 1, Relaxed);
        }
        end.store(to.as_nanos() as u64, Relaxed);
    }

    /// The slices. The parent calls it when the child has ended.
    pub fn slices(&self) -> impl Iterator<Item = (Duration, Duration)> {
        let count = self.count.load(Relaxed) as usize;
        let time = |at: &AtomicU64| Duration::from_nanos(at.load(Relaxed));
        self.slices[..count.min(MOST)]
            .iter()
            .map(move |[begin, end]| (time(begin), time(end)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_log_lengthens_its_last_slice() {
        let log = Box::new(Log::new());
        let at = |n: usize| Duration::from_nanos(n as u64);
        for n in 0..MOST + 2 {
            log.push(at(2 * n), at(2 * n + 1));
        }
        assert_eq!(log.slices().count(), MOST);
        assert_eq!(log.slices().next(), Some((at(0), at(1))));
        assert_eq!(log.slices().last(), Some((at(2 * MOST - 2), at(2 * MOST + 3))));
    }
}
