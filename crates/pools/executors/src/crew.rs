//! The threads of a pool, and the queue from which they take their work.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::{fmt, io};

use thread_queues::Queue;

/// What a thread is to do; it does not panic.
type Work = Box<dyn FnOnce() + Send>;

pub(crate) struct Crew {
    work: Arc<Queue<Work>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Crew {
    /// So many threads, called worker-1, worker-2, …, that wait for work.
    pub(crate) fn new(threads: usize) -> io::Result<Self> {
        let crew = Self { work: Arc::new(Queue::new(0)), threads: Mutex::default() };
        for number in 1..=threads {
            let work = Arc::clone(&crew.work);
            let works = move || work.iter().for_each(|work| work());
            let started = Builder::new().name(format!("worker-{number}")).spawn(works);
            // Those that have been started are not to wait for ever.
            let thread = started.inspect_err(|_| crew.close())?;
            crew.lock().push(thread);
        }
        Ok(crew)
    }

    /// Has a thread do some work; false if the crew is closed.
    pub(crate) fn run(&self, work: impl FnOnce() + Send + 'static) -> bool {
        self.work.put(Box::new(work)).is_ok()
    }

    /// Takes no more work. What is in the queue is done, and then the threads end.
    pub(crate) fn close(&self) {
        self.work.shutdown(false);
    }

    /// Waits for the end of the threads.
    pub(crate) fn wait(&self) {
        // Under the lock, so that a second caller waits as well.
        for thread in self.lock().drain(..) {
            // Work does not panic.
            let _ = thread.join();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<JoinHandle<()>>> {
        // Nothing panics under the lock.
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Crew {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Crew").field("work", &self.work.len()).finish_non_exhaustive()
    }
}
