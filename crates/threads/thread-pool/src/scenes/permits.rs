//! N5.9: a queue of five permits keeps a hundred tasks to five threads at a time.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use shared::{Result, claim, pace, say};
use thread_pool::PermitPool;

#[derive(Default)]
struct Tasks {
    alive: AtomicUsize,
    most_alive: AtomicUsize,
    ended: AtomicUsize,
}

pub fn play() -> Result {
    let pool = PermitPool::new(5)?;
    let tasks = Arc::new(Tasks::default());
    for arg in 0..100 {
        let tasks = Arc::clone(&tasks);
        // Waits while five permits are out. The task need not give its permit back, as
        // the note's has to: it would be lost if the task failed before that.
        pool.get().spawn(move || task(arg, &tasks))?;
    }
    pool.join();
    let free = pool.free();
    say!("{free} of 5 permits are free");
    claim!(
        tasks.most_alive.load(SeqCst) <= 5,
        "never more than five tasks were alive at a time"
    );
    claim!(
        tasks.ended.load(SeqCst) == 100,
        "all hundred tasks had ended when join returned"
    );
    claim!(free == 5, "all permits came back, although every tenth task failed");
    Ok(())
}

fn task(arg: usize, tasks: &Tasks) {
    let alive = tasks.alive.fetch_add(1, SeqCst) + 1;
    tasks.most_alive.fetch_max(alive, SeqCst);
    pace::sleep(0.2);
    tasks.alive.fetch_sub(1, SeqCst);
    tasks.ended.fetch_add(1, SeqCst);
    if arg.is_multiple_of(10) {
        say!("{arg} fails");
        // A panic that prints nothing.
        resume_unwind(Box::new("failed"));
    }
}
