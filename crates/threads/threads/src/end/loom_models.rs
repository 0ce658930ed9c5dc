//! Loom models of the end of a thread: every schedule of one that ends and of those
//! that wait for it.

use std::time::Duration;

use crate::{JoinError, spawn};

/// However late or early the thread ends, a join without a limit returns its value.
#[test]
fn a_join_that_never_gives_up_returns_the_value() {
    loom::model(|| {
        let thread = spawn("t", || 7).expect("a thread");
        let joined = thread.join_timeout(Duration::MAX);
        assert_eq!(joined.expect("the thread returns"), 7);
    });
}

/// A join that gives up hands the thread back, and it can be joined again.
#[test]
fn a_join_that_gives_up_loses_nothing() {
    loom::model(|| {
        let thread = spawn("t", || 7).expect("a thread");
        let value = match thread.join_timeout(Duration::ZERO) {
            Ok(value) => value,
            Err(JoinError::StillRunning(thread)) => thread.join().expect("no panic"),
            Err(JoinError::Panicked(panicked)) => panic!("{panicked}"),
        };
        assert_eq!(value, 7);
    });
}

/// The end is seen by a third thread, which only looks or waits.
#[test]
fn the_end_wakes_a_thread_that_does_not_join() {
    loom::model(|| {
        let (end, reaches) = super::End::new();
        let waiter = loom::thread::spawn(move || {
            assert!(end.wait_timeout(Duration::MAX));
            assert!(end.is_reached());
        });
        drop(reaches);
        waiter.join().expect("no panic");
    });
}
