//! Loom models of the semaphore: every schedule of a few steps.

use std::sync::Arc;
// Not loom's: the counter only watches, and loom need not try what happens between its
// steps.
use std::sync::atomic::{AtomicUsize, Ordering};

use loom::thread;

use super::*;

/// Goes in, counts the threads inside, and comes out.
fn visit(seats: &BoundedSemaphore, inside: &AtomicUsize) {
    let permit = seats.acquire();
    let now = inside.fetch_add(1, Ordering::Relaxed) + 1;
    assert!(now <= seats.bound, "{now} inside");
    inside.fetch_sub(1, Ordering::Relaxed);
    drop(permit);
}

fn three_visit(bound: usize) {
    loom::model(move || {
        let shared = Arc::new((BoundedSemaphore::new(bound), AtomicUsize::new(0)));
        let visitors = [0, 1].map(|_| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || visit(&shared.0, &shared.1))
        });
        visit(&shared.0, &shared.1);
        visitors.into_iter().for_each(|visitor| visitor.join().expect("no panic"));
        assert_eq!(shared.0.available(), bound);
    });
}

#[test]
fn never_more_than_one_inside() {
    three_visit(1);
}

#[test]
fn never_more_than_two_inside() {
    three_visit(2);
}

/// A permit that comes back just as the waiter's time is up goes to the waiter or is
/// available, but is not lost.
#[test]
fn a_timeout_loses_no_permit() {
    loom::model(|| {
        let seats = Arc::new(BoundedSemaphore::new(1));
        let mine = seats.acquire();
        let visitors = [Duration::ZERO, Duration::MAX].map(|timeout| {
            let seats = Arc::clone(&seats);
            thread::spawn(move || seats.acquire_timeout(timeout).is_some())
        });
        drop(mine);
        let [_impatient, patient] =
            visitors.map(|visitor| visitor.join().expect("no panic"));
        assert!(patient);
        assert_eq!(seats.available(), 1);
    });
}

/// A forgotten permit that is released goes to the waiter; of two releases of one
/// permit, one is refused.
#[test]
fn one_release_too_many_is_refused_in_any_thread() {
    loom::model(|| {
        let seats = Arc::new(BoundedSemaphore::new(1));
        seats.acquire().forget();
        let releases = [0, 1].map(|_| {
            let seats = Arc::clone(&seats);
            thread::spawn(move || seats.release(1).is_ok())
        });
        drop(seats.acquire());
        let [one, other] = releases.map(|release| release.join().expect("no panic"));
        assert!(one ^ other);
        assert_eq!(seats.available(), 1);
    });
}

/// Two permits that come at once let both waiters in, whenever these come.
#[test]
fn a_release_of_two_lets_two_in() {
    loom::model(|| {
        let apples = Arc::new(Semaphore::new(0));
        let eaters = [0, 1].map(|_| {
            let apples = Arc::clone(&apples);
            thread::spawn(move || apples.acquire().forget())
        });
        apples.release(2);
        eaters.into_iter().for_each(|eater| eater.join().expect("no panic"));
        assert_eq!(apples.available(), 0);
    });
}
