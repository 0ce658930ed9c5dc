//! N2.20: five threads decrement without a lock: 4 of 6 schedules lose a decrement.

use anyhow::Context as _;
use interleavings::sync::atomic::{AtomicI64, Ordering::Relaxed};
use interleavings::{Limits, explore, thread};
use shared::{Result, claim, say};

pub fn play() -> Result {
    // The note's program, and its n is not 0. Ours may be, with luck.
    say!("five threads, 100,000 decrements each: n is {}", count_down(5, 100_000));

    // Luck is left out if every schedule has its turn.
    let report = explore(race, Limits::default())?;
    say!("two threads, one decrement each: {report}");
    claim!(
        report.schedules == 6,
        "two threads with one decrement each have 6 schedules"
    );
    claim!(report.failures == 4, "n is not 0 at the end of 4 of the 6 schedules");
    let failure = report.shortest_failure().context("no schedule fails")?;
    for line in failure.lines() {
        say!("{line}");
    }
    Ok(())
}

pub fn race() {
    assert_eq!(count_down(2, 1), 0, "n");
}

/// What is left of n when each thread has done its decrements.
fn count_down(threads: i64, turns: i64) -> i64 {
    let n = AtomicI64::new(threads * turns);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                for _ in 0..turns {
                    // `n -= 1`, as the note's threads do it: a load, then a store. A
                    // plain `n -= 1` on a shared number does not compile.
                    let seen = n.load(Relaxed);
                    n.store(seen - 1, Relaxed);
                }
            });
        }
    });
    n.into_inner()
}
