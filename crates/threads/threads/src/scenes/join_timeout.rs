//! N5.3: a join that waits two seconds at most; the thread lives on.

use std::sync::{Arc, Barrier};
use std::time::Instant;

use anyhow::bail;
use interleavings::{Limits, explore};
use shared::{Result, claim, pace, say};
use threads::JoinError;

pub fn play() -> Result {
    let end_is_said = Arc::new(Barrier::new(2));
    let t = threads::spawn("f1", {
        let end_is_said = Arc::clone(&end_is_said);
        move || f1(&end_is_said)
    })?;
    let begin = Instant::now();
    let joined = t.join_timeout(pace::secs(2.0));
    let waited = begin.elapsed();
    say!("end");
    claim!(waited >= pace::secs(2.0), "the join waited two seconds for the thread");

    // The error hands the thread back. Python's join returns None in either case, and
    // the caller has to ask whether the thread is alive.
    let Err(JoinError::StillRunning(t)) = joined else { bail!("f1 has not waited") };
    claim!(t.is_alive(), "the thread was alive when the join had given up");
    end_is_said.wait();
    let value = t.join_timeout(pace::secs(20.0)).ok();
    claim!(value == Some("f1"), "a second join returned the value of the thread");

    // Whether the thread is faster or the clock: nothing is lost.
    let report = explore(race, Limits::default())?;
    let [ended, running] =
        [true, false].map(|ended| report.returned(&format!("{ended}")));
    say!("every order of the end and the join: {report}");
    claim!(
        report.complete && report.failures == 0,
        "the thread was joined with its value in every schedule, sooner or later"
    );
    claim!(
        ended.is_some() && running.is_some(),
        "the join came in time in some schedules, and gave up in others"
    );
    Ok(())
}

/// The note's function sleeps for two seconds, as long as the join waits. Here it waits
/// until main has spoken, so that the join surely gives up.
fn f1(end_is_said: &Barrier) -> &'static str {
    end_is_said.wait();
    say!("f1");
    "f1"
}

/// A thread ends, and another one joins it for a moment. Was that long enough?
pub fn race() -> bool {
    let t = threads::spawn("t", || 7).expect("an explored thread has room");
    let (in_time, joined) = match t.join_timeout(pace::secs(1.0)) {
        Err(JoinError::StillRunning(t)) => (false, t.join().ok()),
        joined => (true, joined.ok()),
    };
    assert_eq!(joined, Some(7), "the value of the thread");
    in_time
}
