//! An event among threads of one process.

use std::sync::atomic::Ordering::AcqRel;
use std::time::{Duration, Instant};

use super::{Event, Flag, Futex, is_set};

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(20);

#[test]
fn it_is_set_until_it_is_cleared() {
    let event = Event::new().expect("memory");
    assert!(!event.is_set());
    for _ in 0..2 {
        event.set();
        event.set();
        assert!(event.is_set());
        event.wait();
        assert!(event.wait_timeout(Duration::ZERO));
        assert!(event.wait_timeout(Duration::MAX));
        event.clear();
        event.clear();
        assert!(!event.is_set());
        assert!(!event.wait_timeout(Duration::ZERO));
    }
}

#[test]
fn the_timeout_may_be_longer_than_a_heartbeat() {
    let event = Event::new().expect("memory");
    let timeout = 2 * crate::HEARTBEAT + Duration::from_millis(50);
    let begin = Instant::now();
    assert!(!event.wait_timeout(timeout));
    assert!(begin.elapsed() >= timeout);
}

#[test]
fn one_set_wakes_all_that_wait() {
    let event = Event::new().expect("memory");
    std::thread::scope(|scope| {
        let waiters = [(); 4].map(|()| scope.spawn(|| event.wait_timeout(LONG)));
        event.set();
        assert!(waiters.map(|waiter| waiter.join().expect("no panic")) == [true; 4]);
    });
}

#[test]
fn a_waiter_notices_a_set_that_was_cleared_again() {
    let flag = Flag::new();
    let seen = flag.0.load(super::Ordering::Acquire);
    flag.set();
    flag.clear();
    assert!(flag.wait_beyond(seen, Some(Instant::now())));
}

/// As if the setter had been killed between its two steps.
#[test]
fn a_waiter_notices_a_set_without_a_wake() {
    let event = Event::new().expect("memory");
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| {
            let begin = Instant::now();
            assert!(event.wait_timeout(LONG));
            begin.elapsed()
        });
        // Whether the waiter sleeps already makes no difference to the claim.
        std::thread::sleep(Duration::from_millis(20));
        event.0.0.fetch_or(1, AcqRel);
        assert!(waiter.join().expect("no panic") < LONG / 2);
    });
}

#[test]
fn the_number_begins_anew_after_the_last_one() {
    let flag = Flag(Futex::shared(u32::MAX - 1));
    flag.set();
    assert!(is_set(u32::MAX) && flag.is_set());
    flag.clear();
    assert!(!flag.is_set());
    flag.set();
    assert!(flag.is_set());
}
