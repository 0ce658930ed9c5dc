//! N1.10: twenty tasks by four workers: shutdown waits for all, then come the results.

use std::time::Instant;

use executors::{Executor as _, Future, ProcessPoolExecutor};
use shared::{Result, claim, lane, pace, say};

pub fn play() -> Result {
    processes::scope(|family| {
        let pool = ProcessPoolExecutor::new(family, 4)?;
        let begin = Instant::now();
        let mut futures = Vec::new();
        for i in 0..20 {
            futures.push(pool.submit(task, i)?);
        }
        pool.shutdown()?; // Waits for all tasks.
        let took = begin.elapsed();
        claim!(
            futures.iter().all(Future::done),
            "each of the twenty tasks was done when shutdown returned"
        );
        let mut results = Vec::new();
        for future in futures {
            results.push(future.result()?); // Does not wait any more.
        }
        for result in &results {
            say!("{result}");
        }
        claim!(
            results.into_iter().eq((0..20).map(|i| i * i)),
            "each future gave the square of its own number, whatever the order in \
             which the tasks ended"
        );
        claim!(
            took >= pace::secs(5.0),
            "twenty tasks took four workers at least five rounds of a second"
        );
        claim!(
            took < pace::secs(20.0),
            "the pool was done before one worker alone could have been"
        );
        Ok(())
    })
}

fn task(i: u64) -> u64 {
    say!("{} runs task {i}", lane::current());
    // Five times as long as in the note: to start the workers takes some time, too.
    pace::sleep(1.0);
    i * i
}
