//! N5.10: a thread that counts itself is counted too late: explored, 6 of 8 fail.

use anyhow::Context as _;
use interleavings::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use interleavings::{Limits, explore, thread};
use shared::{Result, claim, say};

pub fn play() -> Result {
    let report = explore(counted_by_itself, Limits::default())?;
    say!("counted by itself: {report}");
    claim!(
        (report.schedules, report.failures) == (8, 6),
        "in 6 of 8 schedules the note's pool of one thread has two"
    );
    let failure = report.shortest_failure().context("no schedule fails")?;
    for line in failure.lines() {
        say!("{line}");
    }

    let report = explore(counted_by_the_starter, Limits::default())?;
    say!("counted by its starter: {report}");
    claim!(
        (report.schedules, report.failures) == (2, 0),
        "in no schedule does it have two if the starter counts the thread"
    );
    Ok(())
}

/// The note's `run`, twice, on a pool of one thread whose queue holds two tasks.
pub fn counted_by_itself() {
    let (threads, queue) = (AtomicUsize::new(0), AtomicUsize::new(2));
    thread::scope(|scope| {
        for _ in 0..2 {
            if threads.load(SeqCst) < 1 {
                scope.spawn(|| {
                    threads.fetch_add(1, SeqCst); // generate_list.append(…)
                    queue.fetch_sub(1, SeqCst); // q.get()
                });
            }
        }
    });
    assert!(threads.into_inner() <= 1, "more threads than there may be");
}

/// The same, but the thread is counted before it is started.
pub fn counted_by_the_starter() {
    let (threads, queue) = (AtomicUsize::new(0), AtomicUsize::new(2));
    thread::scope(|scope| {
        for _ in 0..2 {
            if threads.load(SeqCst) < 1 {
                threads.fetch_add(1, SeqCst);
                scope.spawn(|| queue.fetch_sub(1, SeqCst));
            }
        }
    });
    assert!(threads.into_inner() <= 1, "more threads than there may be");
}
