//! Loom models of the end of a crew: every schedule of a few steps.

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, Ordering::SeqCst};

use super::Crew;

/// A son that starts a grandson as the last thing it does: both have ended at the end.
#[test]
fn no_thread_is_abandoned() {
    loom::model(|| {
        let done = Arc::new(AtomicBool::new(false));
        Crew::run(|crew| {
            let (all, does) = (crew.clone(), Arc::clone(&done));
            let son = move || {
                let started = all.spawn("grandson", move || does.store(true, SeqCst));
                started.expect("the crew waits for the son");
            };
            crew.spawn("son", son).expect("room for a thread");
        });
        assert!(done.load(SeqCst));
    });
}

/// A daemon that starts a thread while the crew ends: it is refused or waited for.
#[test]
fn a_late_thread_is_refused_or_waited_for() {
    loom::model(|| {
        let (started, done) =
            (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        Crew::run(|crew| {
            let all = crew.clone();
            let (starts, does) = (Arc::clone(&started), Arc::clone(&done));
            let daemon = move || {
                let late = all.spawn("late", move || does.store(true, SeqCst));
                starts.store(late.is_ok(), SeqCst);
            };
            crew.daemon("daemon", daemon).expect("room for a thread");
        });
        let started = started.load(SeqCst);
        assert!(done.load(SeqCst) || !started);
    });
}
