//! Unit tests of the condition.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::*;
use crate::bunch::{Bunch, LONG, SHORT, until};

/// The threads that pass write down their numbers.
type Gate = Arc<Condition<Vec<usize>>>;

fn wait_at(gate: &Condition<Vec<usize>>, number: usize) {
    let mut passed = gate.lock();
    passed.wait();
    passed.push(number);
}

/// A bunch that has begun to wait one by one, so that it stands in the queue in the
/// order of its numbers.
fn queue(gate: &Gate, count: usize) -> Vec<Bunch<()>> {
    let wait_in_turn = |number| {
        let bunch =
            Bunch::of(1, &Arc::new((Arc::clone(gate), number)), |(gate, number), _| {
                wait_at(gate, *number);
            });
        until(|| gate.lock().waiting() == number + 1);
        bunch
    };
    (0..count).map(wait_in_turn).collect()
}

fn all_pass(bunches: impl IntoIterator<Item = Bunch<()>>) {
    for bunch in bunches {
        bunch.results();
    }
}

#[test]
fn notify_lets_exactly_n_pass_in_the_order_in_which_they_came() {
    let gate = Gate::default();
    let bunches = queue(&gate, 5);
    for (n, passed) in [(0, 0), (1, 1), (2, 3)] {
        gate.lock().notify(n);
        until(|| gate.lock().len() == passed);
        assert_eq!(gate.lock().waiting(), 5 - passed);
        let mut passed_so_far = gate.lock().clone();
        passed_so_far.sort_unstable();
        assert_eq!(passed_so_far, (0..passed).collect::<Vec<_>>());
    }
    gate.lock().notify_all();
    all_pass(bunches);
    assert_eq!(gate.lock().len(), 5);
}

#[test]
fn notify_is_for_the_present_waiters_and_not_for_later_ones() {
    let gate = Gate::default();
    gate.lock().notify(3);
    gate.lock().notify_all();
    let bunches = queue(&gate, 2);
    gate.lock().notify(usize::MAX);
    all_pass(bunches);
}

#[test]
fn a_thread_that_passed_and_waits_again_is_notified_again() {
    let rounds = Arc::new(Condition::new(0));
    let bunch = Bunch::of(5, &rounds, |rounds, _| {
        for _ in 0..3 {
            let mut passed = rounds.lock();
            passed.wait();
            *passed += 1;
        }
    });
    for round in 1..=3 {
        until(|| rounds.lock().waiting() == 5);
        rounds.lock().notify_all();
        until(|| *rounds.lock() == 5 * round);
    }
    bunch.results();
}

#[test]
fn a_wait_ends_when_its_time_is_up_and_holds_the_lock_again() {
    let condition = Arc::new(Condition::new(()));
    let bunch = Bunch::of(5, &condition, |condition, _| {
        let begin = Instant::now();
        let mut guard = condition.lock();
        assert!(!guard.wait_timeout(SHORT));
        assert!(condition.try_lock().is_none(), "the lock is held again");
        begin.elapsed()
    });
    assert!(bunch.results().into_iter().all(|time| time >= SHORT && time < LONG));
    assert_eq!(condition.lock().waiting(), 0);
}

#[test]
fn a_timeout_in_the_middle_of_the_queue_leaves_the_others_their_places() {
    let gate = Gate::default();
    let first = queue(&gate, 1);
    let impatient = Bunch::of(1, &gate, |gate, _| gate.lock().wait_timeout(SHORT));
    until(|| gate.lock().waiting() == 2);
    let last = Bunch::of(1, &gate, |gate, _| wait_at(gate, 9));
    assert_eq!(impatient.results(), [false]);
    until(|| gate.lock().waiting() == 2);
    gate.lock().notify(2);
    all_pass(first.into_iter().chain([last]));
    assert_eq!(gate.lock().waiting(), 0);
}

#[test]
fn a_timeout_of_zero_lets_others_in() {
    let condition = Arc::new(Condition::new(false));
    let other = Bunch::of(1, &condition, |condition, _| *condition.lock() = true);
    let mut done = condition.lock();
    until(|| !done.wait_timeout(Duration::ZERO) && *done);
    drop(done);
    other.results();
}

#[test]
fn a_timeout_without_end_waits_for_the_notification() {
    let condition = Arc::new(Condition::new(()));
    let bunch = Bunch::of(2, &condition, |condition, _| {
        condition.lock().wait_timeout(Duration::MAX)
    });
    until(|| condition.lock().waiting() == 2);
    condition.lock().notify_all();
    assert_eq!(bunch.results(), [true, true]);
}

#[test]
fn wait_for_calls_the_predicate_after_each_notification_until_it_holds() {
    let state = Arc::new(Condition::new((0, 0)));
    let bunch = Bunch::of(1, &state, |state, _| {
        let mut guard = state.lock();
        guard.wait_for(|(value, asked)| {
            *asked += 1;
            *value == 4
        });
        *guard
    });
    for value in 1..=4 {
        until(|| state.lock().waiting() == 1);
        let mut guard = state.lock();
        guard.0 = value;
        guard.notify(1);
    }
    assert_eq!(bunch.results(), [(4, 5)]);
}

#[test]
fn wait_for_does_not_wait_if_the_predicate_holds_already() {
    let state = Condition::new(4);
    state.lock().wait_for(|value| *value == 4);
    assert!(state.lock().wait_for_timeout(|value| *value == 4, Duration::ZERO));
}

#[test]
fn wait_for_gives_up_when_its_time_is_up_however_often_it_was_notified() {
    let state = Arc::new(Condition::new(0));
    let bunch = Bunch::of(1, &state, |state, _| {
        let begin = Instant::now();
        let mut guard = state.lock();
        let held = guard.wait_for_timeout(|value| *value == 4, SHORT);
        assert!(state.try_lock().is_none(), "the lock is held again");
        (held, begin.elapsed())
    });
    for value in 1..=3 {
        *state.lock() = value;
        state.lock().notify(1);
    }
    let (held, time) = bunch.results()[0];
    assert!(!held && time >= SHORT && time < LONG, "{time:?}");
}

#[test]
fn try_lock_gets_the_lock_only_if_it_is_free() {
    let condition = Condition::new(7);
    let held = condition.lock();
    assert!(condition.try_lock().is_none());
    drop(held);
    assert_eq!(condition.try_lock().as_deref(), Some(&7));
}

#[test]
fn a_panic_gives_the_lock_back_and_leaves_the_value_as_it_was() {
    let condition = Arc::new(Condition::new(0));
    let panicking = Arc::clone(&condition);
    let thread = std::thread::spawn(move || {
        let mut value = panicking.lock();
        *value = 1;
        value.wait_for(|_| panic!("in the predicate"));
    });
    assert!(thread.join().is_err());
    let value = condition.lock();
    assert_eq!((*value, value.waiting()), (1, 0));
}

#[test]
fn debug_shows_the_value_unless_it_is_locked() {
    let condition = Condition::new(7);
    assert_eq!(format!("{condition:?}"), "Condition { value: 7, waiting: 0 }");
    let _held = condition.lock();
    assert_eq!(format!("{condition:?}"), "Condition { .. }");
}
