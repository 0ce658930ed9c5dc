//! Where processes wait for something to become true in shared memory.

use std::time::Instant;

use crossbeam::utils::Backoff;
use processes::Futex;
use shared::trace::{self, Span};

#[cfg(loom)]
use loom::sync::atomic::{AtomicU64, Ordering, fence};
#[cfg(not(loom))]
use std::sync::atomic::{AtomicU64, Ordering, fence};

/// An event count: a waiter announces itself, looks once more and sleeps; a notifier
/// changes something and then looks for announcements.
///
/// So a change costs nothing but a look while no process sleeps. The protocol does not
/// record which processes wait, only how many waits have ever begun, so a killed waiter
/// leaves nothing to correct. A notifier that is killed before it has woken a waiter,
/// or a waiter that is killed after it has been woken instead of another, delays the
/// others by at most [`processes::HEARTBEAT`].
///
/// ```
/// use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
/// use producer_consumer::EventCount;
/// // For processes, the event count and the condition lie in shared memory.
/// let (open, opened) = (AtomicBool::new(false), EventCount::new());
/// std::thread::scope(|scope| {
///     let waiter =
///         scope.spawn(|| opened.wait("for the door", None, || open.load(SeqCst)));
///     open.store(true, SeqCst);
///     opened.notify_one();
///     assert!(waiter.join().unwrap());
/// });
/// ```
#[derive(Debug)]
pub struct EventCount {
    events: Futex,
    /// How many times a waiter has been about to sleep.
    announced: AtomicU64,
    /// So many announcements are settled: no waiter that made one of them is asleep.
    settled: AtomicU64,
}

impl Default for EventCount {
    fn default() -> Self {
        Self::new()
    }
}

impl EventCount {
    /// An event count without waiters.
    #[must_use]
    pub fn new() -> Self {
        Self {
            events: Futex::shared(0),
            announced: AtomicU64::new(0),
            settled: AtomicU64::new(0),
        }
    }

    /// Waits until `ready`, or until the deadline if there is one; returns whether it
    /// is ready. The trace shows the wait as `what_for` from the first sleep on.
    ///
    /// A change that makes it ready is followed by [`notify_one`](Self::notify_one).
    pub fn wait(
        &self,
        what_for: &'static str,
        deadline: Option<Instant>,
        ready: impl Fn() -> bool,
    ) -> bool {
        self.wait_as(&mut Waiting::new(what_for), deadline, ready)
    }

    /// Calls `attempt` until it returns a value, and waits before each further call
    /// until `ready`; `None` at the deadline.
    ///
    /// It ends at the deadline even if `ready` stays true while every attempt fails, as
    /// when another process is stopped with a lock in hand.
    pub fn retry<R>(
        &self,
        what_for: &'static str,
        deadline: Option<Instant>,
        ready: impl Fn() -> bool,
        mut attempt: impl FnMut() -> Option<R>,
    ) -> Option<R> {
        let mut waiting = Waiting::new(what_for);
        loop {
            // A waiter that is woken at the deadline attempts once more, because it has
            // been woken instead of another; but only once.
            let last = deadline.is_some_and(|deadline| deadline <= Instant::now());
            let done = attempt();
            if done.is_some() || last || !self.wait_as(&mut waiting, deadline, &ready) {
                return done;
            }
        }
    }

    fn wait_as(
        &self,
        waiting: &mut Waiting,
        deadline: Option<Instant>,
        ready: impl Fn() -> bool,
    ) -> bool {
        spin_until(&ready);
        loop {
            // The event is read before the announcement: a notifier that sees the
            // announcement and counts its event after that keeps this waiter from
            // falling asleep.
            let seen = self.events.load(Ordering::Acquire);
            self.announced.fetch_add(1, Ordering::AcqRel);
            // Either this waiter sees the change, or the notifier sees the
            // announcement: each of the two has a fence between its write and its read.
            fence(Ordering::SeqCst);
            if ready() {
                return true;
            }
            if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                return false;
            }
            waiting.begin();
            self.events.wait(seen, deadline);
        }
    }

    /// Wakes one waiter, if there is one, after a change that makes one of them ready.
    pub fn notify_one(&self) {
        self.notify_one_if(|| true);
    }

    /// As [`notify_one`](Self::notify_one), if it is `worthwhile`, which is called only
    /// when a process may be waiting.
    pub fn notify_one_if(&self, worthwhile: impl FnOnce() -> bool) {
        fence(Ordering::SeqCst);
        let announced = self.announced.load(Ordering::Acquire);
        if announced != self.settled.load(Ordering::Relaxed) && worthwhile() {
            self.wake_one(announced);
        }
    }

    /// Wakes all waiters.
    pub fn notify_all(&self) {
        self.events.fetch_add(1, Ordering::Release);
        self.events.wake(u32::MAX);
    }

    #[cold]
    fn wake_one(&self, announced: u64) {
        self.events.fetch_add(1, Ordering::Release);
        if self.events.wake(1) == 0 {
            // No waiter sleeps: those that have announced themselves are awake, or
            // find that there was an event.
            self.settled.fetch_max(announced, Ordering::Relaxed);
        }
    }
}

/// A wait as the trace shows it, from its first sleep on. Several waits in a row for
/// one purpose are one.
#[derive(Debug)]
struct Waiting {
    what_for: &'static str,
    span: Option<Span>,
}

impl Waiting {
    fn new(what_for: &'static str) -> Self {
        Self { what_for, span: None }
    }

    fn begin(&mut self) {
        self.span.get_or_insert_with(|| trace::waiting(self.what_for));
    }
}

/// Polls `ready` for a short time: it often becomes true sooner than a sleeper can be
/// woken.
fn spin_until(ready: &impl Fn() -> bool) {
    let backoff = Backoff::new();
    // A model would only have more of the same to explore.
    while !cfg!(loom) && !ready() && !backoff.is_completed() {
        backoff.snooze();
    }
}

// SAFETY: it consists of atomics and a futex that reaches across processes.
#[cfg(not(loom))]
unsafe impl processes::Shareable for EventCount {}

#[cfg(all(test, loom))]
mod loom_models;
#[cfg(all(test, not(loom)))]
mod tests;
