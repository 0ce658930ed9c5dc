//! N5.13: terminate ends a pool in the middle of its tasks.

use executors::{Executor as _, Future, ProcessPoolExecutor, TaskError};
use shared::{Result, claim, pace, say};

pub fn play() -> Result {
    processes::scope(|family| {
        let pool = ProcessPoolExecutor::new(family, 5)?;
        let mut futures = Vec::new();
        for i in 0..30 {
            futures.push(pool.submit(f1, i)?);
        }
        // In the middle of the second round. The note's program sleeps for 1 s, and
        // sees the first round or not.
        pace::sleep(1.5);
        let lost = pool.terminate()?;
        let left = processes::descendants(std::process::id())?;
        say!("end");
        claim!(
            left.is_empty(),
            "no process of the pool is left when terminate returns"
        );

        let outcomes: Vec<_> = futures.into_iter().map(Future::result).collect();
        let ended = |outcome: &&_| **outcome == Err(TaskError::BrokenPool);
        claim!(
            outcomes.iter().filter(ended).count() == lost,
            "terminate returned how many tasks have no result for it"
        );
        claim!(
            lost >= 15,
            "at least 15 of the 30 tasks, of which five run at once, were not done"
        );
        Ok(())
    })
}

fn f1(arg: u64) -> u64 {
    pace::sleep(1.0);
    say!("{arg}");
    arg
}
