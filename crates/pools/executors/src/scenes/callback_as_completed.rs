//! N4.7: callbacks in the parent handle each result as soon as its task is done.

use std::sync::mpsc;
use std::time::Instant;

use executors::{Executor as _, Outcome, ProcessPoolExecutor};
use shared::{Result, claim, lane, pace, say};

pub fn play() -> Result {
    processes::scope(|family| {
        let pool = ProcessPoolExecutor::new(family, 4)?;
        let (sender, handled) = mpsc::channel();
        let begin = Instant::now();
        for n in 1..=10 {
            let sender = sender.clone();
            pool.submit(task, n)?.add_done_callback(move |outcome: &Outcome<u64>| {
                // The receiver lives until the end of the scene.
                let _ = sender.send((parse(outcome), begin.elapsed()));
            });
        }
        pool.shutdown()?;
        let took = begin.elapsed();

        let (lanes, times): (Vec<_>, Vec<_>) = handled.try_iter().unzip();
        claim!(
            lanes == ["main"; 10],
            "main handled all ten results, and no worker any"
        );
        claim!(
            times.first().is_some_and(|&first| first < took / 2),
            "the first result was handled before half of the time was over"
        );
        claim!(
            took >= pace::secs(17.0),
            "it took at least 17 s: three rounds of 5 s, and the last two results, one \
             after the other"
        );
        claim!(
            took < pace::secs(48.0),
            "tasks and handling took at most 0.8 of the 60 s that one worker needs"
        );
        Ok(())
    })
}

fn task(n: u64) -> u64 {
    pace::sleep(5.0);
    n * n
}

/// Gives the lane that handles the result.
fn parse(outcome: &Outcome<u64>) -> String {
    pace::sleep(1.0);
    if let Ok(result) = outcome {
        say!("main handled {result}");
    }
    lane::current()
}
