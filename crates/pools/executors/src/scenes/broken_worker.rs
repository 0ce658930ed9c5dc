//! N4.3: a worker process is killed: its task fails, and the pool serves on.

use std::sync::LazyLock;

use executors::{
    Executor as _, Future, ProcessPoolExecutor, ReturnWhen, TaskError, wait,
};
use processes::{Exit, ProcessBarrier, SIGKILL};
use rustix::process::{Signal, getpid, kill_process};
use shared::{Result, claim, pace, say};

/// Three tasks meet here, so there have to be three workers. It is made before the
/// pool, whose workers then have it as well.
static MEETING: LazyLock<Option<ProcessBarrier>> =
    LazyLock::new(|| ProcessBarrier::new(3).ok());

pub fn play() -> Result {
    LazyLock::force(&MEETING);
    processes::scope(|family| {
        let pool = ProcessPoolExecutor::new(family, 3)?;
        let mut futures = Vec::new();
        for n in 0..10 {
            futures.push(pool.submit(task, n)?);
        }
        let mut failed = Vec::new();
        for (n, future) in futures.into_iter().enumerate() {
            match future.result() {
                Ok(square) => say!("task {n}: {square}"),
                Err(error) => {
                    say!("task {n}: {error}");
                    failed.push((n, error));
                }
            }
        }
        let killed = TaskError::BrokenWorker { exit: Exit::Killed(SIGKILL) };
        claim!(
            failed == [(4, killed)],
            "of ten tasks only task 4, in the worker that was killed, has no result"
        );

        let mut futures = Vec::new();
        for _ in 0..3 {
            futures.push(pool.submit(meet_the_others, ())?);
        }
        let waited = wait(futures, Some(pace::secs(25.0)), ReturnWhen::AllCompleted);
        let results = waited.done.into_iter().map(Future::result);
        let met = results.filter(|result| *result == Ok(true)).count();
        // Otherwise tasks that wait for a third one would keep the pool open.
        pool.terminate()?;
        say!("{met} tasks have met");
        claim!(met == 3, "three tasks ran at once, so the dead worker was replaced");
        Ok(())
    })
}

fn task(n: u64) -> u64 {
    pace::sleep(0.2);
    if n == 4 {
        // As the kernel does when memory is short: no notice, and nothing to catch.
        let _ = kill_process(getpid(), Signal::KILL);
    }
    n * n
}

fn meet_the_others((): ()) -> bool {
    MEETING.as_ref().map(ProcessBarrier::wait).is_some()
}
