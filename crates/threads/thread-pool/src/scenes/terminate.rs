//! N5.10: a pool that is terminated discards what is queued, and says how many.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier};

use shared::{Result, claim, say};
use thread_pool::{Latch, TaskError, ThreadPool};

pub fn play() -> Result {
    let pool = ThreadPool::new(2)?;
    let (two_begun, go_on) = (Arc::new(Barrier::new(3)), Arc::new(Latch::new()));
    let ended = Arc::new(AtomicUsize::new(0));
    let begin = || {
        let (two_begun, go_on) = (Arc::clone(&two_begun), Arc::clone(&go_on));
        let ended = Arc::clone(&ended);
        pool.run(
            move || action(&two_begun, &go_on),
            move |_| {
                ended.fetch_add(1, SeqCst);
            },
        )
    };
    begin()?;
    begin()?;
    two_begun.wait();
    let tasks: Vec<_> =
        (2..10).map(|i| pool.spawn(move || say!("{i}"))).collect::<Result<_, _>>()?;

    let discarded = pool.terminate();
    say!("{discarded} tasks discarded");
    let is_discarded = |error: &_| matches!(error, TaskError::Discarded);
    let errors: Vec<_> = tasks.into_iter().filter_map(|it| it.join().err()).collect();
    // The two that have begun are not to be stopped: a thread cannot be.
    let running = pool.busy();
    go_on.open();
    pool.wait();
    say!("{} tasks ended", ended.load(SeqCst));
    claim!(discarded == 8, "terminate said that it had discarded eight tasks");
    claim!(
        errors.len() == 8 && errors.iter().all(is_discarded),
        "each thread that joined one of the eight was told that it was discarded"
    );
    claim!(
        (running, ended.load(SeqCst)) == (2, 2),
        "the two tasks that had begun ran on, and ended"
    );
    Ok(())
}

fn action(two_begun: &Barrier, go_on: &Latch) {
    two_begun.wait();
    // A task that waits at a latch runs others meanwhile; this one is to hold its
    // thread.
    while !go_on.is_open() {
        std::thread::yield_now();
    }
}
