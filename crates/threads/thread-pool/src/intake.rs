//! Where tasks come in: a queue that is closed once, and then accepts no more.

use std::sync::atomic::Ordering::SeqCst;

use crossbeam::deque::{Injector, Steal};
use interleavings::thread;

use crate::half::Half;
use crate::sync::AtomicUsize;

/// A task as the queue has it. It may panic.
pub(crate) type Job = Box<dyn FnOnce() + Send>;

/// What a worker finds to do.
pub(crate) enum Work {
    Task(Job),
    Half(Half),
}

/// The tasks that have not begun, the oldest first.
pub(crate) struct Intake {
    queue: Injector<Work>,
    /// Whether it is closed, and twice the number of pushes that are under way.
    state: AtomicUsize,
}

const CLOSED: usize = 1;
const PUSH: usize = 2;

impl Intake {
    pub(crate) fn new() -> Self {
        Self { queue: Injector::new(), state: AtomicUsize::new(0) }
    }

    /// Appends work, or hands it back if the intake is closed. Ends with a full fence.
    pub(crate) fn push(&self, work: Work) -> Result<(), Work> {
        if self.state.fetch_add(PUSH, SeqCst) & CLOSED != 0 {
            self.state.fetch_sub(PUSH, SeqCst);
            return Err(work);
        }
        self.queue.push(work);
        self.state.fetch_sub(PUSH, SeqCst);
        Ok(())
    }

    /// The oldest.
    #[inline]
    pub(crate) fn take(&self) -> Option<Work> {
        until_done(|| self.queue.steal())
    }

    pub(crate) fn len(&self) -> usize {
        self.queue.len()
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Accepts no more tasks, and waits until those under way are there: for a few
    /// instructions of each thread that has begun a push.
    pub(crate) fn close(&self) {
        self.state.fetch_or(CLOSED, SeqCst);
        while !self.is_settled() {
            thread::yield_now();
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.state.load(SeqCst) & CLOSED != 0
    }

    /// Whether it is closed and no push is under way: no task will come any more.
    pub(crate) fn is_settled(&self) -> bool {
        self.state.load(SeqCst) == CLOSED
    }
}

/// Tries again as long as another thread was faster.
#[inline]
pub(crate) fn until_done<T>(mut steal: impl FnMut() -> Steal<T>) -> Option<T> {
    loop {
        match steal() {
            Steal::Success(stolen) => return Some(stolen),
            Steal::Empty => return None,
            Steal::Retry => {}
        }
    }
}
