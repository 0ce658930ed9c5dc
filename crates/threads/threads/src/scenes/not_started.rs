//! N2.18: ten threads that are made and not started: one thread lives.

use std::sync::{Arc, Barrier};

use shared::{Result, claim, say};
use threads::Unstarted;

pub fn play() -> Result {
    let met = Arc::new(Barrier::new(11));
    let made: Vec<_> = (0..10)
        .map(|i| {
            let met = Arc::clone(&met);
            Unstarted::new(format!("Thread-{i}"), move || {
                met.wait(); // It runs.
                met.wait(); // Main has counted.
            })
        })
        .collect();
    let count = threads::active_count()?;
    say!("made: {count}");
    claim!(count == 1, "only main lived when ten threads were made and not started");

    let mut started = Vec::new();
    for thread in made {
        started.push(thread.start()?);
    }
    met.wait();
    let count = threads::active_count()?;
    met.wait();
    say!("started: {count}");
    claim!(count == 11, "eleven threads lived when the ten had been started");
    for thread in started {
        thread.join()?;
    }

    // What is dropped before its start has never run.
    let owned = Arc::clone(&met);
    drop(Unstarted::new("never", move || owned.wait()));
    claim!(
        Arc::strong_count(&met) == 1,
        "a thread that was dropped before its start let go of what it owned"
    );
    Ok(())
}
