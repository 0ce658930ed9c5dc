//! An event between processes: each waits until one of them sets it.

use std::time::Instant;

use shared::trace;

use crate::futex::Futex;

#[cfg(loom)]
use loom::sync::atomic::Ordering;
#[cfg(not(loom))]
use {
    crate::memory::{Shareable, SharedMemory},
    std::io,
    std::sync::atomic::Ordering,
    std::time::Duration,
};

/// A flag that processes set, clear and wait for: Python's `multiprocessing.Event`.
///
/// It lies in memory that is shared with every process forked later. A process that
/// sees the event set also sees all memory that the setter wrote before.
///
/// Any process may be killed at any instruction. A killed waiter leaves nothing behind.
/// A killed setter has either set the event or not; if it is killed before it has woken
/// the waiters, they notice within 100 ms.
///
/// ```
/// use processes::{Event, scope};
///
/// let has_begun = Event::new()?;
/// scope(|family| {
///     let child = family.spawn("child", || {
///         has_begun.set();
///         processes::pause()
///     })?;
///     has_begun.wait();
///     child.kill()?;
///     child.join().map(drop)
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// An event has no owner, so a waiter does not notice the death of the process that was
/// to set it. [`Family::wait_for`](crate::Family::wait_for) ends a parent's wait when a
/// child dies, and [`wait_timeout`](Self::wait_timeout) bounds any wait.
#[cfg(not(loom))]
#[derive(Debug)]
pub struct Event(SharedMemory<Flag>);

#[cfg(not(loom))]
impl Event {
    /// An event that is not set.
    ///
    /// # Errors
    /// If the kernel gives no memory.
    pub fn new() -> io::Result<Self> {
        Ok(Self(SharedMemory::new(Flag::new(), 0)?))
    }

    /// Sets the event, and wakes all that wait for it.
    pub fn set(&self) {
        self.0.set();
    }

    /// Clears the event: later waits block until it is set again.
    ///
    /// A process that already waits when the event is set returns, even if the event is
    /// cleared immediately afterwards. (Python's `wait` returns false in this case.)
    pub fn clear(&self) {
        self.0.clear();
    }

    /// Whether the event is set.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.is_set()
    }

    /// Waits until the event is set; returns immediately if it is.
    pub fn wait(&self) {
        // Without a deadline it ends only when the event is set.
        let _set = self.0.wait(None);
    }

    /// As [`wait`](Self::wait), but for at most `timeout`; returns whether the event
    /// was set.
    ///
    /// A timeout of zero does not block. The time is that of the monotonic clock, which
    /// no change of the system's time affects.
    ///
    /// ```
    /// let event = processes::Event::new()?;
    /// assert!(!event.wait_timeout(std::time::Duration::from_millis(1)));
    /// event.set();
    /// assert!(event.wait_timeout(std::time::Duration::ZERO));
    /// # std::io::Result::Ok(())
    /// ```
    #[must_use = "false means that the time is up"]
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        // A deadline beyond the range of the clock is none.
        self.0.wait(Instant::now().checked_add(timeout))
    }
}

/// The part of the event that the processes share: a number that is odd while the event
/// is set, and that each set and each clear advances by one.
///
/// So one store tells the waiters everything, and a waiter that sleeps through a set
/// and a clear still sees that the number has changed.
#[derive(Debug)]
struct Flag(Futex);

impl Flag {
    fn new() -> Self {
        Self(Futex::shared(0))
    }

    fn set(&self) {
        self.0.fetch_or(1, Ordering::AcqRel);
        // Also if it was set: the process that set it may have been killed before it
        // woke the waiters.
        self.0.wake(u32::MAX);
    }

    fn clear(&self) {
        let even = |number: u32| Some(number.wrapping_add(number & 1));
        // The closure never refuses.
        let _ = self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, even);
    }

    fn is_set(&self) -> bool {
        is_set(self.0.load(Ordering::Acquire))
    }

    /// Whether the event was set by the deadline.
    fn wait(&self, deadline: Option<Instant>) -> bool {
        let seen = self.0.load(Ordering::Acquire);
        is_set(seen) || self.wait_beyond(seen, deadline)
    }

    /// Whether the event was set by the deadline, after it was `seen` clear.
    fn wait_beyond(&self, seen: u32, deadline: Option<Instant>) -> bool {
        let is_over = || deadline.is_some_and(|deadline| Instant::now() >= deadline);
        let mut waits = None;
        while self.0.load(Ordering::Acquire) == seen {
            if is_over() {
                return false;
            }
            waits.get_or_insert_with(|| trace::waiting("for the event"));
            self.0.wait(seen, deadline);
        }
        true
    }
}

fn is_set(number: u32) -> bool {
    number & 1 == 1
}

// SAFETY: a futex that reaches across processes.
#[cfg(not(loom))]
unsafe impl Shareable for Flag {}

#[cfg(all(test, loom))]
mod loom_models;
#[cfg(all(test, not(loom)))]
mod tests;
