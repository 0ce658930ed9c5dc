//! N1.11: the worker calls back in a pool of threads, the parent in one of processes.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use executors::{
    Executor as _, Future, Outcome, ProcessPoolExecutor, ThreadPoolExecutor,
};
use processes::Event;
use shared::{Result, claim, lane, pace, say};

// A task's lane and its square; a task's lane and that of its callback.
type Ran = (String, u64);
type Lanes = (String, String);

pub fn play() -> Result {
    processes::scope(|family| {
        // First the processes: a process that has threads cannot fork.
        let pool = ProcessPoolExecutor::new(family, 4)?;
        let (told, lanes) = channel();
        for i in 0..20 {
            parse_when_done(&pool.submit(task, i)?, "processes", &told);
        }
        pool.shutdown()?;
        claim!(
            taken(&lanes, |ran, called| ran != "main" && called == "main") == 20,
            "the parent called back for each of the twenty tasks of worker processes"
        );

        let pool = ThreadPoolExecutor::new(4)?;
        // The callback of a task that is done already would be called by main.
        let added = Arc::new(Event::new()?);
        for i in 0..20 {
            let added = Arc::clone(&added);
            let future = pool.spawn(move || {
                added.wait();
                task(i)
            })?;
            parse_when_done(&future, "threads", &told);
        }
        added.set();
        pool.shutdown()?;
        claim!(
            taken(&lanes, |ran, called| ran != "main" && called == ran) == 20,
            "the worker thread that had run a task called back for it, twenty times"
        );

        let future = ThreadPoolExecutor::new(1)?.spawn(|| task(7))?;
        // The pool has been dropped, and so shut down.
        parse_when_done(&future, "done", &told);
        claim!(
            taken(&lanes, |ran, called| ran != "main" && called == "main") == 1,
            "a callback that was added to a task that was done was called by main"
        );
        Ok(())
    })
}

/// The lane that runs it, and the square.
fn task(i: u64) -> Ran {
    pace::sleep(0.2);
    (lane::current(), i * i)
}

fn parse_when_done(future: &Future<Ran>, pool: &'static str, told: &Sender<Lanes>) {
    let told = told.clone();
    future.add_done_callback(move |outcome: &Outcome<_>| {
        let Ok((ran, square)) = outcome else { return };
        let called = lane::current();
        let by = if called == *ran { "its worker" } else { &called };
        say!("{pool}: {by} got the result {square}");
        told.send((ran.clone(), called)).expect("the scene listens to its end");
    });
}

/// How many callbacks since the last time were called as they should be.
fn taken(lanes: &Receiver<Lanes>, is_right: fn(&str, &str) -> bool) -> usize {
    lanes.try_iter().filter(|(ran, called)| is_right(ran, called)).count()
}
