//! Loom models of the timer: every schedule of a few steps.

use loom::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// A timer that is due, and how often it has fired.
fn due() -> (StartedTimer<()>, Arc<AtomicUsize>) {
    let fired = Arc::new(AtomicUsize::new(0));
    let timer = Timer::new("due", Duration::ZERO, {
        let fired = Arc::clone(&fired);
        move || {
            fired.fetch_add(1, Ordering::Relaxed);
        }
    });
    (timer.start().expect("started"), fired)
}

#[test]
fn it_fires_once_or_was_cancelled_in_time() {
    loom::model(|| {
        let (timer, fired) = due();
        let in_time = timer.cancel();
        let value = timer.join().expect("no panic");
        assert_eq!(
            (value.is_none(), fired.load(Ordering::Relaxed)),
            (in_time, usize::from(!in_time))
        );
    });
}

#[test]
fn all_callers_of_cancel_get_the_same_answer() {
    loom::model(|| {
        let (timer, fired) = due();
        let timer = Arc::new(timer);
        let other = thread::spawn({
            let timer = Arc::clone(&timer);
            move || timer.cancel()
        });
        let (mine, others) = (timer.cancel(), other.join().expect("no panic"));
        drop(timer);
        // Once cancelled, or once begun, always so: the two cannot differ.
        assert_eq!((mine, fired.load(Ordering::Relaxed)), (others, usize::from(!mine)));
    });
}

#[test]
fn after_the_drop_it_neither_runs_nor_will() {
    loom::model(|| {
        let (timer, fired) = due();
        drop(timer);
        // Only this thread holds the counter, so it changes no more.
        assert_eq!(Arc::strong_count(&fired), 1);
        assert!(fired.load(Ordering::Relaxed) <= 1);
    });
}

/// Its time never comes: only cancel or drop can make it end.
#[test]
fn cancel_and_drop_wake_it() {
    loom::model(|| {
        let never =
            || Timer::new("never", Duration::MAX, || ()).start().expect("started");
        let timer = never();
        assert!(timer.cancel());
        assert_eq!(timer.join(), Ok(None));
        drop(never());
    });
}
