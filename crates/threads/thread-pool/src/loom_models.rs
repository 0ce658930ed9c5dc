//! Loom models of the parts that other crates do not check: the latch, and the half of
//! a join that another thread runs.

use std::sync::Arc;
use std::time::Duration;

use loom::thread;

use crate::Latch;
use crate::half::{Half, OnStack, Outcome, Owner};
use crate::sync::{Deadline, Parker};

#[test]
fn a_latch_wakes_all_that_wait_for_it() {
    loom::model(|| {
        let latch = Arc::new(Latch::new());
        let waiters = [(); 2].map(|()| {
            let latch = Arc::clone(&latch);
            thread::spawn(move || latch.wait())
        });
        latch.open();
        for waiter in waiters {
            waiter.join().expect("no panic");
        }
    });
}

/// A thread whose time is up takes no other's wake-up with it.
#[test]
fn a_timeout_at_a_latch_leaves_the_others_to_be_woken() {
    loom::model(|| {
        let latch = Arc::new(Latch::new());
        let [patient, impatient] = [None, Some(Duration::ZERO)].map(|timeout| {
            let latch = Arc::clone(&latch);
            thread::spawn(move || match timeout {
                None => latch.wait(),
                Some(timeout) => drop(latch.wait_timeout(timeout)),
            })
        });
        latch.open();
        patient.join().expect("no panic");
        impatient.join().expect("no panic");
        assert!(latch.is_open());
    });
}

/// The owner frees the half at once when it is done: its result is there by then, and
/// the thief touches nothing of it any more.
#[test]
fn a_half_that_another_thread_runs_is_done_before_its_owner_goes_on() {
    loom::model(|| {
        let parker = Arc::new(Parker::new());
        let half = OnStack::new(|| 7, Owner::Outside(Arc::clone(&parker)));
        // SAFETY: the half stays where it is until it is done.
        #[expect(unsafe_code, reason = "the half is borrowed from this stack")]
        let reference = unsafe { Half::of(&half) };
        let thief = thread::spawn(move || reference.run(&|_| unreachable!("outside")));
        while !half.is_done() {
            parker.park(&Deadline::never());
        }
        assert!(matches!(half.into_outcome(), Outcome::Returned(7)));
        thief.join().expect("no panic");
    });
}
