//! N2.20: with a lock around each decrement no schedule loses one.

use interleavings::sync::Mutex;
use interleavings::{Limits, explore, thread};
use shared::{Result, claim, say};

pub fn play() -> Result {
    let lost = count_down(5, 100_000);
    say!("500,000 decrements by five real threads: {lost} are lost");
    claim!(lost == 0, "five real threads with a lock lose no decrement");

    let report = explore(one_turn_each, Limits::default())?;
    say!("two threads, one decrement each: {report}");
    claim!(
        report.schedules == 2,
        "the lock leaves 2 schedules: either thread may be the first"
    );
    claim!(report.failures == 0, "neither schedule loses a decrement");

    let report = explore(two_turns_each, Limits::default())?;
    say!("three threads, two decrements each: {report}");
    claim!(
        (report.schedules, report.failures) == (90, 0),
        "none of the 90 schedules of three threads and two decrements each loses one"
    );
    Ok(())
}

pub fn one_turn_each() {
    let lost = count_down(2, 1);
    assert!(lost == 0, "decrements lost: {lost}");
}

pub fn two_turns_each() {
    let lost = count_down(3, 2);
    assert!(lost == 0, "decrements lost: {lost}");
}

/// Counts down to 0, and returns how many decrements are missing.
fn count_down(threads: i64, turns: i64) -> i64 {
    let n = Mutex::new(threads * turns);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                for _ in 0..turns {
                    let mut n = n.lock().expect("no panic");
                    *n -= 1;
                }
            });
        }
    });
    n.into_inner().expect("no panic")
}
