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
/// use producer_consumer::{EventCount, Waiting};
/// // For processes, the event count and the condition lie in shared memory.
/// let (open, opened) = (AtomicBool::new(false), EventCount::new());
/// std::thread::scope(|scope| {
///     let waiter = scope.spawn(|| {
///         opened.wait(&mut Waiting::new("for the door"), None, || open.load(SeqCst))
///     });
///     open.store(true, SeqCst);
///     opened.notify_one();
///     assert!(waiter.join().unwrap());
/// });
/// ```
#[derive(Debug)]
pub struct EventCount {
    events: Futex,
    /// How many times somebody has been about to sleep.
    announced: AtomicU64,
    /// So many announcements are known to be settled: nobody who made one of them is
    /// asleep.
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

    /// Waits until `ready`, or until `deadline` if there is one; says whether it is
    /// ready.
    ///
    /// Whoever makes it ready calls [`notify_one`](Self::notify_one) afterwards.
    pub fn wait(
        &self,
        waiting: &mut Waiting,
        deadline: Option<Instant>,
        ready: impl Fn() -> bool,
    ) -> bool {
        spin_until(&ready);
        loop {
            // The event is looked at before the announcement: who sees the announcement
            // and counts the event after that keeps this waiter from falling asleep.
            let seen = self.events.load(Ordering::Acquire);
            self.announced.fetch_add(1, Ordering::AcqRel);
            // Either this waiter sees the change, or who made the change sees the
            // announcement: between what each of the two writes and what it reads
            // stands a fence.
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

    /// Wakes one who waits, if anybody does, after something has been changed that
    /// makes one of them ready.
    pub fn notify_one(&self) {
        self.notify_one_if(|| true);
    }

    /// As [`notify_one`](Self::notify_one), if it is `worthwhile`, which is asked only
    /// when somebody may be waiting.
    pub fn notify_one_if(&self, worthwhile: impl FnOnce() -> bool) {
        fence(Ordering::SeqCst);
        let announced = self.announced.load(Ordering::Acquire);
        if announced != self.settled.load(Ordering::Relaxed) && worthwhile() {
            self.wake_one(announced);
        }
    }

    /// Wakes all who wait.
    pub fn notify_all(&self) {
        self.events.fetch_add(1, Ordering::Release);
        self.events.wake(u32::MAX);
    }

    #[cold]
    fn wake_one(&self, announced: u64) {
        self.events.fetch_add(1, Ordering::Release);
        if self.events.wake(1) == 0 {
            // Nobody sleeps: those who have announced themselves are awake, or find
            // that there was an event.
            self.settled.fetch_max(announced, Ordering::Relaxed);
        }
    }
}

/// What somebody waits for, to be told in the trace from the moment when he falls
/// asleep. Several waits for one purpose are told as one.
#[derive(Debug)]
pub struct Waiting {
    what_for: &'static str,
    span: Option<Span>,
}

impl Waiting {
    /// Nobody waits yet.
    #[must_use]
    pub fn new(what_for: &'static str) -> Self {
        Self { what_for, span: None }
    }

    fn begin(&mut self) {
        self.span.get_or_insert_with(|| trace::waiting(self.what_for));
    }
}

/// Looks for a short time, as what is waited for often happens sooner than a sleeper
/// can be woken.
fn spin_until(ready: &impl Fn() -> bool) {
    let backoff = Backoff::new();
    // In a model it would only be more of the same to explore.
    while !cfg!(loom) && !ready() && !backoff.is_completed() {
        backoff.snooze();
    }
}

// SAFETY: it consists of atomics, and its futex is one that reaches across processes.
#[cfg(not(loom))]
unsafe impl processes::Shareable for EventCount {}

#[cfg(all(test, loom))]
mod loom_models;
