//! Where processes wait for something to become true in shared memory.

use std::time::{Duration, Instant};

use crossbeam::utils::Backoff;
use shared::trace::{self, Span};

use crate::futex::Futex;

#[cfg(loom)]
use loom::sync::atomic::{AtomicU64, Ordering, fence};
#[cfg(not(loom))]
use std::sync::atomic::{AtomicU64, Ordering, fence};

/// How long anybody sleeps before it looks again without having been woken.
///
/// A process can be killed after it has changed the shared memory and before it has
/// woken the one who waits for that, or after it has been woken for something that
/// another should have then. No order of steps closes these gaps, for the change and
/// the call that wakes cannot be one. The heartbeat bounds the harm: nobody waits
/// longer than this for what is there.
const HEARTBEAT: Duration = Duration::from_millis(100);

/// An event count: those who wait announce themselves, look once more and sleep; those
/// who change something look for announcements.
///
/// So a change costs nothing but a look, as long as nobody sleeps. The protocol keeps
/// no record of who waits, only of how many have ever begun to, so a waiter that is
/// killed leaves nothing to correct.
///
/// ```
/// use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
/// use producer_consumer::{Gate, Waiting};
/// // For processes the gate and what they wait for stand in shared memory.
/// let (open, gate) = (AtomicBool::new(false), Gate::new());
/// std::thread::scope(|scope| {
///     let waiter = scope.spawn(|| gate.wait(&mut Waiting::new("for the door"), None, || open.load(SeqCst)));
///     open.store(true, SeqCst);
///     gate.notify_one();
///     assert!(waiter.join().unwrap());
/// });
/// ```
#[derive(Debug, Default)]
pub struct Gate {
    events: Futex,
    /// How many times somebody has been about to sleep.
    announced: AtomicU64,
    /// So many announcements are known to be settled: nobody who made one of them is
    /// asleep.
    settled: AtomicU64,
}

impl Gate {
    /// A gate where nobody waits.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
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
            let seen = self.events.load();
            self.announced.fetch_add(1, Ordering::AcqRel);
            // Either this waiter sees the change, or who made the change sees the
            // announcement: between what each of the two writes and what it reads
            // stands a fence.
            fence(Ordering::SeqCst);
            if ready() {
                return true;
            }
            let left = deadline
                .map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return false;
            }
            waiting.begin();
            self.events.sleep(seen, left.unwrap_or(HEARTBEAT).min(HEARTBEAT));
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
        self.events.advance();
        self.events.wake(i32::MAX.cast_unsigned());
    }

    #[cold]
    fn wake_one(&self, announced: u64) {
        self.events.advance();
        if self.events.wake(1) == 0 {
            // Nobody sleeps: those who have announced themselves are awake, or find
            // that there was an event.
            self.settled.fetch_max(announced, Ordering::Relaxed);
        }
    }
}

/// What somebody waits for, to be told in the trace from the moment when he falls
/// asleep. What takes several waits at a gate is told as one.
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
unsafe impl ticket_lock::Shareable for Gate {}

#[cfg(all(test, loom))]
mod loom_models;
