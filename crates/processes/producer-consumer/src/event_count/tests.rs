//! Each step of the event count alone, without the heartbeat that would hide its loss.

use std::cell::Cell;
use std::num::NonZeroU32;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use nix::unistd::gettid;
use processes::{State, state};

use super::*;

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(30);

/// The sleepers here have no heartbeat: a wake that is left out leaves them asleep.
#[test]
fn notify_all_wakes_each_sleeper() {
    static COUNT: EventCount = EventCount {
        events: Futex::shared(0),
        announced: AtomicU64::new(0),
        settled: AtomicU64::new(0),
    };
    let (woken, all_woken) = mpsc::channel();
    let (begun, has_begun) = mpsc::channel();
    let sleepers = [(); 3].map(|()| {
        let (begun, woken) = (begun.clone(), woken.clone());
        thread::spawn(move || {
            begun.send(gettid()).expect("the test waits");
            while COUNT.events.load(Ordering::SeqCst) == 0 {
                COUNT.events.wait_bitset(0, NonZeroU32::MAX);
            }
            woken.send(()).expect("the test waits");
        })
    });
    for _ in &sleepers {
        let sleeper = has_begun.recv_timeout(LONG).expect("it begins").as_raw() as u32;
        while state(sleeper).expect("/proc") != Some(State::Sleeping) {
            thread::yield_now();
        }
    }
    COUNT.notify_all();
    for _ in &sleepers {
        all_woken.recv_timeout(LONG).expect("it is woken");
    }
    for sleeper in sleepers {
        sleeper.join().expect("no panic");
    }
}

#[test]
fn a_notifier_without_waiters_does_not_even_ask_whether_it_is_worthwhile() {
    let count = EventCount::new();
    count.notify_one_if(|| panic!("asked"));
    assert_eq!(count.events.load(Ordering::SeqCst), 0);
}

#[test]
fn a_notifier_whose_change_is_not_worthwhile_wakes_no_waiter() {
    let (count, asked) = (EventCount::new(), Cell::new(0));
    count.announced.fetch_add(1, Ordering::SeqCst);
    let worthwhile = |answer| {
        let asked = &asked;
        move || {
            asked.set(asked.get() + 1);
            answer
        }
    };
    count.notify_one_if(worthwhile(false));
    assert_eq!((asked.get(), count.events.load(Ordering::SeqCst)), (1, 0));
    count.notify_one_if(worthwhile(true));
    assert_eq!((asked.get(), count.events.load(Ordering::SeqCst)), (2, 1));
    // No waiter was asleep, so the announcement is settled.
    count.notify_one_if(|| panic!("asked"));
}

#[test]
fn a_waiter_polls_before_it_sleeps() {
    let (count, calls) = (EventCount::new(), Cell::new(0));
    let second_time = || calls.replace(calls.get() + 1) > 0;
    assert!(count.wait("for the second call", None, second_time));
    // Each sleep would have been announced anew.
    assert_eq!(count.announced.load(Ordering::SeqCst), 1);
}

#[test]
fn a_sleep_is_shown_in_the_trace_and_a_wait_without_one_is_not() {
    let count = EventCount::new();
    let mut waiting = Waiting::new("for nothing");
    assert!(count.wait_as(&mut waiting, None, || true));
    assert!(waiting.span.is_none());
    // That is the third announcement: the second comes before the first sleep.
    let slept = || count.announced.load(Ordering::SeqCst) > 2;
    assert!(count.wait_as(&mut waiting, None, slept));
    assert!(waiting.span.is_some());
}

#[test]
fn a_retry_ends_at_the_deadline_although_each_attempt_looks_worthwhile() {
    let (count, attempts) = (EventCount::new(), Cell::new(0));
    let deadline = Instant::now() + Duration::from_millis(20);
    let attempt = || {
        attempts.set(attempts.get() + 1);
        assert!(Instant::now() < deadline + LONG, "it goes on");
        None::<()>
    };
    let in_vain = || count.retry("for nothing", Some(deadline), || true, attempt);
    assert_eq!(in_vain(), None);
    assert!(Instant::now() >= deadline);
    // After the deadline it attempts once.
    attempts.set(0);
    assert_eq!(in_vain(), None);
    assert_eq!(attempts.get(), 1);
}
