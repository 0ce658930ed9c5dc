//! N2.20: readers who share a lock let a writer starve, unless a waiting writer counts.

use interleavings::{Limits, Report, explore, thread};
use shared::{Result, claim, say};
use thread_locks::RwLock;

pub fn play() -> Result {
    say!("reads  schedules  passes at most");
    for turns in [1, 2, 3] {
        let report = explore(move || readers_first(turns), few())?;
        let most = most_often(&report);
        say!("2 x {turns}  {:>9}  {most}", report.schedules);
        claim!(
            most == 2 * turns - 1,
            "2 x {turns} reads can all but one pass the writer that waits"
        );
    }

    let report = explore(fair, few())?;
    say!("the fair lock: {report}");
    claim!(
        report.complete && report.failures == 0 && most_often(&report) == 0,
        "no reader passes the writer of the fair lock, with at most three preemptions"
    );
    Ok(())
}

/// The readers pass the writer in schedules with few preemptions already.
fn few() -> Limits {
    Limits::default().preemptions(3)
}

fn readers_first(turns: u64) -> u64 {
    read_and_write(&RwLock::preferring_readers(0), turns)
}

fn fair() -> u64 {
    read_and_write(&RwLock::new(0), 3)
}

/// One thread writes while two others read; how often a reader passes the writer.
fn read_and_write(lock: &RwLock<u64>, turns: u64) -> u64 {
    thread::scope(|scope| {
        scope.spawn(|| *lock.write() += 1);
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..turns {
                    let value = *lock.read();
                    assert!(value <= 1, "there is one writer");
                }
            });
        }
    });
    lock.overtaken()
}

/// The greatest value that a schedule returns.
fn most_often(report: &Report) -> u64 {
    let ends = report.outcomes.iter().map(|outcome| outcome.end.to_string());
    ends.filter_map(|end| end.parse().ok()).max().unwrap_or_default()
}
