//! A worker: a thread that takes tasks, steals halves, helps while it waits, and sleeps
//! when there is nothing to do.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::atomic::fence;

use crossbeam::deque::Worker as Deque;
use interleavings::thread;

use crate::crew::Crew;
use crate::error::quietly;
use crate::half::{Half, OnStack, Outcome, Owner};
use crate::intake::{Work, until_done};
use crate::sync::{Deadline, Parker, thread_local};

/// How often a worker that finds nothing looks again before it lies down. To fall
/// asleep and to be woken takes longer than that.
const LOOKS: u32 = if cfg!(loom) { 1 } else { 32 };

pub(crate) struct Worker {
    pool: Arc<Crew>,
    index: usize,
    /// The halves of the joins that this thread is in, the innermost last. Thieves take
    /// the outermost, which tends to be the largest.
    halves: Deque<Half>,
}

thread_local! {
    static CURRENT: RefCell<Option<Rc<Worker>>> = RefCell::new(None);
}

/// Calls `function` with the worker that this thread is, if it is one.
#[inline]
pub(crate) fn current<R>(function: impl FnOnce(Option<&Worker>) -> R) -> R {
    let current = CURRENT.with(|current| current.borrow().clone());
    function(current.as_deref())
}

/// What the thread of a worker does.
pub(crate) fn main(pool: Arc<Crew>, index: usize) {
    let Some(halves) = pool.roster.deque(index) else { return };
    let worker = Rc::new(Worker { pool, index, halves });
    CURRENT.with(|current| *current.borrow_mut() = Some(Rc::clone(&worker)));
    worker.serve();
    // The value that a destructor of a thread-local sees: this thread is no worker.
    CURRENT.with(|current| *current.borrow_mut() = None);
    if let Some(Worker { pool, index, halves }) = Rc::into_inner(worker) {
        pool.roster.leave(index, Some(halves));
        pool.call_if_work();
    }
}

impl Worker {
    /// Looks for tasks and runs them until the pool is closed and nothing is left.
    fn serve(&self) {
        let roster = &self.pool.roster;
        loop {
            if let Some(work) = self.look(&|| false) {
                if roster.begin_task() {
                    self.pool.call_if_work();
                }
                self.run(work);
                while let Some(work) = self.find() {
                    self.run(work);
                }
                if roster.end_task() && self.pool.intake.is_closed() {
                    // The others wait for the last task: it might have joined.
                    roster.wake_all();
                }
            } else if self.pool.is_over() {
                return;
            } else {
                self.sleep(&|| self.pool.is_over(), &Deadline::never());
            }
        }
    }

    /// Runs other work until `is_done`, or until the deadline has passed, and sleeps
    /// when there is none. The thread that makes it true has to wake this one.
    pub(crate) fn help_until(&self, is_done: &dyn Fn() -> bool, deadline: &Deadline) {
        let is_over = || is_done() || deadline.has_passed();
        while !is_over() {
            if let Some(work) = self.find() {
                self.run(work);
                continue;
            }
            self.pool.roster.start_looking();
            let found = loop {
                let found = self.look(&is_over);
                if found.is_some() || is_over() {
                    break found;
                }
                self.sleep(&is_over, deadline);
            };
            if self.pool.roster.stop_looking() {
                self.pool.call_if_work();
            }
            if let Some(work) = found {
                self.run(work);
            }
        }
    }

    /// Runs one piece of work, if there is any.
    pub(crate) fn help_once(&self) -> bool {
        self.find().map(|work| self.run(work)).is_some()
    }

    /// Finds work, looking a number of times unless it is done before.
    fn look(&self, is_done: &dyn Fn() -> bool) -> Option<Work> {
        for look in 0..LOOKS {
            if look > 0 {
                thread::yield_now();
            }
            if let Some(work) = self.find() {
                return Some(work);
            }
            if is_done() {
                break;
            }
        }
        None
    }

    /// Sleeps until there is work, or until `is_done`. It is looking before and after.
    fn sleep(&self, is_done: &dyn Fn() -> bool, deadline: &Deadline) {
        self.pool.roster.lie_down(self.index);
        // What came before this thread lay down has called no one: it was looking.
        fence(SeqCst);
        if !self.pool.has_work() && !is_done() {
            self.parker().park(deadline);
        }
        self.pool.roster.get_up(self.index);
    }

    /// The newest of its own halves, the oldest of another's, or the oldest task: what
    /// has begun comes before what has not.
    fn find(&self) -> Option<Work> {
        if let Some(half) = self.halves.pop().or_else(|| self.steal()) {
            return Some(Work::Half(half));
        }
        self.pool.intake.take()
    }

    fn steal(&self) -> Option<Half> {
        let roster = &self.pool.roster;
        let opened = roster.opened();
        let others = (self.index + 1..opened).chain(0..self.index);
        let half = others
            .filter_map(|index| roster.place(index))
            .find_map(|place| until_done(|| place.halves.steal()))?;
        self.pool.stolen.fetch_add(1, Relaxed);
        Some(half)
    }

    fn run(&self, work: Work) {
        match work {
            Work::Task(job) => quietly(job),
            Work::Half(half) => half.run(&|index| self.wake(index)),
        }
    }

    /// Calls both functions, the second one in another thread if one comes by in time.
    pub(crate) fn join<A, B, RA, RB>(&self, a: A, b: B) -> (RA, RB)
    where
        A: FnOnce() -> RA,
        B: FnOnce() -> RB + Send,
        RB: Send,
    {
        let second = OnStack::new(b, Owner::Worker(self.index));
        // SAFETY: this function does not leave before the half is done or has been
        // popped from this thread's own deque, which no other thread pops from.
        #[expect(unsafe_code, reason = "the half is borrowed from this stack")]
        let half = unsafe { Half::of(&second) };
        let leaves_too_soon = Abort;
        self.halves.push(half);
        fence(SeqCst);
        self.pool.call_if_needed();
        let first = catch_unwind(AssertUnwindSafe(a));
        self.finish(&second);
        std::mem::forget(leaves_too_soon);
        match (first, second.into_outcome()) {
            (Ok(first), Outcome::NotCalled(b)) => (first, b()),
            (Ok(first), Outcome::Returned(second)) => (first, second),
            (Ok(_), Outcome::Panicked(panic)) => resume_unwind(panic),
            (Err(panic), second) => {
                quietly(|| drop(second));
                resume_unwind(panic)
            }
        }
    }

    /// Takes the half back, or waits until the thread that took it is done with it.
    #[inline]
    fn finish<F, R>(&self, half: &OnStack<F, R>)
    where
        F: FnOnce() -> R + Send,
        R: Send,
    {
        while !half.is_done() {
            match self.halves.pop() {
                Some(own) if own.is_of(half) => return,
                // That of a join further out: its own half has been run meanwhile.
                Some(other) => other.run(&|index| self.wake(index)),
                None => self.help_until(&|| half.is_done(), &Deadline::never()),
            }
        }
    }

    /// Whether it is one of that pool.
    #[inline]
    pub(crate) fn is_of(&self, pool: &Arc<Crew>) -> bool {
        Arc::ptr_eq(&self.pool, pool)
    }

    pub(crate) fn parker(&self) -> Arc<Parker> {
        let place = self.pool.roster.place(self.index);
        place.map_or_else(Parker::of_this_thread, |place| Arc::clone(&place.parker))
    }

    fn wake(&self, index: usize) {
        if let Some(place) = self.pool.roster.place(index) {
            place.parker.wake();
        }
    }
}

/// Ends the process rather than leave a frame to which another thread may refer. No
/// code of the user runs where this could happen.
struct Abort;

impl Drop for Abort {
    fn drop(&mut self) {
        std::process::abort();
    }
}
