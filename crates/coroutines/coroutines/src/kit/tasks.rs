//! Counts of tasks: how many are alive, and how many were cancelled.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;

use super::one_thread;

/// Counts tasks, by what each says of itself.
///
/// ```
/// let tasks = coroutines::kit::tasks::Tasks::default();
/// let (one, other) = (tasks.begin(), tasks.begin());
/// one.finish();
/// assert_eq!((tasks.alive(), tasks.cancelled()), (1, 0));
/// drop(other);
/// assert_eq!((tasks.alive(), tasks.cancelled()), (0, 1));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Tasks(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    alive: AtomicUsize,
    cancelled: AtomicUsize,
}

/// A task that is alive. It was cancelled if this is dropped before it has finished.
#[derive(Debug)]
pub struct Alive {
    tasks: Tasks,
    has_finished: bool,
}

impl Tasks {
    /// A task begins.
    #[must_use = "the task is alive until this is dropped"]
    pub fn begin(&self) -> Alive {
        self.0.alive.fetch_add(1, SeqCst);
        Alive { tasks: self.clone(), has_finished: false }
    }

    /// How many tasks are alive.
    #[must_use]
    pub fn alive(&self) -> usize {
        self.0.alive.load(SeqCst)
    }

    /// How many tasks have ended before they had finished.
    #[must_use]
    pub fn cancelled(&self) -> usize {
        self.0.cancelled.load(SeqCst)
    }
}

impl Tasks {
    /// A task of may that lets others run so many times.
    ///
    /// # Errors
    /// None; a nursery asks for one.
    pub fn take_turns_on_may(&self, turns: usize) -> Result<(), &'static str> {
        let task = self.begin();
        (0..turns).for_each(|_| one_thread::let_others_begin());
        task.finish();
        Ok(())
    }

    /// A task of tokio that lets others run so many times.
    ///
    /// # Errors
    /// None; a nursery asks for one.
    pub async fn take_turns_on_tokio(self, turns: usize) -> Result<(), &'static str> {
        let task = self.begin();
        for _ in 0..turns {
            tokio::task::yield_now().await;
        }
        task.finish();
        Ok(())
    }
}

impl Alive {
    /// The task has come to its end.
    pub fn finish(mut self) {
        self.has_finished = true;
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        let Tasks(counts) = &self.tasks;
        if !self.has_finished {
            counts.cancelled.fetch_add(1, SeqCst);
        }
        counts.alive.fetch_sub(1, SeqCst);
    }
}
