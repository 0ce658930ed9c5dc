//! N2.1: each outcome of a program, with the number of schedules that lead to it.

use interleavings::sync::atomic::{AtomicI32, Ordering::SeqCst};
use interleavings::{Limits, explore, thread};
use shared::{Result, claim, say};

pub fn play() -> Result {
    let report = explore(write_and_look, Limits::default())?;
    say!("outcome  schedules  the shortest one");
    for outcome in &report.outcomes {
        let order = outcome.shortest.order();
        say!("{:7}  {:>9}  {order}", outcome.end.to_string(), outcome.schedules);
    }
    let count = |value| report.returned(value).map_or(0, |outcome| outcome.schedules);
    claim!(count("(1, 1)") == 4, "both threads see the other's 1 in 4 schedules");
    claim!(count("(0, 1)") == 1, "only the second thread sees a 1 in one schedule");
    claim!(count("(1, 0)") == 1, "only the first thread sees a 1 in one schedule");
    claim!(count("(0, 0)") == 0, "the outcome (0, 0) has no schedule");
    Ok(())
}

/// Each thread writes, and then looks whether the other has written.
pub fn write_and_look() -> (i32, i32) {
    let (x, y) = (AtomicI32::new(0), AtomicI32::new(0));
    thread::scope(|scope| {
        let first = scope.spawn(|| {
            x.store(1, SeqCst);
            y.load(SeqCst)
        });
        let second = scope.spawn(|| {
            y.store(1, SeqCst);
            x.load(SeqCst)
        });
        (first.join().expect("no panic"), second.join().expect("no panic"))
    })
}
