//! The simple pool: a queue of permits.

use std::sync::Arc;
use std::{io, thread};

use thread_queues::Queue;

use crate::error::Error;

/// A queue of permits: with each, one thread may be started.
///
/// A thread takes no second task: it is started for one, and ends with it. What the
/// pool saves is that too many run at a time. A permit goes back by itself when its
/// task ends, also if the task panics.
///
/// ```
/// use thread_pool::PermitPool;
///
/// let pool = PermitPool::new(5)?;
/// for i in 0..100 {
///     pool.get().spawn(move || drop(i))?; // Waits while five tasks are running.
/// }
/// pool.join(); // Waits until all have ended.
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct PermitPool {
    /// The numbers of the permits that are free.
    free: Arc<Queue<usize>>,
    permits: usize,
}

/// The right to run one task; goes back when it is dropped.
#[derive(Debug)]
#[must_use = "a permit that is dropped goes back"]
pub struct Permit {
    number: usize,
    free: Arc<Queue<usize>>,
}

impl PermitPool {
    /// A pool of so many permits.
    ///
    /// # Errors
    /// [`Error::NoThreads`] if it is to have none.
    pub fn new(permits: usize) -> Result<Self, Error> {
        if permits == 0 {
            return Err(Error::NoThreads);
        }
        let free = Queue::new(0);
        // The queue is never shut down.
        let _ = (1..=permits).try_for_each(|number| free.put(number));
        Ok(Self { free: Arc::new(free), permits })
    }

    /// Waits for a permit, and takes it.
    pub fn get(&self) -> Permit {
        let Ok(number) = self.free.get() else { unreachable!("{OPEN}") };
        Permit { number, free: Arc::clone(&self.free) }
    }

    /// How many permits are free, or were a moment ago.
    #[must_use]
    pub fn free(&self) -> usize {
        self.free.len()
    }

    /// Waits until every permit has gone back, and with it every task has ended.
    pub fn join(&self) {
        let all: Vec<Permit> = (0..self.permits).map(|_| self.get()).collect();
        drop(all);
    }
}

const OPEN: &str = "the queue of permits is never shut down";

impl Permit {
    /// Starts a thread that runs the task and gives the permit back. It is called
    /// `thread-1` by the number of the permit.
    ///
    /// # Errors
    /// If the system cannot start a thread; the permit goes back.
    pub fn spawn(self, task: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let name = format!("thread-{}", self.number);
        thread::Builder::new().name(name).spawn(move || {
            let _until_the_end = self;
            task();
        })?;
        Ok(())
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        // Has always room.
        let _ = self.free.put(self.number);
    }
}
