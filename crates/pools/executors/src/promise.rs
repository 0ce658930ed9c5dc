//! The state of one task: pending, running, done; and which of several threads may
//! change it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::PoisonError;
use std::time::Instant;

use interleavings::Deadline;
use interleavings::sync::{Arc, Condvar, Mutex, MutexGuard};

use crate::error::TaskError;

/// What a task has come to.
pub type Outcome<T> = Result<T, TaskError>;

pub(crate) type Callback<T> = Box<dyn FnOnce(&Outcome<T>) + Send>;

/// Tells a thread that waits for several tasks that one of them is done.
pub(crate) type Bell = std::sync::Arc<dyn Fn() + Send + Sync>;

/// What is promised to the holder of a [`Future`](crate::Future): an outcome, once.
pub(crate) struct Promise<T> {
    inner: Mutex<Inner<T>>,
    done: Condvar,
}

struct Inner<T> {
    state: State<T>,
    callbacks: Vec<Callback<T>>,
    bells: Vec<Bell>,
}

enum State<T> {
    Pending,
    Running,
    /// The outcome is known, and a thread calls the callbacks.
    Settling,
    Done(Outcome<T>),
}

impl<T> Promise<T> {
    pub(crate) fn new() -> Self {
        let inner =
            Inner { state: State::Pending, callbacks: Vec::new(), bells: Vec::new() };
        Self { inner: Mutex::new(inner), done: Condvar::new() }
    }

    /// From pending to running; false if the task has been cancelled. Together with
    /// [`cancel`](Self::cancel) it decides whether a task runs: one of the two comes
    /// first.
    pub(crate) fn start(&self) -> bool {
        let mut inner = self.lock();
        let is_pending = matches!(inner.state, State::Pending);
        if is_pending {
            inner.state = State::Running;
        }
        is_pending
    }

    /// From pending to done, without a result; false if the task has begun.
    pub(crate) fn cancel(&self) -> bool {
        let mut inner = self.lock();
        if !matches!(inner.state, State::Pending) {
            return matches!(inner.state, State::Done(Err(TaskError::Cancelled)));
        }
        inner.state = State::Settling;
        drop(inner);
        self.settle(Err(TaskError::Cancelled));
        true
    }

    /// To done. Calls the callbacks in this thread.
    pub(crate) fn finish(&self, outcome: Outcome<T>) {
        let mut inner = self.lock();
        if matches!(inner.state, State::Pending | State::Running) {
            inner.state = State::Settling;
            drop(inner);
            self.settle(outcome);
        }
    }

    /// Has `callback` called when the task is done, by the thread that does it; by this
    /// one if it is done.
    pub(crate) fn add_callback(&self, callback: Callback<T>) {
        let mut inner = self.lock();
        inner.callbacks.push(callback);
        match std::mem::replace(&mut inner.state, State::Settling) {
            State::Done(outcome) => {
                drop(inner);
                self.settle(outcome);
            }
            other => inner.state = other,
        }
    }

    /// Has `bell` called once the task is done; at once if it is.
    pub(crate) fn add_bell(&self, bell: Bell) {
        let mut inner = self.lock();
        if matches!(inner.state, State::Done(_)) {
            drop(inner);
            bell();
        } else {
            inner.bells.push(bell);
        }
    }

    pub(crate) fn is_running(&self) -> bool {
        matches!(self.lock().state, State::Running)
    }

    pub(crate) fn is_done(&self) -> bool {
        matches!(self.lock().state, State::Done(_))
    }

    /// Waits until the task is done, until the deadline at most; whether it is.
    pub(crate) fn wait(&self, deadline: Option<Instant>) -> bool {
        let deadline = deadline.map_or_else(Deadline::never, Deadline::at);
        let mut inner = self.lock();
        while !matches!(inner.state, State::Done(_)) {
            if deadline.has_passed() {
                return false;
            }
            inner = deadline.wait(&self.done, inner, &self.inner);
        }
        true
    }

    /// Takes the outcome out; `None` if the task is not done.
    pub(crate) fn take(&self) -> Option<Outcome<T>> {
        let mut inner = self.lock();
        match std::mem::replace(&mut inner.state, State::Settling) {
            State::Done(outcome) => Some(outcome),
            other => {
                inner.state = other;
                None
            }
        }
    }

    /// The error of a task that is done without a result.
    pub(crate) fn error(&self) -> Option<TaskError> {
        match &self.lock().state {
            State::Done(Err(error)) => Some(error.clone()),
            _ => None,
        }
    }

    /// Calls the callbacks, those too that come meanwhile, and then lets the outcome be
    /// taken. Only the thread that has set the state to settling calls it.
    fn settle(&self, outcome: Outcome<T>) {
        loop {
            let mut inner = self.lock();
            if inner.callbacks.is_empty() {
                inner.state = State::Done(outcome);
                let bells = std::mem::take(&mut inner.bells);
                drop(inner);
                self.done.notify_all();
                return bells.iter().for_each(|bell| bell());
            }
            let callbacks = std::mem::take(&mut inner.callbacks);
            drop(inner);
            for callback in callbacks {
                // The panic hook has reported a panic; the next callback is not to
                // suffer for it.
                if let Err(panic) =
                    catch_unwind(AssertUnwindSafe(|| callback(&outcome)))
                {
                    forget(panic);
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        // No code of a user runs under the lock, so nothing panics there.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A task to be run once, by any thread, whose [`Future`](crate::Future) has another
/// owner; made by [`package`](crate::package).
///
/// If it is dropped instead, its future is cancelled.
#[must_use = "a task that is dropped is cancelled"]
pub struct Job(Option<Box<dyn FnOnce(Fate) + Send>>);

/// What becomes of a job.
enum Fate {
    Runs,
    IsCancelled,
    Fails(TaskError),
}

impl Job {
    pub(crate) fn new<T: Send + 'static>(
        promise: Arc<Promise<T>>,
        task: impl FnOnce() -> T + Send + 'static,
    ) -> Self {
        Self(Some(Box::new(move |fate| match fate {
            Fate::Runs if promise.start() => promise.finish(outcome_of(task)),
            Fate::Runs => {}
            Fate::IsCancelled => drop(promise.cancel()),
            Fate::Fails(error) => promise.finish(Err(error)),
        })))
    }

    /// Runs the task, unless it has been cancelled, and then the callbacks of its
    /// future.
    ///
    /// A panic of the task becomes [`TaskError::Panicked`].
    pub fn run(self) {
        self.meet(Fate::Runs);
    }

    /// Does not run the task: its future has this error.
    pub(crate) fn fail(self, error: TaskError) {
        self.meet(Fate::Fails(error));
    }

    fn meet(mut self, fate: Fate) {
        if let Some(end) = self.0.take() {
            end(fate);
        }
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        if let Some(end) = self.0.take() {
            end(Fate::IsCancelled);
        }
    }
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Job").finish_non_exhaustive()
    }
}

/// Calls a task, and catches its panic.
pub(crate) fn outcome_of<T>(task: impl FnOnce() -> T) -> Outcome<T> {
    catch_unwind(AssertUnwindSafe(task)).map_err(|panic| {
        let text = panic.downcast_ref::<&str>().copied();
        let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        let message = text.unwrap_or("a value that is no text").to_owned();
        forget(panic);
        TaskError::Panicked(message)
    })
}

/// Drops what a panic carries; if that panics as well, it is left where it is.
fn forget(panic: Box<dyn Any + Send>) {
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
        std::mem::forget(second);
    }
}

#[cfg(all(test, loom))]
mod loom_models;
