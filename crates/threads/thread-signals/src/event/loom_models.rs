//! Loom models of the event: every schedule of a few steps.

use std::sync::Arc;

use loom::thread;

use super::*;

#[test]
fn set_wakes_all_whenever_they_come() {
    loom::model(|| {
        let event = Arc::new(Event::new());
        let waiters = [0, 1].map(|_| {
            let event = Arc::clone(&event);
            thread::spawn(move || event.wait())
        });
        event.set();
        waiters.into_iter().for_each(|waiter| waiter.join().expect("no panic"));
    });
}

/// A thread that waits when the event is set goes on, though it is cleared before the
/// thread wakes up; a later one waits.
#[test]
fn set_followed_at_once_by_clear_wakes_the_waiters() {
    loom::model(|| {
        let event = Arc::new(Event::new());
        let shared = Arc::clone(&event);
        let waiter = thread::spawn(move || shared.wait());
        let waited = event.flag.lock().waiting() == 1;
        event.set();
        event.clear();
        if !waited {
            event.set();
        }
        waiter.join().expect("no panic");
    });
}

/// A waiter in the queue when the event is set reports that, though its time was up.
#[test]
fn a_timeout_misses_no_set() {
    loom::model(|| {
        let event = Arc::new(Event::new());
        let shared = Arc::clone(&event);
        let waiter = thread::spawn(move || {
            (shared.is_set(), shared.wait_timeout(Duration::ZERO))
        });
        let mut flag = event.flag.lock();
        let waited = flag.waiting() == 1;
        *flag = true;
        flag.notify_all();
        drop(flag);
        let (set_before, was_set) = waiter.join().expect("no panic");
        assert!(was_set || !(waited || set_before));
        assert_eq!(event.flag.lock().waiting(), 0);
    });
}
