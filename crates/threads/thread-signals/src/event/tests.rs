//! Unit tests of the event.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::*;
use crate::bunch::{Bunch, LONG, SHORT, until};

#[test]
fn it_is_set_or_not_as_it_was_last_made() {
    let event = Event::new();
    assert!(!event.is_set());
    for set in [true, true, false, false, true] {
        if set {
            event.set();
        } else {
            event.clear();
        }
        assert_eq!(event.is_set(), set);
    }
}

#[test]
fn set_lets_all_go_on_and_later_threads_do_not_wait() {
    let event = Arc::new(Event::new());
    // The second time around, the event has been used before.
    for _ in 0..2 {
        let bunch = Bunch::of(5, &event, |event, _| {
            event.wait();
            event.wait();
            event.wait_timeout(LONG)
        });
        until(|| event.flag.lock().waiting() == 5);
        event.set();
        assert_eq!(bunch.results(), [true; 5]);
        event.clear();
    }
}

#[test]
fn set_followed_at_once_by_clear_still_wakes_all_waiters() {
    let event = Arc::new(Event::new());
    for round in 0..100 {
        let bunch = Bunch::of(5, &event, |event, number| {
            if number == 0 {
                event.wait();
                return true;
            }
            event.wait_timeout(LONG)
        });
        until(|| event.flag.lock().waiting() == 5);
        event.set();
        event.clear();
        assert_eq!(bunch.results(), [true; 5], "round {round}");
    }
}

#[test]
fn a_wait_in_vain_returns_false_when_the_time_is_up() {
    let event = Arc::new(Event::new());
    let bunch = Bunch::of(5, &event, |event, _| {
        let begin = Instant::now();
        (event.wait_timeout(Duration::ZERO), event.wait_timeout(SHORT), begin.elapsed())
    });
    for (at_once, later, time) in bunch.results() {
        assert!(!at_once && !later && time >= SHORT && time < LONG, "{time:?}");
    }
}

#[test]
fn an_event_that_is_set_needs_no_time() {
    let event = Event::new();
    event.set();
    assert!(event.wait_timeout(Duration::ZERO));
    assert!(event.wait_timeout(Duration::MAX));
}

#[test]
fn a_timeout_without_end_waits_for_set() {
    let event = Arc::new(Event::new());
    let bunch = Bunch::of(2, &event, |event, _| event.wait_timeout(Duration::MAX));
    until(|| event.flag.lock().waiting() == 2);
    event.set();
    assert_eq!(bunch.results(), [true, true]);
}

#[test]
fn debug_shows_whether_it_is_set() {
    let event = Event::new();
    assert_eq!(format!("{event:?}"), "Event(unset)");
    event.set();
    assert_eq!(format!("{event:?}"), "Event(set)");
}
