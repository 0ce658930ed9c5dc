//! N4.3: ten tasks are submitted at once and run by four processes; main does not wait.

use std::collections::BTreeSet;
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
            // Only submits; the result is of no interest yet.
            futures.push(pool.submit(task, n)?);
        }
        let submitted = begin.elapsed();
        say!("main");

        let pids: BTreeSet<u32> =
            futures.into_iter().map(Future::result).collect::<Outcome<_>>()?;
        let done = begin.elapsed();
        claim!(
            submitted < done / 2,
            "main had submitted the ten tasks before half of their time was over"
        );
        claim!(
            pids.len() <= 4 && !pids.contains(&process::id()),
            "ten tasks ran in at most four processes, none of which was main"
        );
        Ok(())
    })
}

fn task(n: u32) -> u32 {
    pace::sleep(f64::from(n));
    say!("{} has slept {n}", process::id());
    process::id()
}
