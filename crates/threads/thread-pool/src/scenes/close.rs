//! N5.10: a pool that is closed finishes what is queued, and then its threads end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use shared::{Result, claim, pace, say};
use thread_pool::{Error, ThreadPool};

pub fn play() -> Result {
    let pool = ThreadPool::new(2)?;
    let done = Arc::new(AtomicUsize::new(0));
    for i in 0..6 {
        let done = Arc::clone(&done);
        pool.run(
            move || action(i),
            move |_| {
                done.fetch_add(1, SeqCst);
            },
        )?;
    }
    pool.close();
    let (at_close, refused) = (done.load(SeqCst), pool.run(|| action(6), |_| ()));
    if let Err(error) = &refused {
        say!("7th task: {error}");
    }
    // The note's pool has no such wait; its threads end at some time.
    pool.wait();
    say!("{} done, {} threads left", done.load(SeqCst), pool.threads());
    claim!(
        matches!(refused, Err(Error::Closed)),
        "a task that came after the close was refused"
    );
    claim!(
        at_close < 6 && done.load(SeqCst) == 6,
        "the tasks that were queued when the pool was closed were run"
    );
    claim!(pool.threads() == 0, "the threads of the closed pool have ended");
    Ok(())
}

fn action(i: usize) {
    pace::sleep(1.0);
    say!("{i}");
}
