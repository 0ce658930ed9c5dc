//! Unit tests of the barrier.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::*;
use crate::bunch::{Bunch, LONG, SHORT, until};

const N: usize = 5;

fn barrier() -> Arc<Barrier> {
    Arc::new(Barrier::new(N).expect("five"))
}

#[test]
fn it_is_passed_in_lockstep_ten_times() {
    let shared = Arc::new((barrier(), [AtomicUsize::new(0), AtomicUsize::new(0)]));
    let bunch = Bunch::of(N, &shared, |(barrier, [before, after]), _| {
        for pass in 0..10 {
            before.fetch_add(1, Ordering::SeqCst);
            assert_eq!(after.load(Ordering::SeqCst), pass * N);
            barrier.wait().expect("whole");
            after.fetch_add(1, Ordering::SeqCst);
            assert_eq!(before.load(Ordering::SeqCst), (pass + 1) * N);
            barrier.wait().expect("whole");
        }
    });
    bunch.results();
    assert_eq!((shared.0.n_waiting(), shared.0.is_broken()), (0, false));
}

#[test]
fn wait_returns_the_place_in_the_order_of_arrival() {
    let shared = Arc::new((barrier(), Mutex::new(Vec::new())));
    let bunch = Bunch::of(N - 1, &shared, |(barrier, came), number| {
        until(|| barrier.n_waiting() == number);
        came.lock().expect("whole").push(number);
        barrier.wait()
    });
    until(|| shared.0.n_waiting() == N - 1);
    assert_eq!(shared.0.wait(), Ok(N - 1));
    assert_eq!(bunch.results(), (0..N - 1).map(Ok).collect::<Vec<_>>());
    assert_eq!(*shared.1.lock().expect("whole"), [0, 1, 2, 3]);
}

#[test]
fn abort_breaks_it_for_waiters_and_for_later_threads() {
    let barrier = barrier();
    let bunch = Bunch::of(N - 1, &barrier, |barrier, _| barrier.wait());
    until(|| barrier.n_waiting() == N - 1);
    barrier.abort();
    assert_eq!(bunch.results(), [Err(BrokenBarrier); N - 1]);
    assert!(barrier.is_broken());
    assert_eq!(barrier.wait(), Err(BrokenBarrier));
    assert_eq!(barrier.wait_timeout(Duration::MAX), Err(BrokenBarrier));
    assert_eq!(barrier.n_waiting(), 0);
}

#[test]
fn reset_frees_the_waiters_and_the_barrier_can_be_passed_again() {
    let barrier = barrier();
    let bunch = Bunch::of(N, &barrier, |barrier, _| {
        let first = barrier.wait_timeout(LONG);
        if first == Ok(N / 2) {
            until(|| barrier.n_waiting() == N - 1);
            barrier.reset();
            return (Err(BrokenBarrier), barrier.wait_timeout(LONG));
        }
        (barrier.wait_timeout(LONG), barrier.wait_timeout(LONG))
    });
    for (freed, again) in bunch.results() {
        assert_eq!(freed, Err(BrokenBarrier));
        assert!(again.is_ok());
    }
}

#[test]
fn a_broken_barrier_can_be_reset() {
    let barrier = barrier();
    barrier.abort();
    barrier.reset();
    assert!(!barrier.is_broken());
    let bunch = Bunch::of(N, &barrier, |barrier, _| barrier.wait_timeout(LONG));
    let mut indices: Vec<_> =
        bunch.results().into_iter().map(|index| index.expect("whole")).collect();
    indices.sort_unstable();
    assert_eq!(indices, [0, 1, 2, 3, 4]);
}

#[test]
fn a_waiter_that_was_broken_off_does_not_pass_with_the_next_round() {
    let barrier = Arc::new(Barrier::new(2).expect("two"));
    for _ in 0..100 {
        let early = Bunch::of(1, &barrier, |barrier, _| barrier.wait());
        until(|| barrier.n_waiting() == 1);
        barrier.abort();
        barrier.reset();
        // It may wake up only now, while the next round is passed.
        let next = Bunch::of(2, &barrier, |barrier, _| barrier.wait().is_ok());
        assert_eq!(next.results(), [true, true]);
        assert_eq!(early.results(), [Err(BrokenBarrier)]);
    }
}

#[test]
fn a_timeout_breaks_it_for_all() {
    let barrier = barrier();
    let patient = Bunch::of(N - 2, &barrier, |barrier, _| barrier.wait());
    until(|| barrier.n_waiting() == N - 2);
    let begin = Instant::now();
    assert_eq!(barrier.wait_timeout(SHORT), Err(BrokenBarrier));
    assert!(begin.elapsed() >= SHORT && begin.elapsed() < LONG);
    assert_eq!(patient.results(), [Err(BrokenBarrier); N - 2]);
    assert!(barrier.is_broken());
}

#[test]
fn a_timeout_of_zero_breaks_it_unless_this_thread_is_the_last() {
    let barrier = Arc::new(Barrier::new(2).expect("two"));
    let patient =
        Bunch::of(1, &barrier, |barrier, _| barrier.wait_timeout(Duration::MAX));
    until(|| barrier.n_waiting() == 1);
    assert_eq!(barrier.wait_timeout(Duration::ZERO), Ok(1));
    assert_eq!(patient.results(), [Ok(0)]);
    assert_eq!(barrier.wait_timeout(Duration::ZERO), Err(BrokenBarrier));
}

#[test]
fn a_barrier_for_one_is_open() {
    let barrier = Barrier::new(1).expect("one");
    assert_eq!((barrier.parties(), barrier.wait(), barrier.wait()), (1, Ok(0), Ok(0)));
}

#[test]
fn a_barrier_for_no_threads_is_refused() {
    assert_eq!(Barrier::new(0).err(), Some(NoParties));
}

#[test]
fn the_action_runs_once_a_round_before_any_goes_on() {
    let (runs, passes) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let action = || {
        let before = runs.fetch_add(1, Ordering::SeqCst) * N;
        assert_eq!(passes.load(Ordering::SeqCst), before);
    };
    let barrier = Barrier::with_action(N, action).expect("five");
    std::thread::scope(|scope| {
        for _ in 0..N {
            scope.spawn(|| {
                for round in 1..=10 {
                    barrier.wait().expect("whole");
                    // The next action runs only when this thread has come again.
                    assert_eq!(runs.load(Ordering::SeqCst), round);
                    passes.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
    });
}

#[test]
fn an_action_that_panics_breaks_the_barrier_until_it_is_reset() {
    let mut runs = 0;
    let barrier = Barrier::with_action(2, || {
        runs += 1;
        assert!(runs > 1, "on purpose");
    });
    let barrier = barrier.expect("two");
    let wait =
        || std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| barrier.wait()));
    std::thread::scope(|scope| {
        let first = scope.spawn(wait);
        until(|| barrier.n_waiting() == 1);
        let panic = wait().expect_err("the last to come runs the action");
        assert_eq!(panic.downcast_ref(), Some(&"on purpose"));
        let first = first.join().expect("caught").expect("no panic of its own");
        assert_eq!(first, Err(BrokenBarrier));
        assert_eq!(barrier.wait(), Err(BrokenBarrier));
        barrier.reset();
        let first = scope.spawn(wait);
        until(|| barrier.n_waiting() == 1);
        assert_eq!(barrier.wait(), Ok(1));
        assert_eq!(first.join().expect("caught").expect("no panic"), Ok(0));
    });
}

#[test]
fn debug_shows_how_many_wait() {
    let barrier = Arc::new(Barrier::new(3).expect("three"));
    let bunch = Bunch::of(2, &barrier, |barrier, _| barrier.wait().is_ok());
    until(|| barrier.n_waiting() == 2);
    assert_eq!(format!("{barrier:?}"), "Barrier(2/3)");
    assert_eq!(barrier.wait(), Ok(2));
    assert_eq!(bunch.results(), [true, true]);
    assert_eq!(format!("{barrier:?}"), "Barrier(0/3)");
    barrier.abort();
    assert_eq!(format!("{barrier:?}"), "Barrier(broken)");
}
