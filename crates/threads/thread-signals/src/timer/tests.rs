//! Unit tests of the timer.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use super::*;
use crate::Event;
use crate::bunch::{LONG, SHORT};

#[test]
fn it_runs_once_the_interval_has_passed_in_a_thread_of_its_name() {
    let begin = Instant::now();
    let name = || std::thread::current().name().map(str::to_owned);
    let timer = Timer::new("bell", SHORT, move || (begin.elapsed(), name()))
        .start()
        .expect("started");
    let (time, name) = timer.join().expect("no panic").expect("not cancelled");
    assert!(time >= SHORT && time < LONG, "{time:?}");
    assert_eq!(name.as_deref(), Some("bell"));
}

#[test]
fn a_cancelled_timer_never_fires_and_is_joined_at_once() {
    let timer = Timer::new("never", Duration::MAX, || unreachable!("it was cancelled"))
        .start()
        .expect("started");
    assert!(timer.cancel());
    assert!(timer.cancel(), "it still does not run");
    assert_eq!(timer.join(), Ok(None::<()>));
}

#[test]
fn cancelled_just_when_it_is_due_it_fires_or_says_that_it_does_not() {
    for _ in 0..500 {
        let timer = Timer::new("due", Duration::ZERO, || ()).start().expect("started");
        let in_time = timer.cancel();
        assert_eq!(timer.join(), Ok((!in_time).then_some(())));
    }
}

#[test]
fn once_it_has_begun_it_is_too_late_to_cancel() {
    let (begun, go_on) = (Arc::new(Event::new()), Arc::new(Event::new()));
    let timer = Timer::new("bell", Duration::ZERO, {
        let (begun, go_on) = (Arc::clone(&begun), Arc::clone(&go_on));
        move || {
            begun.set();
            go_on.wait_timeout(LONG)
        }
    });
    let timer = timer.start().expect("started");
    assert!(begun.wait_timeout(LONG));
    assert!(!timer.cancel());
    go_on.set();
    assert_eq!(timer.join(), Ok(Some(true)));
}

#[test]
fn dropped_before_it_is_due_it_never_fires() {
    let (sender, fired) = channel::<()>();
    drop(
        Timer::new("dropped", LONG, move || sender.send(())).start().expect("started"),
    );
    assert!(fired.recv().is_err(), "the function went without having run");
}

#[test]
fn dropped_when_it_has_begun_it_is_waited_for() {
    let begun = Arc::new(Event::new());
    let ended = Arc::new(AtomicBool::new(false));
    let timer = Timer::new("slow", Duration::ZERO, {
        let (begun, ended) = (Arc::clone(&begun), Arc::clone(&ended));
        move || {
            begun.set();
            std::thread::sleep(SHORT);
            ended.store(true, Ordering::SeqCst);
        }
    });
    let timer = timer.start().expect("started");
    assert!(begun.wait_timeout(LONG));
    drop(timer);
    assert!(ended.load(Ordering::SeqCst));
}

#[test]
fn a_function_may_drop_its_own_timer() {
    let own = Arc::new(OnceLock::<Mutex<Option<StartedTimer<()>>>>::new());
    let done = Arc::new(Event::new());
    let timer = Timer::new("own", Duration::ZERO, {
        let (own, done) = (Arc::clone(&own), Arc::clone(&done));
        move || {
            drop(own.wait().lock().expect("whole").take());
            done.set();
        }
    });
    assert!(own.set(Mutex::new(Some(timer.start().expect("started")))).is_ok());
    assert!(done.wait_timeout(LONG));
}

#[test]
fn a_function_that_joins_its_own_timer_panics_and_does_not_hang() {
    let (own_sender, own) = channel::<StartedTimer<()>>();
    let (sender, joined) = channel();
    let timer = Timer::new("own", Duration::ZERO, move || {
        let own = own.recv().expect("itself");
        let join =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| own.join()));
        sender.send(join.is_err()).expect("the test waits");
    });
    own_sender.send(timer.start().expect("started")).expect("the function waits");
    assert_eq!(joined.recv_timeout(LONG), Ok(true));
}

#[test]
fn a_panic_comes_back_at_join_with_its_message() {
    let with_text = Timer::new("bad", Duration::ZERO, || panic!("no apples: {}", 0))
        .start()
        .expect("started");
    let error = with_text.join().expect_err("a panic");
    assert_eq!(error.to_string(), "timer bad: its function panicked: no apples: 0");
    let without = Timer::new("bad", Duration::ZERO, || std::panic::panic_any(7))
        .start()
        .expect("started");
    assert_eq!(
        without.join().expect_err("a panic").message,
        "with a value that is not a string"
    );
}

#[test]
fn a_name_that_no_thread_can_have_is_refused() {
    let error =
        Timer::new("a\0b", Duration::ZERO, || ()).start().expect_err("a zero byte");
    assert_eq!(
        error.to_string(),
        "timer \"a\\0b\": the name of a thread cannot contain a zero byte"
    );
}

#[test]
fn any_other_name_will_do() {
    for name in ["", "鈴", &"long ".repeat(100)] {
        assert_eq!(
            Timer::new(name, Duration::ZERO, || 1).start().expect("started").join(),
            Ok(Some(1))
        );
    }
}

#[test]
fn debug_shows_the_phase() {
    let timer = Timer::new("bell", Duration::MAX, || ());
    assert_eq!(format!("{timer:?}"), format!("Timer(\"bell\", {:?})", Duration::MAX));
    let timer = timer.start().expect("started");
    assert_eq!(format!("{timer:?}"), "StartedTimer(\"bell\", Pending)");
    timer.cancel();
    assert_eq!(format!("{timer:?}"), "StartedTimer(\"bell\", Cancelled)");
}
