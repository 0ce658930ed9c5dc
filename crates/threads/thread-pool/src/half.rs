//! The second half of a join: a function that stays on the stack of the thread that
//! joins, and that another thread may take from there and run.

use std::any::Any;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::sync::{Arc, PoisonError};
use std::{panic, thread};

use crate::sync::{AtomicBool, Mutex, Parker, lock};

/// A function, its result once it has been called, and who waits for it.
pub(crate) struct OnStack<F, R> {
    function: Mutex<Option<F>>,
    result: Mutex<Option<thread::Result<R>>>,
    is_done: AtomicBool,
    owner: Owner,
}

/// The thread that waits for a half.
#[derive(Clone)]
pub(crate) enum Owner {
    /// The worker at that place of the same pool.
    Worker(usize),
    /// A thread of no pool, or of another one.
    Outside(Arc<Parker>),
}

/// How a half ended.
pub(crate) enum Outcome<F, R> {
    NotCalled(F),
    Returned(R),
    Panicked(Box<dyn Any + Send>),
}

/// What a worker can do with a half, whatever it computes.
trait Run: Sync {
    fn run(&self, wake: &dyn Fn(usize));

    /// Ends it without a call.
    fn discard(&self);
}

impl<F: FnOnce() -> R + Send, R: Send> OnStack<F, R> {
    pub(crate) fn new(function: F, owner: Owner) -> Self {
        Self {
            function: Mutex::new(Some(function)),
            result: Mutex::new(None),
            is_done: AtomicBool::new(false),
            owner,
        }
    }

    #[inline]
    pub(crate) fn is_done(&self) -> bool {
        self.is_done.load(Acquire)
    }

    /// How it ended. No reference to it may be left.
    pub(crate) fn into_outcome(self) -> Outcome<F, R> {
        let function = self.function.into_inner();
        let result = self.result.into_inner();
        let result = result.unwrap_or_else(PoisonError::into_inner);
        match (function.unwrap_or_else(PoisonError::into_inner), result) {
            (Some(function), _) => Outcome::NotCalled(function),
            (None, Some(Ok(value))) => Outcome::Returned(value),
            (None, Some(Err(panic))) => Outcome::Panicked(panic),
            (None, None) => unreachable!("a half is done when it has a result"),
        }
    }

    /// Says that it is done, and wakes the owner. The owner may free all this at once,
    /// so nothing of it is touched after the store.
    fn finish(&self, wake: Option<&dyn Fn(usize)>) {
        let owner = self.owner.clone();
        self.is_done.store(true, Release);
        match (owner, wake) {
            (Owner::Worker(index), Some(wake)) => wake(index),
            (Owner::Worker(_), None) => unreachable!("it was taken from the queue"),
            (Owner::Outside(parker), _) => parker.wake(),
        }
    }
}

impl<F: FnOnce() -> R + Send, R: Send> Run for OnStack<F, R> {
    fn run(&self, wake: &dyn Fn(usize)) {
        let function = lock(&self.function).take();
        if let Some(function) = function {
            let result = panic::catch_unwind(panic::AssertUnwindSafe(function));
            *lock(&self.result) = Some(result);
        }
        self.finish(Some(wake));
    }

    fn discard(&self) {
        self.finish(None);
    }
}

/// A reference to a half that waits to be run, in a deque or in a task.
#[derive(Clone, Copy)]
pub(crate) struct Half(&'static dyn Run);

impl Half {
    /// Makes a reference that the deques of other threads can hold.
    ///
    /// # Safety
    /// `half` must stay where it is until it is done, or until this reference is known
    /// to be out of reach of other threads: taken back, or gone with its task.
    #[expect(unsafe_code, reason = "a half is borrowed from the stack of its owner")]
    pub(crate) unsafe fn of<F, R>(half: &OnStack<F, R>) -> Self
    where
        F: FnOnce() -> R + Send,
        R: Send,
    {
        let half: &dyn Run = half;
        // SAFETY: only the lifetime is changed, and the caller sees to it that the
        // reference is not used for longer than the half lives.
        Self(unsafe { std::mem::transmute::<&dyn Run, &'static dyn Run>(half) })
    }

    /// Calls it; `wake` wakes the worker at a place.
    pub(crate) fn run(self, wake: &dyn Fn(usize)) {
        self.0.run(wake);
    }

    pub(crate) fn discard(self) {
        self.0.discard();
    }

    /// Whether this is the reference to that half.
    #[inline]
    pub(crate) fn is_of<F, R>(self, half: &OnStack<F, R>) -> bool {
        std::ptr::addr_eq(self.0, half)
    }
}
