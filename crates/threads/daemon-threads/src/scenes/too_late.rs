//! N2.19: a daemon starts a thread while the crew ends: waited for, or refused.

use std::sync::Arc;

use daemon_threads::{Crew, Error};
use interleavings::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use interleavings::thread::yield_now;
use interleavings::{Limits, explore};
use shared::{Result, claim, say};

pub fn play() -> Result {
    let crew = Crew::run(Crew::clone).value;
    let late = crew.spawn("late", || say!("is never said"));
    say!("{}", late.as_ref().map_or_else(ToString::to_string, |()| "started".into()));
    claim!(
        matches!(late, Err(Error::Ended { .. })),
        "a crew that had ended refused to start a thread"
    );

    // Of schedules that differ only in steps that do not concern each other, one is
    // tried: there are tens of thousands.
    let report = explore(daemon_starts_one, Limits::default().distinct())?;
    let [started, refused] = [true, false].map(|started| {
        report.returned(&started.to_string()).map_or(0, |outcome| outcome.schedules)
    });
    say!("a thread that a daemon starts at the end: {report}");
    say!("started in time: {started}, refused: {refused}");
    claim!(
        report.complete && report.failures == 0,
        "a thread that the daemon started was waited for in every schedule"
    );
    claim!(
        started > 0 && refused > 0,
        "the daemon was in time in some schedules, and too late in others"
    );
    Ok(())
}

/// What a daemon tells of the thread that it has tried to start.
const UNKNOWN: usize = 0;
const STARTED: usize = 1;
const REFUSED: usize = 2;

/// A daemon starts a thread while the main code ends. Was it in time?
fn daemon_starts_one() -> bool {
    let done = Arc::new(AtomicBool::new(false));
    let told = Arc::new(AtomicUsize::new(UNKNOWN));
    Crew::run(|crew| {
        let (all, does, tells) = (crew.clone(), Arc::clone(&done), Arc::clone(&told));
        let daemon = move || {
            let late = all.spawn("late", move || does.store(true, SeqCst));
            tells.store(if late.is_ok() { STARTED } else { REFUSED }, SeqCst);
        };
        crew.daemon("daemon", daemon).expect("room for a thread");
    });
    let done_at_the_end = done.load(SeqCst);
    // A program would end here. The daemon is still to tell how it went.
    while told.load(SeqCst) == UNKNOWN {
        yield_now();
    }
    let started = told.load(SeqCst) == STARTED;
    assert!(done_at_the_end || !started, "the thread was started and cut off");
    started
}
