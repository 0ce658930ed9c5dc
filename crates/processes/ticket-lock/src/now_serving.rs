//! The number that is being served, and the threads that wait for theirs.

use std::num::NonZeroU32;

use crossbeam::utils::Backoff;
use processes::Futex;

#[cfg(loom)]
use loom::sync::atomic::{AtomicU32, Ordering, fence};
#[cfg(not(loom))]
use std::sync::atomic::{AtomicU32, Ordering, fence};

/// A number that goes up by one with every thread that has been served.
///
/// With a pure spin lock all waiters poll the number. With more threads than cores that
/// is a disaster: the thread whose turn it is may not even run, while the others spend
/// whole time slices waiting for it. So a thread with more threads before it than there
/// are cores sleeps, and is woken when its turn has come, and a little before, so that
/// it is awake by then.
pub(crate) struct NowServing {
    number: Futex,
    /// The number of threads that sleep, or are about to.
    sleepers: AtomicU32,
}

impl NowServing {
    pub(crate) fn new() -> Self {
        Self { number: Futex::private(0), sleepers: AtomicU32::new(0) }
    }

    /// The number that is being served.
    #[cfg(all(test, not(loom)))]
    pub(crate) fn set(&self, number: u32) {
        self.number.store(number, Ordering::Release);
    }

    pub(crate) fn number(&self) -> u32 {
        self.number.load(Ordering::Acquire)
    }

    /// Waits until the ticket is served, which happens after everything that the
    /// holders before it have done.
    pub(crate) fn wait_for(&self, ticket: u32) {
        let backoff = Backoff::new();
        let mut looks = 0;
        loop {
            let number = self.number();
            let ahead = ticket.wrapping_sub(number);
            if ahead == 0 {
                return;
            }
            if is_near(ahead) && looks < LOOKS {
                looks += 1;
                backoff.spin();
            } else {
                self.sleep(number, ticket);
                backoff.reset();
                looks = 0;
            }
        }
    }

    /// Serves the next ticket; called by the one that is being served.
    pub(crate) fn serve_next(&self) {
        let number = self.number().wrapping_add(1);
        self.number.store(number, Ordering::Release);
        // Either this thread sees the sleeper, or the sleeper sees the new number and
        // stays awake: each has a fence between its write and its read.
        fence(Ordering::SeqCst);
        if self.sleepers.load(Ordering::Relaxed) > 0 {
            let now = mark(number);
            let soon = mark(number.wrapping_add(near()));
            self.number.wake_bitset(now | soon);
        }
    }

    /// Sleeps until the ticket is called, unless the number is no longer `seen`.
    fn sleep(&self, seen: u32, ticket: u32) {
        self.sleepers.fetch_add(1, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        self.number.wait_bitset(seen, mark(ticket));
        self.sleepers.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How often a thread polls the number before it sleeps. Each time it waits twice as
/// long as before, a few microseconds in all: as long as it takes to fall asleep and be
/// woken.
///
/// It does not yield its core meanwhile. On a busy machine another program would have
/// the core for a whole time slice, and all threads behind this one would wait for it;
/// a sleeper is woken when it is needed.
const LOOKS: u32 = 7;

/// Whether the `ahead` threads before this one can all run at once, so that its turn
/// comes soon.
fn is_near(ahead: u32) -> bool {
    !cfg!(loom) && ahead <= near()
}

/// The number of threads that may poll while one is served: one on each other core.
fn near() -> u32 {
    cores() - 1
}

#[cfg(not(loom))]
fn cores() -> u32 {
    static CORES: std::sync::OnceLock<u32> = std::sync::OnceLock::new();
    // One, if the cores cannot be counted.
    *CORES.get_or_init(|| {
        std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32)
    })
}

/// In a model no thread spins, which would only be more of the same to explore, but
/// some are woken early.
#[cfg(loom)]
fn cores() -> u32 {
    2
}

/// The mark by which a sleeper is called. There are 32 of them: a sleeper that shares
/// its mark is woken now and then with the other, looks, and sleeps on.
fn mark(ticket: u32) -> NonZeroU32 {
    // A one in some place is never zero.
    NonZeroU32::new(1 << (ticket % u32::BITS)).unwrap_or(NonZeroU32::MAX)
}
