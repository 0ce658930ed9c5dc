//! The tasks of one nursery: which are alive, which of them failed, and the end of all.
//!
//! This knows no runtime. A runtime says how a task is cancelled, and how the nursery
//! is woken.

use std::any::Any;
use std::collections::BTreeMap;
use std::mem;
use std::sync::{Arc, PoisonError};

#[cfg(loom)]
use loom::sync::{Mutex, MutexGuard};
#[cfg(not(loom))]
use std::sync::{Mutex, MutexGuard};

/// A runtime, as far as the bookkeeping of a nursery needs it.
pub(crate) trait Runtime {
    /// What cancels a task.
    type Handle;
    /// What wakes the nursery.
    type Waker;

    /// Cancels a task. It ends soon, or has ended already.
    fn cancel(handle: &Self::Handle);

    /// Has the nursery look whether it was cancelled, and whether all tasks have ended.
    fn wake(waker: &Self::Waker);
}

/// The tasks of one nursery.
pub(crate) struct Siblings<R: Runtime> {
    state: Mutex<State<R>>,
    waker: R::Waker,
}

struct State<R: Runtime> {
    /// Each task that is alive, and what cancels it, once that is known.
    alive: BTreeMap<u64, Option<R::Handle>>,
    next: u64,
    stage: Stage,
    panic: Option<Box<dyn Any + Send>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Open,
    /// All tasks have been cancelled, and no other begins.
    Cancelled,
    /// All tasks have ended, and no other begins.
    Closed,
}

/// A task that is alive. Dropping it says that the task has ended.
pub(crate) struct Ticket<R: Runtime> {
    siblings: Arc<Siblings<R>>,
    id: u64,
}

impl<R: Runtime> Siblings<R> {
    pub(crate) fn new(waker: R::Waker) -> Arc<Self> {
        let state =
            State { alive: BTreeMap::new(), next: 0, stage: Stage::Open, panic: None };
        Arc::new(Self { state: Mutex::new(state), waker })
    }

    /// A task is about to begin; none does in a nursery that is no longer open.
    pub(crate) fn enter(self: &Arc<Self>) -> Option<Ticket<R>> {
        let mut state = self.lock();
        if state.stage != Stage::Open {
            return None;
        }
        let id = state.next;
        state.next += 1;
        state.alive.insert(id, None);
        Some(Ticket { siblings: Arc::clone(self), id })
    }

    /// Tells what cancels a task. If the nursery was cancelled meanwhile, it is used at
    /// once.
    pub(crate) fn started(&self, id: u64, handle: R::Handle) {
        let mut state = self.lock();
        if state.stage == Stage::Cancelled {
            drop(state);
            R::cancel(&handle);
        } else if let Some(task) = state.alive.get_mut(&id) {
            *task = Some(handle);
        }
    }

    /// Cancels all tasks. No other begins.
    pub(crate) fn cancel(&self) {
        self.cancel_for(|_| ());
    }

    /// The block itself, or a task, panicked. The first panic is kept.
    pub(crate) fn panicked(&self, payload: Box<dyn Any + Send>) {
        let mut late = None;
        self.cancel_for(|state| match state.panic {
            None => state.panic = Some(payload),
            Some(_) => late = Some(payload),
        });
        // Its destructor could panic in turn.
        mem::forget(late);
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.lock().stage == Stage::Cancelled
    }

    /// Closes the nursery if all its tasks have ended.
    pub(crate) fn try_close(&self) -> bool {
        let mut state = self.lock();
        let have_ended = state.alive.is_empty();
        if have_ended {
            state.stage = Stage::Closed;
        }
        have_ended
    }

    pub(crate) fn waker(&self) -> &R::Waker {
        &self.waker
    }

    /// Goes on with the first panic, if there was one.
    ///
    /// # Panics
    /// If the block or a task did, with the same payload.
    pub(crate) fn go_on_with_panic(&self) {
        let panic = self.lock().panic.take();
        if let Some(payload) = panic {
            std::panic::resume_unwind(payload);
        }
    }

    /// Changes the state and cancels all tasks, outside the lock: a runtime may
    /// run destructors of the task at once.
    fn cancel_for(&self, change: impl FnOnce(&mut State<R>)) {
        let mut state = self.lock();
        change(&mut state);
        if state.stage == Stage::Open {
            state.stage = Stage::Cancelled;
        }
        let handles: Vec<_> =
            state.alive.values_mut().filter_map(Option::take).collect();
        drop(state);
        handles.iter().for_each(R::cancel);
        R::wake(&self.waker);
    }

    fn leave(&self, id: u64) {
        let mut state = self.lock();
        let handle = state.alive.remove(&id);
        let was_last = state.alive.is_empty();
        drop(state);
        drop(handle);
        if was_last {
            R::wake(&self.waker);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<R>> {
        // No code of a task runs under the lock, so that it is never poisoned.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<R: Runtime> Ticket<R> {
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    pub(crate) fn siblings(&self) -> &Siblings<R> {
        &self.siblings
    }
}

impl<R: Runtime> Drop for Ticket<R> {
    fn drop(&mut self) {
        self.siblings.leave(self.id);
    }
}

#[cfg(test)]
mod models;
