//! N4.2, N4.8: four tasks that wait, with callbacks: 9 by processes, 6 by threads.

use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use executors::{Executor, Outcome, ProcessPoolExecutor, ThreadPoolExecutor};
use shared::{Result, claim, pace, say};

pub fn play() -> Result {
    processes::scope(|family| {
        // First the processes: a process that has threads cannot fork.
        let processes = ProcessPoolExecutor::new(family, 4)?;
        let by_processes = run(&processes, "processes")?;
        claim!(
            by_processes >= pace::secs(9.0),
            "four processes took at least 9 s: 5 s at once, and then four callbacks, \
             one after the other, in main"
        );

        let default = ProcessPoolExecutor::builder().build(family)?.workers();
        let threads = ThreadPoolExecutor::new(4)?;
        let by_threads = run(&threads, "threads")?;
        claim!(
            by_threads >= pace::secs(6.0),
            "four threads took at least 6 s: 5 s at once, and 1 s for the callback"
        );
        claim!(
            by_threads < by_processes,
            "the threads were done sooner, because four workers call back at once"
        );

        // How many workers, when the program does not say.
        let cores = available_parallelism().map_or(1, Into::into);
        claim!(default == cores, "a pool of processes has a worker for each core");
        claim!(
            ThreadPoolExecutor::builder().build()?.workers() == 5 * cores,
            "a pool of threads has five workers for each core"
        );
        Ok(())
    })
}

/// How long the four tasks and their callbacks take.
fn run(pool: &impl Executor, name: &'static str) -> Result<Duration> {
    let begin = Instant::now();
    for n in 1..=4 {
        pool.submit(task, n)?.add_done_callback(move |outcome| parse(name, outcome));
    }
    pool.shutdown()?;
    Ok(begin.elapsed())
}

fn task(n: u64) -> u64 {
    pace::sleep(5.0);
    n * n
}

fn parse(pool: &str, outcome: &Outcome<u64>) {
    pace::sleep(1.0);
    if let Ok(result) = outcome {
        say!("{pool}: handled {result}");
    }
}
