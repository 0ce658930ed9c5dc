//! N5.10: a task that waits for a task runs it itself, so a pool of one never hangs.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};

use shared::{Result, claim, pace, say};
use thread_pool::ThreadPool;

pub fn play() -> Result {
    let pool = Arc::new(ThreadPool::new(1)?);
    let task = {
        let pool = Arc::clone(&pool);
        pool.clone().spawn(move || outer(&pool))?
    };
    let ended = task.wait_timeout(pace::secs(20.0));
    say!("ThreadPool: {}", if ended { "the outer task has ended" } else { "hangs" });
    claim!(ended, "a task that waited for one in its own pool of one thread ended");

    let depth = {
        let pool = Arc::clone(&pool);
        pool.clone().spawn(move || chain(&pool, 100))?
    };
    let ended = depth.wait_timeout(pace::secs(20.0));
    let depth = if ended { depth.join()? } else { 0 };
    say!("ThreadPool: a chain of {depth} tasks");
    claim!(depth == 100, "a hundred tasks, each waiting for the next, ended");

    // In rayon and in Python's ThreadPoolExecutor the one thread is taken.
    let rayon = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    let waited = rayon.install(outer_in_rayon);
    say!("rayon: {waited:?}");
    claim!(
        waited == Err(RecvTimeoutError::Timeout),
        "rayon's task waited for one that rayon::spawn had queued until its deadline"
    );
    Ok(())
}

fn outer(pool: &ThreadPool) -> Result {
    say!("outer waits for inner");
    let inner = pool.spawn(|| say!("inner runs"))?;
    Ok(inner.join()?)
}

fn chain(pool: &Arc<ThreadPool>, length: usize) -> usize {
    if length == 0 {
        return 0;
    }
    let next = {
        let pool = Arc::clone(pool);
        pool.clone().spawn(move || chain(&pool, length - 1))
    };
    next.map_or(0, |next| 1 + next.join().unwrap_or(0))
}

fn outer_in_rayon() -> Result<(), RecvTimeoutError> {
    let (sender, inner) = channel();
    rayon::spawn(move || {
        let _ = sender.send(());
    });
    inner.recv_timeout(pace::secs(2.0))
}
