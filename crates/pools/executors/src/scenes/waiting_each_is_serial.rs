//! N1.9, N4.4: asking for each result at once makes a pool of four serial.

use std::process;
use std::time::{Duration, Instant};

use executors::{Executor as _, Future, Outcome, ProcessPoolExecutor};
use shared::{Result, claim, pace, say};

pub fn play() -> Result {
    processes::scope(|family| {
        let pool = ProcessPoolExecutor::new(family, 4)?;
        let begin = Instant::now();
        for n in 1..=10 {
            let future = pool.submit(task, n)?;
            // Submitted asynchronously, and then waited for: the next task is not
            // submitted before this one is done.
            say!("{}", future.result()?);
        }
        let one_by_one = begin.elapsed();
        claim!(
            one_by_one >= serial(),
            "the four workers took at least as long as one worker would have, since \
             each result was asked for before the next task was submitted"
        );

        let begin = Instant::now();
        let mut futures = Vec::new();
        for n in 1..=10 {
            futures.push(pool.submit(task, n)?);
        }
        let results = futures.into_iter().map(Future::result);
        let results: Vec<u64> = results.collect::<Outcome<_>>()?;
        let all_at_once = begin.elapsed();
        say!("{results:?}");
        claim!(
            results.into_iter().eq((1..=10).map(|n| n * n)),
            "the results came in the order in which they were asked for"
        );
        claim!(
            all_at_once < serial().mul_f64(0.8),
            "the four workers took at most 0.8 of the serial time when all tasks were \
             submitted before the first result was asked for"
        );
        Ok(())
    })
}

/// The note's task sleeps for n seconds; this one for a tenth of that.
fn task(n: u64) -> u64 {
    say!("{} run..", process::id());
    pace::sleep(seconds(n));
    n * n
}

fn seconds(n: u64) -> f64 {
    n as f64 / 10.0
}

fn serial() -> Duration {
    (1..=10).map(|n| pace::secs(seconds(n))).sum()
}
