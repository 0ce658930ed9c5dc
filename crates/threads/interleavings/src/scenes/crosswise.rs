//! N2.1: two threads take two locks crosswise: 2 of their 6 schedules deadlock.

use anyhow::Context as _;
use interleavings::sync::Mutex;
use interleavings::{Limits, explore, thread};
use shared::{Result, claim, say};

pub fn play() -> Result {
    let report = explore(crosswise, Limits::default())?;
    say!("two locks, crosswise: {report}");
    claim!(
        (report.schedules, report.failures) == (6, 2),
        "2 of the 6 schedules of two locks taken crosswise deadlock"
    );
    let failure = report.shortest_failure().context("no schedule fails")?;
    let lines = failure.lines();
    for line in &lines {
        say!("{line}");
    }
    let waits = |thread: &str, other: &str| {
        lines.iter().any(|line| line.starts_with(thread) && line.contains(other))
    };
    claim!(
        waits("thread 1 waits", "for the lock that thread 2 took"),
        "the report says that thread 1 waits for the lock of thread 2"
    );
    claim!(
        waits("thread 2 waits", "for the lock that thread 1 took"),
        "the report says that thread 2 waits for the lock of thread 1"
    );

    let report = explore(in_order, Limits::default())?;
    say!("two locks, in one order: {report}");
    claim!(
        (report.schedules, report.failures) == (2, 0),
        "no schedule deadlocks if both threads take the locks in the same order"
    );
    Ok(())
}

pub fn crosswise() {
    let (fork, knife) = (Mutex::new(()), Mutex::new(()));
    thread::scope(|scope| {
        scope.spawn(|| take(&fork, &knife));
        scope.spawn(|| take(&knife, &fork));
    });
}

pub fn in_order() {
    let (fork, knife) = (Mutex::new(()), Mutex::new(()));
    thread::scope(|scope| {
        scope.spawn(|| take(&fork, &knife));
        scope.spawn(|| take(&fork, &knife));
    });
}

fn take(first: &Mutex<()>, second: &Mutex<()>) {
    let _first = first.lock().expect("no panic");
    let _second = second.lock().expect("no panic");
}
