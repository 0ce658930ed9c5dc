//! A latch: closed until it is opened, once and for all.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use crate::sync::{AtomicBool, Deadline, Mutex, Parker, lock};
use crate::worker::{self, Worker};

/// Something that happens once, and that any number of threads may wait for.
///
/// A task of a [`ThreadPool`](crate::ThreadPool) that waits for it runs other tasks of
/// its pool meanwhile. So the thread that is to open the latch may be the one that
/// waits. The task must not hold a lock while it waits: a task that it runs meanwhile
/// may need the same lock.
///
/// ```
/// use std::sync::Arc;
/// use thread_pool::{Latch, ThreadPool};
///
/// // One thread, and yet the second task is run while the first one waits for it.
/// let pool = Arc::new(ThreadPool::new(1)?);
/// let done = Arc::new(Latch::new());
/// let (pool_2, done_2) = (Arc::clone(&pool), Arc::clone(&done));
/// pool.run(
///     move || {
///         let second = Arc::new(Latch::new());
///         let opener = Arc::clone(&second);
///         pool_2.run(move || opener.open(), |_| ()).unwrap();
///         second.wait();
///     },
///     move |_| done_2.open(),
/// )?;
/// done.wait();
/// # Ok::<(), thread_pool::Error>(())
/// ```
pub struct Latch {
    is_open: AtomicBool,
    waiting: Mutex<Vec<Arc<Parker>>>,
}

impl Latch {
    /// A closed latch.
    #[must_use]
    pub fn new() -> Self {
        Self { is_open: AtomicBool::new(false), waiting: Mutex::new(Vec::new()) }
    }

    /// Opens the latch, and wakes all threads that wait for it. What was done before
    /// is seen by them.
    pub fn open(&self) {
        self.is_open.store(true, SeqCst);
        let waiting = std::mem::take(&mut *lock(&self.waiting));
        for parker in waiting {
            parker.wake();
        }
    }

    /// Whether it has been opened.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.is_open.load(SeqCst)
    }

    /// Waits until it is opened. A task helps its pool meanwhile.
    pub fn wait(&self) {
        self.wait_until(&Deadline::never());
    }

    /// Waits until it is opened, for `timeout` at most, and returns whether it is. A
    /// task that helps its pool when the time is up finishes the task at hand first.
    #[must_use]
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        self.wait_until(&Deadline::after(timeout))
    }

    fn wait_until(&self, deadline: &Deadline) -> bool {
        if self.is_open() {
            return true;
        }
        worker::current(|worker| {
            let parker = worker.map_or_else(Parker::of_this_thread, Worker::parker);
            // Before the next look at the latch: it is open then, or open() wakes this
            // thread.
            lock(&self.waiting).push(Arc::clone(&parker));
            if let Some(worker) = worker {
                worker.help_until(&|| self.is_open(), deadline);
            } else {
                while !self.is_open() && !deadline.has_passed() {
                    parker.park(deadline);
                }
            }
            let is_open = self.is_open();
            if !is_open {
                let mut waiting = lock(&self.waiting);
                if let Some(place) =
                    waiting.iter().position(|other| Arc::ptr_eq(other, &parker))
                {
                    waiting.swap_remove(place);
                }
            }
            is_open
        })
    }
}

impl Default for Latch {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Latch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Latch").finish_non_exhaustive()
    }
}
