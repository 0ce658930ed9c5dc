//! N2.20: two threads load, then store: 4 of their 6 schedules lose a decrement.

use anyhow::Context as _;
use interleavings::sync::atomic::{AtomicI64, Ordering::Relaxed};
use interleavings::{Limits, explore, thread};
use shared::{Result, claim, say};

pub fn play() -> Result {
    // On real threads the loss is a matter of luck, and different in every run.
    say!(
        "500,000 decrements by five real threads: {} are lost",
        count_down(5, 100_000)
    );

    // The same function, run once under every schedule.
    let report = explore(one_turn_each, Limits::default())?;
    say!("two threads, one decrement each: {report}");
    claim!(report.schedules == 6, "two threads of two steps each have 6 schedules");
    claim!(report.failures == 4, "4 of the 6 schedules lose a decrement");
    let failure = report.shortest_failure().context("no schedule fails")?;
    for line in failure.lines() {
        say!("{line}");
    }
    claim!(
        failure.shortest.preemptions == 1,
        "one preemption is enough to lose a decrement"
    );

    let in_turn = Limits::default().preemptions(0);
    let report = explore(one_turn_each, in_turn)?;
    say!("the same without preemption: {report}");
    claim!(
        (report.schedules, report.failures) == (2, 0),
        "no decrement is lost if no thread is preempted"
    );

    let report = explore(four_turns_each, Limits::default())?;
    say!("two threads, four decrements each: {report}");
    claim!(
        (report.schedules, report.failures) == (12_870, 12_800),
        "12,800 of the 12,870 schedules of four decrements each lose at least one"
    );
    Ok(())
}

pub fn one_turn_each() {
    let lost = count_down(2, 1);
    assert!(lost == 0, "decrements lost: {lost}");
}

pub fn four_turns_each() {
    let lost = count_down(2, 4);
    assert!(lost == 0, "decrements lost: {lost}");
}

/// Counts down to 0, and returns how many decrements are missing.
fn count_down(threads: i64, turns: i64) -> i64 {
    let n = AtomicI64::new(threads * turns);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                for _ in 0..turns {
                    // The note's `n -= 1`. Another thread may come in between.
                    let seen = n.load(Relaxed);
                    n.store(seen - 1, Relaxed);
                }
            });
        }
    });
    n.into_inner()
}
