//! Threads that work at the same time.

use std::io;
use std::panic::resume_unwind;
use std::sync::{Barrier, mpsc};
use std::thread::{self, Builder, ScopedJoinHandle};

/// Runs `work` in so many threads at once, named `thread-0` and so on, and returns what
/// each has returned. `work` gets the number of its thread and a barrier for all of
/// them: behind it each has done what is before it.
///
/// # Errors
/// If the system cannot start all the threads; then none has begun to work.
///
/// # Panics
/// With the payload of a thread that has panicked.
///
/// ```
/// let numbers = thread_local::kit::threads(3, |number, all| {
///     all.wait();
///     number
/// })?;
/// assert_eq!(numbers, [0, 1, 2]);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn threads<T: Send>(
    count: usize,
    work: impl Fn(usize, &Barrier) -> T + Sync,
) -> io::Result<Vec<T>> {
    let (all, work) = (&Barrier::new(count), &work);
    thread::scope(|scope| {
        let start = |number| {
            // If a later thread cannot be started, the ends of these channels are
            // dropped: a thread that worked would wait for it at the barrier.
            let (go, wait) = mpsc::channel();
            let work = move || wait.recv().ok().map(|()| work(number, all));
            let named = Builder::new().name(format!("thread-{number}"));
            Ok((go, named.spawn_scoped(scope, work)?))
        };
        let started = (0..count).map(start).collect::<io::Result<Vec<_>>>()?;
        for (go, _) in &started {
            // Each waits for it, so it arrives.
            let _ = go.send(());
        }
        // Joined one by one: the scope alone does not wait until a thread has dropped
        // its values.
        Ok(started.into_iter().filter_map(|(_, thread)| join(thread)).collect())
    })
}

fn join<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|payload| resume_unwind(payload))
}
