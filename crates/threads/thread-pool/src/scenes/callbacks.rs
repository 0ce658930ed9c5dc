//! N5.10: five threads run thirty tasks, and hand each result or panic to a callback.

use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier};
use std::thread::{self, ThreadId};

use shared::{Result, claim, pace, say};
use thread_pool::{Panic, ThreadPool};

pub fn play() -> Result {
    let pool = ThreadPool::new(5)?;
    let (sender, results) = channel();
    // The first five tasks wait for each other, so the pool has to have five threads.
    let five = Arc::new(Barrier::new(5));
    for i in 0..30 {
        let (sender, five) = (sender.clone(), Arc::clone(&five));
        let callback = move |result: Result<ThreadId, Panic>| {
            // Python's gets a status and a value, and cannot tell why a task failed.
            let is_same = result.as_ref().is_ok_and(|&id| id == thread::current().id());
            let _ =
                sender.send((i, result.map_err(|panic| panic.to_string()), is_same));
        };
        pool.run(move || action(i, &five), callback)?;
    }
    // Ends with the last callback, which drops the last sender.
    drop(sender);
    let results: Vec<_> = results.iter().collect();
    for (_, result, _) in &results {
        if let Err(error) = result {
            say!("{error}");
        }
    }
    let failed: Vec<_> = results.iter().filter(|(_, it, _)| it.is_err()).collect();
    let is_why = |i: usize, it: &Result<_, String>| {
        it.as_ref().is_err_and(|error| error.ends_with(&format!("no {i}")))
    };
    claim!(results.len() == 30, "each of the thirty tasks had its callback called");
    claim!(
        failed.len() == 3 && failed.iter().all(|(i, it, _)| is_why(*i, it)),
        "the callbacks of the three tasks that panicked were told why"
    );
    claim!(
        results.iter().filter(|(_, _, is_same)| *is_same).count() == 27,
        "the other callbacks ran in the threads that had run their tasks"
    );
    // A thread is idle a moment after its last callback.
    for _ in 0..200 {
        if pool.busy() == 0 {
            break;
        }
        pace::sleep(0.1);
    }
    say!("{} {}", pool.threads(), pool.idle());
    claim!(
        (pool.threads(), pool.idle()) == (5, 5),
        "five threads ran the thirty tasks, survived the panics, and are idle"
    );
    Ok(())
}

fn action(i: usize, five: &Barrier) -> ThreadId {
    if i < 5 {
        five.wait();
    }
    say!("{i}");
    if i % 10 == 7 {
        // Prints nothing; panic!("no {i}") would print where it was, too.
        std::panic::resume_unwind(Box::new(format!("no {i}")));
    }
    thread::current().id()
}
