//! N4.5: first all tasks, then all results: 15 and 10 make 25.

use std::process;
use std::time::Instant;

use executors::{Executor as _, ProcessPoolExecutor};
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
        let tasks = begin.elapsed();
        claim!(
            tasks >= pace::secs(15.0),
            "ten tasks of 5 s took four workers at least three rounds: 15 s"
        );
        claim!(
            tasks < pace::secs(40.0),
            "the tasks took at most 0.8 of the 50 s that one worker needs"
        );

        let begin = Instant::now();
        let mut handled = Vec::new();
        for future in futures {
            handled.push(parse(future.result()?));
        }
        let results = begin.elapsed();
        claim!(
            results >= pace::secs(10.0),
            "main took at least 10 s for ten results, one after the other"
        );
        claim!(
            handled.into_iter().eq((1..=10).map(|n| n * n)),
            "main handled the ten results in the order of the tasks"
        );
        Ok(())
    })
}

fn task(n: u64) -> u64 {
    say!("{} run..", process::id());
    pace::sleep(5.0);
    n * n
}

fn parse(result: u64) -> u64 {
    pace::sleep(1.0);
    say!("{result}");
    result
}
