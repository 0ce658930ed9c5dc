//! N3.5: `apply` waits for each task, so a pool of three is serial.

use std::process;
use std::time::Instant;

use executors::{Executor as _, ProcessPoolExecutor};
use shared::{Result, claim, pace, say};

pub fn play() -> Result {
    processes::scope(|family| {
        let pool = ProcessPoolExecutor::new(family, 3)?;
        let begin = Instant::now();
        let mut results = Vec::new();
        for i in 0..10 {
            results.push(pool.apply(thre, i)?);
        }
        let took = begin.elapsed();
        say!("{results:?}");
        claim!(
            took >= pace::secs(10.0),
            "ten tasks by apply took at least the sum of their times"
        );
        claim!(
            results.into_iter().eq(100..110),
            "apply returned the result of each task: 100 to 109"
        );
        Ok(())
    })
}

fn thre(dd: u64) -> u64 {
    pace::sleep(1.0);
    say!("the process: {}", process::id());
    dd + 100
}
