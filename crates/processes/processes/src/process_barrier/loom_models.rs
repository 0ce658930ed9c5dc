//! Every order in which two or three threads can come to a barrier.

use loom::cell::UnsafeCell;
use loom::model::Builder;
use loom::sync::Arc;
use loom::thread;

use super::Arrivals;

/// A value of each thread, written without any order but that of the barrier.
struct Meeting<const PARTIES: usize> {
    written: [UnsafeCell<usize>; PARTIES],
    arrivals: Arrivals,
}

// SAFETY: a thread writes its own value before a barrier and reads the others after
// it. loom reports a race if the barrier does not keep the two apart.
unsafe impl<const PARTIES: usize> Sync for Meeting<PARTIES> {}
// SAFETY: numbers.
unsafe impl<const PARTIES: usize> Send for Meeting<PARTIES> {}

impl<const PARTIES: usize> Meeting<PARTIES> {
    /// In each round: writes, waits, reads the values of all, and waits until all have
    /// read.
    fn attend(&self, me: usize, rounds: usize) {
        for round in 1..=rounds {
            // SAFETY: see `Sync`.
            self.written[me].with_mut(|value| unsafe { *value = round });
            self.arrivals.wait();
            for value in &self.written {
                // SAFETY: see `Sync`.
                assert_eq!(value.with(|value| unsafe { *value }), round);
            }
            if round < rounds {
                self.arrivals.wait();
            }
        }
    }
}

fn explore<const PARTIES: usize>(preemptions: Option<usize>, rounds: usize) {
    let mut model = Builder::new();
    model.preemption_bound = preemptions;
    model.check(move || {
        let meeting = Arc::new(Meeting::<PARTIES> {
            written: std::array::from_fn(|_| UnsafeCell::new(0)),
            arrivals: Arrivals::new(PARTIES as u32),
        });
        let others: Vec<_> = (1..PARTIES)
            .map(|me| {
                let meeting = Arc::clone(&meeting);
                thread::spawn(move || meeting.attend(me, rounds))
            })
            .collect();
        meeting.attend(0, rounds);
        others.into_iter().for_each(|other| other.join().expect("no panic"));
    });
}

#[test]
fn both_see_what_the_other_wrote() {
    explore::<2>(None, 1);
}

#[test]
fn it_serves_a_second_round() {
    explore::<2>(Some(3), 2);
}

#[test]
fn the_last_of_three_sees_what_the_first_wrote() {
    explore::<3>(Some(2), 1);
}
