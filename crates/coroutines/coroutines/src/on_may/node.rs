//! A task of a nursery on may, and how it is cancelled.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use may::coroutine::{self, Coroutine};
use may::coroutine_local;
use may::sync::Blocker;

use crate::siblings::{Runtime, Siblings};

/// The runtime, as the bookkeeping sees it.
pub(crate) struct May;

impl Runtime for May {
    type Handle = Arc<Node>;
    type Waker = Blocker;

    fn cancel(node: &Arc<Node>) {
        node.cancel();
    }

    fn wake(blocker: &Blocker) {
        blocker.unpark();
    }
}

/// A task. It is cancelled by may, unless it waits in a nursery of its own: then the
/// tasks of that nursery are cancelled, and the task goes on when they have ended.
pub(crate) struct Node(Mutex<State>);

#[derive(Default)]
struct State {
    is_cancelled: bool,
    /// Known once the task has begun.
    coroutine: Option<Coroutine>,
    nested: Option<Arc<Siblings<May>>>,
}

coroutine_local!(static CURRENT: RefCell<Option<Arc<Node>>> = RefCell::new(None));

/// The task of a nursery that runs here, if one does.
pub(crate) fn current() -> Option<Arc<Node>> {
    coroutine::is_coroutine().then(|| CURRENT.with(|node| node.borrow().clone()))?
}

impl Node {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::default()))
    }

    /// The task begins in the current coroutine, unless it has been cancelled already.
    pub(crate) fn begin(self: &Arc<Self>) -> bool {
        let mut state = self.lock();
        if state.is_cancelled {
            return false;
        }
        state.coroutine = Some(coroutine::current());
        CURRENT.with(|node| node.replace(Some(Arc::clone(self))));
        true
    }

    pub(crate) fn cancel(&self) {
        let mut state = self.lock();
        if state.is_cancelled {
            return;
        }
        state.is_cancelled = true;
        if let Some(nested) = state.nested.clone() {
            drop(state);
            nested.cancel();
        } else {
            state.cancel_coroutine();
        }
    }

    /// The task waits in a nursery from now on, unless it has been cancelled already.
    pub(crate) fn open(&self, nested: &Arc<Siblings<May>>) -> bool {
        let mut state = self.lock();
        if !state.is_cancelled {
            state.nested = Some(Arc::clone(nested));
        }
        !state.is_cancelled
    }

    /// The task waits in its nursery no longer. Tells whether it was cancelled.
    pub(crate) fn close(&self) -> bool {
        let mut state = self.lock();
        let nested = state.nested.take();
        if state.is_cancelled {
            state.cancel_coroutine();
        }
        let is_cancelled = state.is_cancelled;
        drop(state);
        drop(nested);
        is_cancelled
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing waits under this lock, so it may be one of std.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn cancel_coroutine(&self) {
        if let Some(coroutine) = &self.coroutine {
            // SAFETY: may unwinds the coroutine from its next wait. The destructors of
            // what lies on its stack run, and nothing is freed under a reference: the
            // tasks that borrow from this stack have ended, because the coroutine does
            // not wait in a nursery now.
            unsafe { coroutine.cancel() };
        }
    }
}
