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
            until(|| seats.permits.0.lock().waiting() > 0);
            seats.release(1).expect("one forgotten");
        }
        passed += more;
        until(|| inside.load(Ordering::SeqCst) == passed);
        assert!(seats.try_acquire().is_none());
        until(|| passed == 20 || seats.permits.0.lock().waiting() > 0);
        assert_eq!(inside.load(Ordering::SeqCst), passed);
    }
    bunch.results();
}

#[test]
fn permits_go_to_the_longest_waiter_and_cannot_be_taken_by_another() {
    let seats = Arc::new(BoundedSemaphore::new(1));
    let mine = seats.acquire();
    let bunches: Vec<_> = (0..3)
        .map(|number| {
            let bunch = Bunch::of(1, &seats, |seats, _| seats.acquire().forget());
            until(|| seats.permits.0.lock().waiting() == number + 1);
            bunch
        })
        .collect();
    drop(mine);
    for bunch in bunches {
        assert!(seats.try_acquire().is_none(), "handed over, not laid down");
        bunch.results();
        seats.release(1).expect("one forgotten");
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
    until(|| seats.permits.0.lock().waiting() == 2);
    drop(mine);
    assert_eq!(bunch.results(), [true, true]);
    assert_eq!(seats.available(), 1);
}

#[test]
fn one_release_too_many_is_refused_and_changes_nothing() {
    let seats = BoundedSemaphore::new(2);
    let refused = Err(TooManyReleases { bound: 2 });
    assert_eq!(seats.release(1), refused);
    let inside = seats.acquire();
    assert_eq!(
        seats.release(1),
        refused,
        "the one inside gives its permit back itself"
    );
    assert_eq!(seats.available(), 1);
    inside.forget();
    assert_eq!(seats.release(1), Ok(()));
    assert_eq!(seats.release(1), refused);
    assert_eq!(seats.available(), 2);
}

#[test]
fn with_a_bound_of_0_no_permit_is_given_and_none_can_be_released() {
    let closed = BoundedSemaphore::new(0);
    assert!(closed.try_acquire().is_none());
    assert!(closed.acquire_timeout(SHORT).is_none());
    assert_eq!(closed.release(1), Err(TooManyReleases { bound: 0 }));
    assert_eq!(closed.available(), 0);
}

#[test]
fn the_greatest_bound_does_not_overflow() {
    let seats = BoundedSemaphore::new(usize::MAX);
    drop(seats.acquire());
    assert!(seats.release(1).is_err());
    assert_eq!(seats.available(), usize::MAX);
}

#[test]
fn a_release_of_many_lets_as_many_in_and_keeps_the_rest() {
    let apples = Arc::new(Semaphore::new(0));
    let bunch = Bunch::of(3, &apples, |apples, _| apples.acquire().forget());
    until(|| apples.permits.0.lock().waiting() == 3);
    apples.release(2);
    bunch.next();
    bunch.next();
    assert_eq!((apples.available(), apples.permits.0.lock().waiting()), (0, 1));
    apples.release(3);
    bunch.next();
    assert_eq!(apples.available(), 2);
    apples.release(0);
    assert_eq!(apples.available(), 2);
}

#[test]
fn an_unbounded_semaphore_grows_and_its_permits_go_back() {
    let apples = Semaphore::new(0);
    assert!(apples.try_acquire().is_none());
    assert!(apples.acquire_timeout(SHORT).is_none());
    apples.release(usize::MAX);
    drop(apples.acquire());
    let overflow =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| apples.release(1)));
    assert!(overflow.is_err());
    assert_eq!(apples.available(), usize::MAX);
    apples.acquire().forget();
    assert_eq!(format!("{apples:?}"), format!("Semaphore({})", usize::MAX - 1));
}

#[test]
fn of_many_releases_too_many_none_is_made() {
    let seats = BoundedSemaphore::new(3);
    seats.acquire().forget();
    seats.acquire().forget();
    assert_eq!(seats.release(3), Err(TooManyReleases { bound: 3 }));
    assert_eq!(seats.available(), 1);
    assert_eq!(seats.release(2), Ok(()));
    assert_eq!(seats.available(), 3);
}

#[test]
fn an_owned_permit_goes_back_once_from_another_thread_or_without_its_semaphore() {
    let seats = Arc::new(BoundedSemaphore::new(1));
    let seat = seats.acquire().into_owned();
    assert!(seats.try_acquire().is_none());
    let waiting = Bunch::of(1, &seats, |seats, _| drop(seats.acquire()));
    until(|| seats.permits.0.lock().waiting() == 1);
    std::thread::spawn(move || drop(seat)).join().expect("no panic");
    waiting.results();
    assert_eq!(seats.available(), 1);
    let seat = seats.acquire().into_owned();
    drop(seats);
    drop(seat);
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
    Release(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => Just(Step::TryAcquire),
        1 => Just(Step::AcquireTimeout),
        2 => any::<usize>().prop_map(Step::Drop),
        2 => any::<usize>().prop_map(Step::Forget),
        2 => (0_usize..3).prop_map(Step::Release),
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
                Step::Release(n) => {
                    prop_assert_eq!(semaphore.release(n).is_ok(), n <= forgotten);
                    forgotten = forgotten.checked_sub(n).unwrap_or(forgotten);
                }
            }
            prop_assert_eq!(semaphore.available(), bound - held.len() - forgotten);
        }
    }
}
