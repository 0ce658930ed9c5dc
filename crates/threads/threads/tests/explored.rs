//! Every schedule of a thread that ends and of one that joins it for a time.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::Duration;

use interleavings::sync::atomic::{AtomicBool, Ordering::SeqCst};
use interleavings::{Limits, explore, thread};
use threads::{JoinError, spawn};

const SHORT: Duration = Duration::from_secs(1);

/// A thread returns a value; which way does it come?
fn race() -> &'static str {
    let thread = spawn("t", || 7).unwrap();
    match thread.join_timeout(SHORT) {
        Ok(7) => "in time",
        Err(JoinError::StillRunning(thread)) => {
            assert_eq!(thread.join().unwrap(), 7);
            "later"
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_value_comes_in_time_or_later_in_every_schedule() {
    let report = explore(race, Limits::default()).unwrap();
    assert!(report.complete);
    assert_eq!(report.failures, 0);
    let [in_time, later] = ["\"in time\"", "\"later\""]
        .map(|end| report.returned(end).map_or(0, |it| it.schedules));
    assert!(in_time > 0 && later > 0);
    assert_eq!(in_time + later, report.schedules);
    assert_eq!(explore(race, Limits::default()).unwrap(), report);
}

#[test]
fn a_panic_comes_in_time_or_later_in_every_schedule() {
    let program = || {
        let thread = spawn("t", || -> u8 { panic!("rotten") }).unwrap();
        let panicked = match thread.join_timeout(SHORT) {
            Err(JoinError::Panicked(panicked)) => panicked,
            Err(JoinError::StillRunning(thread)) => thread.join().unwrap_err(),
            other => panic!("{other:?}"),
        };
        assert_eq!(panicked.message().as_deref(), Some("rotten"));
    };
    let report = explore(program, Limits::default()).unwrap();
    assert!(report.complete);
    assert_eq!(report.failures, 0, "{report:?}");
}

/// A thread that is no longer alive has done all that its function does.
#[test]
fn a_thread_that_is_not_alive_has_done_its_work() {
    let program = || {
        let done = Arc::new(AtomicBool::new(false));
        let thread = spawn("t", {
            let done = Arc::clone(&done);
            move || done.store(true, SeqCst)
        });
        let thread = thread.unwrap();
        let is_alive = thread.is_alive();
        assert!(is_alive || done.load(SeqCst));
        thread.join().unwrap();
        is_alive
    };
    let report = explore(program, Limits::default()).unwrap();
    assert!(report.complete);
    assert_eq!((report.failures, report.outcomes.len()), (0, 2));
}

/// Real threads behave in one of the ways that were explored.
#[test]
fn real_threads_do_the_same() {
    let report = explore(race, Limits::default()).unwrap();
    for _ in 0..100 {
        let end = thread::spawn(race).join().unwrap();
        assert!(report.returned(&format!("{end:?}")).is_some(), "{end}");
    }
}
