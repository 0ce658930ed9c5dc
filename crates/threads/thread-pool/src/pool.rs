//! The pool: what its users call.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use interleavings::thread;
use thread_queues::{PutError, Queue};

use crate::crew::Crew;
use crate::error::{Error, Panic, quietly};
use crate::half::{Half, OnStack, Outcome, Owner};
use crate::intake::{Job, Work};
use crate::sync::{Deadline, Parker, lock};
use crate::task::Task;
use crate::worker::{self, Worker};

/// How a pool is to be made.
///
/// ```
/// use thread_pool::Builder;
///
/// // At most four threads called cook-1 to cook-4, and ten tasks that wait for them.
/// let pool = Builder::new(4).name("cook").queue(10).build()?;
/// # Ok::<(), thread_pool::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Builder {
    threads: usize,
    name: String,
    queue: Option<usize>,
}

impl Builder {
    /// A pool of at most so many threads.
    #[must_use]
    pub fn new(threads: usize) -> Self {
        Self { threads, name: "worker".to_owned(), queue: None }
    }

    /// What the threads are called: `worker`, unless it is said here, and a number.
    #[must_use]
    pub fn name(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// Bounds the queue: at most so many tasks wait for a thread. Without it any number
    /// does.
    #[must_use]
    pub fn queue(self, tasks: usize) -> Self {
        Self { queue: Some(tasks), ..self }
    }

    /// Makes the pool. It starts no thread before there is a task.
    ///
    /// # Errors
    /// [`Error::NoThreads`] or [`Error::NoRoom`] if a number is 0, and
    /// [`Error::Name`] if the name holds a zero byte.
    pub fn build(self) -> Result<ThreadPool, Error> {
        if self.threads == 0 {
            return Err(Error::NoThreads);
        }
        if self.name.contains('\0') {
            return Err(Error::Name(self.name));
        }
        let room = match self.queue {
            Some(0) => return Err(Error::NoRoom),
            Some(tasks) => Some(Arc::new(Queue::new(tasks))),
            None => None,
        };
        Ok(ThreadPool {
            crew: Arc::new(Crew::new(self.name, self.threads, worker::main)),
            room,
        })
    }
}

/// Threads that run tasks.
///
/// A thread is started when a task comes, no thread is idle, and there are fewer than
/// the most. Tasks begin in the order in which they came. See the [crate](crate).
///
/// When the pool is dropped it is closed, and its threads are waited for; a task that
/// drops its own pool does not wait.
pub struct ThreadPool {
    crew: Arc<Crew>,
    /// Holds a token for each task in a queue that is bounded.
    room: Option<Arc<Queue<()>>>,
}

impl ThreadPool {
    /// A pool of at most so many threads, whose queue has no bound.
    ///
    /// # Errors
    /// [`Error::NoThreads`] if it is to have none.
    pub fn new(threads: usize) -> Result<Self, Error> {
        Builder::new(threads).build()
    }

    /// Runs a task in a thread of the pool, and then, in the same thread, the callback
    /// with the value of the task, or with its panic.
    ///
    /// If the queue is bounded and full, it waits for room; a task of this pool runs
    /// other tasks meanwhile. A panic of the callback is dropped. If the task is
    /// discarded by [`terminate`](Self::terminate), both closures are dropped and
    /// neither is called.
    ///
    /// ```
    /// use std::sync::mpsc;
    ///
    /// let pool = thread_pool::ThreadPool::new(2)?;
    /// let (sender, results) = mpsc::channel();
    /// pool.run(|| 6 * 7, move |result| sender.send(result.unwrap()).unwrap())?;
    /// assert_eq!(results.recv(), Ok(42));
    /// # Ok::<(), thread_pool::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Closed`] if the pool is closed, and [`Error::Start`] if it has no
    /// thread yet and the system has no room for one.
    pub fn run<T>(
        &self,
        task: impl FnOnce() -> T + Send + 'static,
        callback: impl FnOnce(Result<T, Panic>) + Send + 'static,
    ) -> Result<(), Error> {
        self.submit(Box::new(move || {
            callback(catch_unwind(AssertUnwindSafe(task)).map_err(Panic::new));
        }))
    }

    /// Runs a task in a thread of the pool; its value is what joining it returns.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn spawn<T: Send + 'static>(
        &self,
        task: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Task<T>, Error> {
        let (task, job) = Task::new(&self.crew, task);
        self.submit(job).map(|()| task)
    }

    /// Calls both functions, at the same time if a thread is idle, and returns both
    /// values. They may borrow from the caller.
    ///
    /// A task of the pool calls the first function itself, and the second one as well,
    /// unless another thread has stolen it meanwhile; then it helps until that one is
    /// done. A thread that is not of the pool waits until a thread of the pool has done
    /// so. If the pool is closed, or cannot start a thread, the caller calls both.
    ///
    /// ```
    /// use thread_pool::ThreadPool;
    ///
    /// fn sum(pool: &ThreadPool, numbers: &[u64]) -> u64 {
    ///     if numbers.len() < 100 {
    ///         return numbers.iter().sum();
    ///     }
    ///     let (left, right) = numbers.split_at(numbers.len() / 2);
    ///     let (left, right) = pool.join(|| sum(pool, left), || sum(pool, right));
    ///     left + right
    /// }
    ///
    /// let numbers: Vec<u64> = (1..=10_000).collect();
    /// assert_eq!(sum(&ThreadPool::new(2)?, &numbers), 50_005_000);
    /// # Ok::<(), thread_pool::Error>(())
    /// ```
    ///
    /// # Panics
    /// If one of the functions panics, with the panic of the first one if both do. The
    /// other function has ended then, or is not called at all.
    pub fn join<A, B, RA, RB>(&self, a: A, b: B) -> (RA, RB)
    where
        A: FnOnce() -> RA + Send,
        B: FnOnce() -> RB + Send,
        RA: Send,
        RB: Send,
    {
        worker::current(|worker| match worker {
            Some(worker) if worker.is_of(&self.crew) => worker.join(a, b),
            worker => self.join_from_outside(worker, a, b),
        })
    }

    #[cold]
    fn join_from_outside<A, B, RA, RB>(
        &self,
        waits: Option<&Worker>,
        a: A,
        b: B,
    ) -> (RA, RB)
    where
        A: FnOnce() -> RA + Send,
        B: FnOnce() -> RB + Send,
        RA: Send,
        RB: Send,
    {
        let parker = waits.map_or_else(Parker::of_this_thread, Worker::parker);
        let both = || {
            worker::current(|worker| match worker {
                Some(worker) if worker.is_of(&self.crew) => worker.join(a, b),
                _ => (a(), b()),
            })
        };
        let both = OnStack::new(both, Owner::Outside(Arc::clone(&parker)));
        // SAFETY: this function does not leave before it is done, or was not accepted.
        #[expect(unsafe_code, reason = "the functions are borrowed from this stack")]
        let half = unsafe { Half::of(&both) };
        if self.crew.accept(Work::Half(half)).is_ok() {
            let is_done = || both.is_done();
            match waits {
                Some(worker) => worker.help_until(&is_done, &Deadline::never()),
                None => {
                    while !is_done() {
                        parker.park(&Deadline::never());
                    }
                }
            }
        }
        match both.into_outcome() {
            Outcome::Returned(values) => values,
            Outcome::Panicked(panic) => resume_unwind(panic),
            Outcome::NotCalled(both) => both(),
        }
    }

    /// Accepts no more tasks. Those in the queue are run; then the threads end. A task
    /// or a thread that waits for room in the queue gets [`Error::Closed`].
    pub fn close(&self) {
        if let Some(room) = &self.room {
            room.shutdown(false);
        }
        self.crew.close();
    }

    /// Accepts no more tasks, and discards those in the queue; returns how many they
    /// were. The tasks that have begun go on, and no other begins any more.
    ///
    /// ```
    /// use std::sync::{Arc, Barrier};
    ///
    /// let pool = thread_pool::ThreadPool::new(1)?;
    /// let both = Arc::new(Barrier::new(2));
    /// let met = Arc::clone(&both);
    /// // The only thread waits at the barrier, so the second task does not begin.
    /// pool.run(move || (met.wait(), met.wait()), |_| ())?;
    /// both.wait();
    /// pool.run(|| (), |_| ())?;
    /// assert_eq!(pool.terminate(), 1);
    /// both.wait();
    /// # Ok::<(), thread_pool::Error>(())
    /// ```
    #[expect(
        clippy::must_use_candidate,
        reason = "how many they were is news, and not the purpose"
    )]
    pub fn terminate(&self) -> usize {
        self.close();
        let mut discarded = 0;
        while let Some(work) = self.crew.intake.take() {
            match work {
                Work::Task(job) => {
                    quietly(|| drop(job));
                    discarded += 1;
                }
                // The caller of the join calls both functions itself.
                Work::Half(half) => half.discard(),
            }
        }
        self.crew.roster.wake_all();
        discarded
    }

    /// Waits until the pool is closed, all its tasks have ended, and its threads have.
    /// In a task of the pool, which would wait for itself, it returns at once.
    pub fn wait(&self) {
        let is_ours = |worker: Option<&Worker>| {
            worker.is_some_and(|worker| worker.is_of(&self.crew))
        };
        if worker::current(is_ours) {
            return;
        }
        loop {
            let handles = std::mem::take(&mut *lock(&self.crew.handles));
            if handles.is_empty() {
                return;
            }
            for handle in handles {
                // A worker does not panic: its tasks' panics are caught.
                drop(handle.join());
            }
        }
    }

    /// How many threads the pool may have.
    #[must_use]
    pub fn max_threads(&self) -> usize {
        self.crew.roster.most()
    }

    /// How many threads it has at the moment.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.crew.roster.threads()
    }

    /// How many threads are running a task, or were a moment ago.
    #[must_use]
    pub fn busy(&self) -> usize {
        self.crew.roster.busy()
    }

    /// How many threads have no task, or had none a moment ago.
    #[must_use]
    pub fn idle(&self) -> usize {
        self.threads().saturating_sub(self.busy())
    }

    /// How many tasks wait for a thread, or did a moment ago.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.crew.intake.len()
    }

    /// How many second halves of joins were taken by another thread than their own.
    #[must_use]
    pub fn stolen(&self) -> usize {
        self.crew.stolen.load(Relaxed)
    }

    /// Whether it has been closed or terminated.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.crew.intake.is_closed()
    }

    fn submit(&self, job: Job) -> Result<(), Error> {
        let job: Job = match &self.room {
            None => job,
            Some(room) => {
                wait_for_room(room, &self.crew)?;
                let token = Token(Arc::clone(room));
                Box::new(move || {
                    drop(token);
                    job();
                })
            }
        };
        // A task that is refused is dropped; its destructor is the caller's.
        self.crew.accept(Work::Task(job))
    }
}

/// Puts a token into the queue of those that have room. A task of the pool makes room
/// by running another one: the threads of the pool may all be waiting here.
fn wait_for_room(room: &Queue<()>, crew: &Arc<Crew>) -> Result<(), Error> {
    worker::current(|worker| match worker {
        Some(worker) if worker.is_of(crew) => loop {
            match room.try_put(()) {
                Ok(()) => return Ok(()),
                Err(PutError::ShutDown(())) => return Err(Error::Closed),
                Err(PutError::Full(())) if worker.help_once() => {}
                Err(PutError::Full(())) => thread::yield_now(),
            }
        },
        _ => room.put(()).map_err(|_| Error::Closed),
    })
}

/// Frees a place in the queue when the task begins, or is discarded.
struct Token(Arc<Queue<()>>);

impl Drop for Token {
    fn drop(&mut self) {
        // It has put one itself.
        let _ = self.0.try_get();
    }
}

impl Drop for ThreadPool {
    fn drop(&mut self) {
        self.close();
        self.wait();
    }
}

impl fmt::Debug for ThreadPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadPool")
            .field("threads", &self.threads())
            .field("busy", &self.busy())
            .field("queued", &self.queued())
            .field("is_closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
