//! N2.24: under every schedule a task either runs or is cancelled.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool as Flag, Ordering::SeqCst};

use executors::{Executor as _, TaskError, ThreadPoolExecutor, package};
use interleavings::sync::atomic::AtomicBool;
use interleavings::{Limits, explore, thread};
use processes::Event;
use shared::{Result, claim, say};

pub fn play() -> Result {
    let pool = ThreadPoolExecutor::new(1)?;
    let (begun, go_on) = (Arc::new(Event::new()?), Arc::new(Event::new()?));
    let (begins, goes_on) = (Arc::clone(&begun), Arc::clone(&go_on));
    let runs = pool.spawn(move || {
        begins.set();
        goes_on.wait();
        1
    })?;
    let waits = pool.spawn(|| 2)?;
    begun.wait();
    let (running, pending) = (runs.cancel(), waits.cancel());
    go_on.set();
    pool.shutdown()?;
    say!("cancelled: the running task {running}, the pending one {pending}");
    claim!(!running && runs.result() == Ok(1), "a running task is not cancelled");
    claim!(
        pending && waits.result() == Err(TaskError::Cancelled),
        "a pending task is cancelled, and has no result"
    );

    let report = explore(look_and_act, Limits::default())?;
    say!("look, then act: {report}");
    claim!(
        (report.schedules, report.failures) == (6, 4),
        "4 of 6 schedules both run and cancel a task, if each side looks before it acts"
    );

    let report = explore(one_decision, Limits::default())?;
    say!("one decision: {} fail", report.failures);
    claim!(
        report.complete && report.failures == 0,
        "under every schedule a future's task either runs or is cancelled, not both \
         and not neither"
    );
    Ok(())
}

/// A worker that looks whether the task is cancelled, and an owner that looks whether
/// it has begun; panics if the task was both run and cancelled.
pub fn look_and_act() {
    let (cancelled, begun) = (AtomicBool::new(false), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| cancelled.load(SeqCst) || begun.swap(true, SeqCst));
        scope.spawn(|| begun.load(SeqCst) || cancelled.swap(true, SeqCst));
    });
    let both = begun.into_inner() && cancelled.into_inner();
    assert!(!both, "the task was run and cancelled");
}

/// The job and the future of one task; panics if the task was both run and cancelled,
/// or neither.
pub fn one_decision() {
    let has_run = Arc::new(Flag::new(false));
    let runs = Arc::clone(&has_run);
    let (job, future) = package(move || runs.store(true, SeqCst));
    let cancelled = thread::scope(|scope| {
        scope.spawn(|| job.run());
        scope.spawn(|| future.cancel()).join().is_ok_and(|cancelled| cancelled)
    });
    let one = has_run.load(SeqCst) != cancelled;
    assert!(one, "the task was run and cancelled, or neither");
}
