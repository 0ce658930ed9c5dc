//! Unit tests of the semaphore.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::bunch::{Bunch, LONG, SHORT, until};

#[test]
fn contended_acquires_pass_as_permits_come_back_and_no_sooner() {
    let semaphore = Arc::new((BoundedSemaphore::new(7), AtomicUsize::new(0)));
    let (seats, inside) = (&semaphore.0, &semaphore.1);
    seats.acquire().forget();
    let bunch = Bunch::of(10, &semaphore, |(seats, inside), _| {
        for _ in 0..2 {
            seats.acquire().forget();
            inside.fetch_add(1, Ordering::SeqCst);
        }
    });
    // 6 of the 20 acquires pass, then 7 more, then 6 more, then the last one.
    let mut passed = 0;
    for more in [6, 7, 6, 1] {
        let releases = if passed == 0 { 0 } else { more };
        for _ in 0..releases {
            until(|| seats.state.lock().waiting() > 0);
            seats.release().expect("one forgotten");
        }
        passed += more;
        until(|| inside.load(Ordering::SeqCst) == passed);
        assert!(seats.try_acquire().is_none());
        until(|| passed == 20 || seats.state.lock().waiting() > 0);
        assert_eq!(inside.load(Ordering::SeqCst), passed);
    }
    bunch.results();
}

#[test]
fn permits_go_to_those_who_wait_longest_and_cannot_be_snatched() {
    let seats = Arc::new(BoundedSemaphore::new(1));
    let mine = seats.acquire();
    let bunches: Vec<_> = (0..3)
        .map(|number| {
            let bunch = Bunch::of(1, &seats, |seats, _| seats.acquire().forget());
            until(|| seats.state.lock().waiting() == number + 1);
            bunch
        })
        .collect();
    drop(mine);
    for bunch in bunches {
        assert!(seats.try_acquire().is_none(), "handed over, not laid down");
        bunch.results();
        seats.release().expect("one forgotten");
    }
    assert_eq!(seats.available(), 1);
}

#[test]
fn contended_try_acquires_get_what_there_is() {
    let seats = Arc::new(BoundedSemaphore::new(4));
    let _mine = seats.acquire();
    let bunch = Bunch::of(5, &seats, |seats, _| {
        [0; 2].map(|_| seats.try_acquire().map(Permit::forget).is_some())
    });
    assert_eq!(bunch.results().concat().into_iter().filter(|&got| got).count(), 3);
}

#[test]
fn an_acquire_that_times_out_takes_nothing() {
    let seats = BoundedSemaphore::new(2);
    let _a = seats.acquire_timeout(Duration::ZERO).expect("free");
    let b = seats.acquire_timeout(Duration::MAX).expect("free");
    for timeout in [Duration::ZERO, SHORT] {
        let begin = Instant::now();
        assert!(seats.acquire_timeout(timeout).is_none());
        assert!(begin.elapsed() >= timeout && begin.elapsed() < LONG);
    }
    drop(b);
    assert_eq!(seats.available(), 1);
    assert!(seats.acquire_timeout(SHORT).is_some());
}

#[test]
fn an_acquire_without_end_gets_the_permit_that_comes_back() {
    let seats = Arc::new(BoundedSemaphore::new(1));
    let mine = seats.acquire();
    let bunch =
        Bunch::of(2, &seats, |seats, _| seats.acquire_timeout(Duration::MAX).is_some());
    until(|| seats.state.lock().waiting() == 2);
    drop(mine);
    assert_eq!(bunch.results(), [true, true]);
    assert_eq!(seats.available(), 1);
}

#[test]
fn one_release_too_many_is_refused_and_changes_nothing() {
    let seats = BoundedSemaphore::new(2);
    let refused = Err(TooManyReleases { bound: 2 });
    assert_eq!(seats.release(), refused);
    let inside = seats.acquire();
    assert_eq!(seats.release(), refused, "the one inside gives its permit back itself");
    assert_eq!(seats.available(), 1);
    inside.forget();
    assert_eq!(seats.release(), Ok(()));
    assert_eq!(seats.release(), refused);
    assert_eq!(seats.available(), 2);
}

#[test]
fn with_a_bound_of_0_nobody_gets_in_and_nothing_can_be_released() {
    let closed = BoundedSemaphore::new(0);
    assert!(closed.try_acquire().is_none());
    assert!(closed.acquire_timeout(SHORT).is_none());
    assert_eq!(closed.release(), Err(TooManyReleases { bound: 0 }));
    assert_eq!(closed.available(), 0);
}

#[test]
fn the_greatest_bound_does_not_overflow() {
    let seats = BoundedSemaphore::new(usize::MAX);
    drop(seats.acquire());
    assert!(seats.release().is_err());
    assert_eq!(seats.available(), usize::MAX);
}

#[test]
fn a_panic_inside_gives_the_permit_back() {
    let seats = Arc::new(BoundedSemaphore::new(1));
    let shared = Arc::clone(&seats);
    let thread = std::thread::spawn(move || {
        let _seat = shared.acquire();
        panic!("inside");
    });
    assert!(thread.join().is_err());
    assert_eq!(seats.available(), 1);
}

#[test]
fn debug_shows_available_and_bound() {
    let seats = BoundedSemaphore::new(3);
    let _mine = seats.acquire();
    assert_eq!(format!("{seats:?}"), "BoundedSemaphore(2/3)");
}

#[derive(Clone, Debug)]
enum Step {
    TryAcquire,
    AcquireTimeout,
    Drop(usize),
    Forget(usize),
    Release,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => Just(Step::TryAcquire),
        1 => Just(Step::AcquireTimeout),
        2 => any::<usize>().prop_map(Step::Drop),
        2 => any::<usize>().prop_map(Step::Forget),
        2 => Just(Step::Release),
    ];
    prop::collection::vec(step, 0..100)
}

proptest! {
    /// The model: permits are held, forgotten or available, and nothing else.
    #[test]
    fn permits_are_neither_lost_nor_made(bound in 0_usize..5, steps in steps()) {
        let semaphore = BoundedSemaphore::new(bound);
        let (mut held, mut forgotten) = (Vec::new(), 0);
        for step in steps {
            let free = bound - held.len() - forgotten;
            match step {
                Step::TryAcquire | Step::AcquireTimeout => {
                    let permit = match step {
                        Step::TryAcquire => semaphore.try_acquire(),
                        _ => semaphore.acquire_timeout(Duration::ZERO),
                    };
                    prop_assert_eq!(permit.is_some(), free > 0);
                    held.extend(permit);
                }
                Step::Drop(_) | Step::Forget(_) if held.is_empty() => {}
                Step::Drop(which) => drop(held.swap_remove(which % held.len())),
                Step::Forget(which) => {
                    held.swap_remove(which % held.len()).forget();
                    forgotten += 1;
                }
                Step::Release => {
                    prop_assert_eq!(semaphore.release().is_ok(), forgotten > 0);
                    forgotten = forgotten.saturating_sub(1);
                }
            }
            prop_assert_eq!(semaphore.available(), bound - held.len() - forgotten);
        }
    }
}
