//! Threads that all want a lock all the time: how often each gets it, and how long it
//! waits.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::ScopedJoinHandle;
use std::time::{Duration, Instant};

use shared::trace;

/// The result of a contest, returned by [`contest`].
#[derive(Clone, Debug)]
pub struct Contest {
    /// The number of turns of each thread.
    pub grants: Vec<u64>,
    /// The longest time that a thread has waited for its turn, the turn included.
    pub longest_wait: Duration,
    /// The time that the contest has taken.
    pub time: Duration,
}

/// Lets `threads` threads call `turn`, which takes the lock and releases it, again and
/// again for `time`.
///
/// # Panics
/// If `turn` panics, when all threads have ended.
pub fn contest(threads: usize, time: Duration, turn: impl Fn() + Sync) -> Contest {
    let _contest = trace::span(&format!("{threads} threads want the lock"));
    let started = AtomicUsize::new(0);
    let shares: Vec<_> = std::thread::scope(|scope| {
        let compete = || {
            // The contest begins when all have had a turn: the first thread would
            // otherwise have the lock to itself until the others have started.
            let counted_even_if_it_panics = Started(&started);
            turn();
            drop(counted_even_if_it_panics);
            while started.load(Ordering::Relaxed) < threads {
                turn();
            }
            compete(time, &turn)
        };
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(compete)).collect();
        let ended = running.into_iter().map(ScopedJoinHandle::join);
        ended
            .map(|share| share.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    Contest {
        grants: shares.iter().map(|share| share.grants).collect(),
        longest_wait: shares
            .iter()
            .map(|share| share.longest_wait)
            .max()
            .unwrap_or_default(),
        time: shares.iter().map(|share| share.time).max().unwrap_or_default(),
    }
}

/// A thread that has had its first turn, when this is dropped.
struct Started<'a>(&'a AtomicUsize);

impl Drop for Started<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// The part of one thread.
struct Share {
    grants: u64,
    longest_wait: Duration,
    time: Duration,
}

fn compete(time: Duration, turn: impl Fn()) -> Share {
    let begin = Instant::now();
    let mut share =
        Share { grants: 0, longest_wait: Duration::ZERO, time: Duration::ZERO };
    while share.time < time {
        turn();
        let now = begin.elapsed();
        share.grants += 1;
        share.longest_wait = share.longest_wait.max(now.saturating_sub(share.time));
        share.time = now;
    }
    share
}

impl Contest {
    /// The turns in a second, of all threads together.
    pub fn per_second(&self) -> f64 {
        self.grants.iter().sum::<u64>() as f64 / self.time.as_secs_f64()
    }

    /// How evenly the turns were shared: 1 if all threads had as many, 1/n if one of n
    /// had them all.
    pub fn jain_index(&self) -> f64 {
        jain_index(&self.grants)
    }
}

/// How evenly the turns were shared: (Σx)² / (n·Σx²), after Jain, Chiu & Hawe,
/// DEC-TR-301, 1984.
pub fn jain_index(shares: &[u64]) -> f64 {
    let sum: f64 = shares.iter().map(|&share| share as f64).sum();
    let squares: f64 = shares.iter().map(|&share| (share as f64).powi(2)).sum();
    // Without any turns, all threads have the same number.
    if squares == 0.0 { 1.0 } else { sum.powi(2) / (shares.len() as f64 * squares) }
}

#[cfg(test)]
mod tests {
    use ticket_lock::TicketLock;

    use super::*;

    #[test]
    fn each_thread_has_turns() {
        let turns = TicketLock::new(0);
        let contest = contest(4, Duration::from_millis(10), || *turns.lock() += 1);
        assert!(contest.grants.iter().all(|&grants| grants > 0));
        // Those before all had begun do not count.
        assert!(contest.grants.iter().sum::<u64>() < turns.into_inner());
    }

    #[test]
    fn a_panic_ends_the_contest() {
        let turns = AtomicUsize::new(0);
        let turn = || assert!(turns.fetch_add(1, Ordering::Relaxed) > 0, "on purpose");
        let panic =
            std::panic::catch_unwind(|| contest(3, Duration::from_millis(1), turn))
                .expect_err("a panic");
        assert_eq!(panic.downcast_ref(), Some(&"on purpose"));
    }

    #[test]
    fn the_index_goes_from_all_for_one_to_one_for_all() {
        let close =
            |shares: &[u64], index: f64| (jain_index(shares) - index).abs() < 1e-12;
        assert!(close(&[7, 7, 7, 7], 1.0));
        assert!(close(&[9, 0, 0, 0], 0.25));
        assert!(close(&[2, 1], 0.9));
        assert!(close(&[0, 0], 1.0));
    }
}
