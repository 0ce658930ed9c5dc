//! N2.21: a thread that takes its own lock again gets an error, and does not hang.

use anyhow::Context as _;
use shared::{Result, claim, say};
use thread_locks::{Detector, Lock};

pub fn play() -> Result {
    let mutex_a = Lock::new(&Detector::new(), "mutexA", ());
    let held = mutex_a.lock()?;
    say!("123");

    // The note's program never gets past this line.
    let again = mutex_a.lock();
    let error = again.err().context("a thread has taken its own lock twice")?;
    say!("{error}");
    let [order] = &*error.cycle else { anyhow::bail!("a circle of more than one") };
    claim!(
        order.first.lock == "mutexA" && order.then.lock == "mutexA",
        "the error names the lock that is held, and wanted again"
    );
    claim!(order.thread == "main", "the error names main as the holder of the lock");
    claim!(
        order.then.place.line() - order.first.place.line() == 4,
        "the error names the line of the first lock(), and that of the second below it"
    );

    // The lock() that was refused does not count.
    drop(held);
    let held = mutex_a.try_lock();
    claim!(held.is_some(), "the lock is free after one release");
    say!("456");
    Ok(())
}
