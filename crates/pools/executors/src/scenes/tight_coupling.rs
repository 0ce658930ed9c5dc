//! N4.6: each worker also handles its results: 18 instead of 25, and tightly coupled.

use std::process;
use std::time::Instant;

use executors::{Executor as _, Future, Outcome, ProcessPoolExecutor};
use shared::{Result, claim, pace, say};

pub fn play() -> Result {
    processes::scope(|family| {
        let pool = ProcessPoolExecutor::new(family, 4)?;
        let begin = Instant::now();
        let mut futures = Vec::new();
        for n in 1..=10 {
            futures.push(pool.submit(task, n)?);
        }
        pool.shutdown()?;
        let took = begin.elapsed();

        let pids = futures.into_iter().map(Future::result);
        let pids: Vec<u32> = pids.collect::<Outcome<_>>()?;
        claim!(
            pids.iter().all(|&pid| pid != process::id()),
            "each result was handled in a worker process"
        );
        claim!(
            took >= pace::secs(18.0),
            "ten tasks of 5 s and 1 s took four workers at least three rounds: 18 s"
        );
        claim!(
            took < pace::secs(48.0),
            "tasks and handling took at most 0.8 of the 60 s that one worker needs"
        );
        Ok(())
    })
}

/// Gives the pid of the process that has handled the result.
fn task(n: u64) -> u32 {
    pace::sleep(5.0);
    // Two concerns in one function: another handling needs another task.
    parse(n * n)
}

fn parse(result: u64) -> u32 {
    pace::sleep(1.0);
    say!("a worker handled {result}");
    process::id()
}
