//! N3.5: `apply_async`: ten tasks in four rounds, called back by the parent.

use std::process;
use std::sync::mpsc;
use std::time::Instant;

use executors::{Executor as _, Outcome, ProcessPoolExecutor, SubmitError};
use shared::{Result, claim, lane, pace, say};

pub fn play() -> Result {
    processes::scope(|family| {
        let pool = ProcessPoolExecutor::new(family, 3)?;
        say!("main: {}", process::id());
        let (sender, called) = mpsc::channel();
        let begin = Instant::now();
        for i in 0..10 {
            let sender = sender.clone();
            pool.submit(thre, i)?.add_done_callback(move |outcome: &Outcome<u64>| {
                let Ok(c) = *outcome else { return };
                say!("haha {c} {}", process::id());
                // The receiver lives until the end of the scene.
                let _ = sender.send((c, lane::current()));
            });
        }
        // `close` and `join` in one call, so there is no wrong order.
        pool.shutdown()?;
        let took = begin.elapsed();

        let (mut results, lanes): (Vec<_>, Vec<_>) = called.try_iter().unzip();
        results.sort_unstable();
        claim!(
            results.into_iter().eq(100..110),
            "shutdown returned after the callbacks of all ten tasks"
        );
        claim!(
            lanes.iter().all(|lane| lane == "main"),
            "main, which submitted the tasks, called each callback"
        );
        claim!(
            took >= pace::secs(4.0),
            "ten tasks of a second took three workers at least four rounds"
        );
        claim!(
            took < pace::secs(10.0),
            "three workers took less time than one would have"
        );
        claim!(
            pool.submit(thre, 10).err() == Some(SubmitError::ShutDown),
            "a pool that has been shut down takes no eleventh task"
        );
        Ok(())
    })
}

fn thre(dd: u64) -> u64 {
    pace::sleep(1.0);
    say!("the process: {}", process::id());
    dd + 100
}
