//! The number over the counter, and those who wait until it is theirs.

use std::num::NonZeroU32;

use crossbeam::utils::Backoff;
use processes::Futex;

#[cfg(loom)]
use loom::sync::atomic::{AtomicU32, Ordering, fence};
#[cfg(not(loom))]
use std::sync::atomic::{AtomicU32, Ordering, fence};

/// A number that goes up by one with everybody who has been served.
///
/// A pure spin lock would have all of those who wait look at the number all the time.
/// With more threads than cores that is a disaster: the one whose turn it is may not
/// even be on a core, while the others burn whole time slices waiting for it. So
/// whoever has less than a core's chance to be served soon sleeps, and is woken in
/// time: when its turn has come, and a little before, so that it is awake by then.
pub(crate) struct NowServing {
    number: Futex,
    /// How many sleep, or are about to.
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

    /// Waits until the ticket is served, which happens after all that those before it
    /// have done.
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
        // Either this thread sees that somebody sleeps, or that one sees the new number
        // and does not fall asleep: between what each of the two writes and what it
        // reads stands a fence.
        fence(Ordering::SeqCst);
        if self.sleepers.load(Ordering::Relaxed) > 0 {
            let now = mark(number);
            let soon = mark(number.wrapping_add(near()));
            self.number.wake_bitset(now | soon);
        }
    }

    /// Sleeps until the ticket is called, unless the number has changed since it was
    /// seen.
    fn sleep(&self, seen: u32, ticket: u32) {
        self.sleepers.fetch_add(1, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        self.number.wait_bitset(seen, mark(ticket));
        self.sleepers.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How often somebody looks for its number before it sleeps. Each time it waits twice
/// as long as before, a few microseconds in all: as long as it takes to fall asleep and
/// be woken.
///
/// It does not yield its core meanwhile. On a busy machine somebody else would have
/// that for a whole time slice, and everybody else who waits would wait for it; a
/// sleeper is called when it is needed.
const LOOKS: u32 = 7;

/// Whether so many ahead can be on a core all at once, so that it is soon the turn of
/// the one behind them.
fn is_near(ahead: u32) -> bool {
    !cfg!(loom) && ahead <= near()
}

/// How many may look for their number while one is served: one on each of the other
/// cores.
fn near() -> u32 {
    cores() - 1
}

#[cfg(not(loom))]
fn cores() -> u32 {
    static CORES: std::sync::OnceLock<u32> = std::sync::OnceLock::new();
    // What cannot be counted is taken to be one.
    *CORES.get_or_init(|| {
        std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32)
    })
}

/// In a model nobody spins, which would only be more of the same to explore, but some
/// are woken early.
#[cfg(loom)]
fn cores() -> u32 {
    2
}

/// The mark by which a sleeper is called. There are 32 of them: who shares one with
/// another is woken now and then for nothing, looks, and sleeps on.
fn mark(ticket: u32) -> NonZeroU32 {
    // A one in some place is never zero.
    NonZeroU32::new(1 << (ticket % u32::BITS)).unwrap_or(NonZeroU32::MAX)
}
