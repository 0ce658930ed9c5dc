//! N5.10: a pool starts and ends its threads once, and not for every task.

use std::collections::HashSet;
use std::sync::mpsc::channel;
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use shared::{Result, claim, say};
use thread_pool::ThreadPool;

const TASKS: usize = 2_000;

pub fn play() -> Result {
    let mut threads = HashSet::new();
    let begin = Instant::now();
    for _ in 0..TASKS {
        let named = thread::Builder::new().name("one of many".to_owned());
        let ran_in = named.spawn(task)?.join();
        threads.extend(ran_in);
    }
    let with_threads = begin.elapsed();
    let started = threads.len();

    let pool = ThreadPool::new(1)?;
    let (sender, ran_in) = channel();
    let begin = Instant::now();
    for _ in 0..TASKS {
        let sender = sender.clone();
        pool.run(task, move |id| {
            let _ = sender.send(id.ok());
        })?;
    }
    let threads: HashSet<_> = ran_in.iter().take(TASKS).collect();
    let with_pool = begin.elapsed();
    let reused = threads.len();

    say!("a thread for each task: {started} threads");
    say!("a pool of one: {reused} thread");
    let ratio = ratio(with_threads, with_pool);
    claim!(
        (started, reused) == (TASKS, 1),
        "without a pool 2,000 tasks took 2,000 threads; the pool had one for all"
    );
    claim!(ratio > 2.0, "a thread for each task took more than twice as long");
    Ok(())
}

/// What is left of a task that does next to nothing is the time to start its
/// thread and to end it: the note's Ts and Td.
fn task() -> ThreadId {
    thread::current().id()
}

fn ratio(long: Duration, short: Duration) -> f64 {
    long.as_secs_f64() / short.as_secs_f64()
}
