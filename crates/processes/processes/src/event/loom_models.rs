//! Every order in which waiters and setters of an event can meet. A waiter that sleeps
//! on after a set is a deadlock here, because the futex of a model has no heartbeat.

use loom::cell::UnsafeCell;
use loom::model::Builder;
use loom::sync::Arc;
use loom::sync::atomic::Ordering::Acquire;
use loom::thread;

use super::Flag;

/// A number that is written before the event is set, and read after.
struct Announced {
    number: UnsafeCell<u32>,
    flag: Flag,
}

// SAFETY: the event orders the write before the reads. loom reports a race if not.
unsafe impl Sync for Announced {}
// SAFETY: a number.
unsafe impl Send for Announced {}

impl Announced {
    fn new() -> Arc<Self> {
        Arc::new(Self { number: UnsafeCell::new(0), flag: Flag::new() })
    }

    fn announce(&self) {
        // SAFETY: see `Sync`.
        self.number.with_mut(|number| unsafe { *number = 7 });
        self.flag.set();
    }

    fn read(&self) -> u32 {
        // SAFETY: see `Sync`.
        self.number.with(|number| unsafe { *number })
    }
}

fn explore(preemptions: Option<usize>, model: impl Fn() + Sync + Send + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = preemptions;
    builder.check(model);
}

#[test]
fn a_waiter_is_woken_and_sees_what_the_setter_wrote() {
    explore(None, || {
        let announced = Announced::new();
        let waiter = thread::spawn({
            let announced = Arc::clone(&announced);
            move || {
                assert!(announced.flag.wait(None));
                announced.read()
            }
        });
        announced.announce();
        assert_eq!(waiter.join().expect("no panic"), 7);
    });
}

#[test]
fn a_process_that_looks_sees_what_the_setter_wrote() {
    explore(None, || {
        let announced = Announced::new();
        let other = thread::spawn({
            let announced = Arc::clone(&announced);
            move || announced.flag.is_set().then(|| announced.read())
        });
        announced.announce();
        assert!(matches!(other.join().expect("no panic"), None | Some(7)));
    });
}

#[test]
fn one_set_wakes_all() {
    explore(Some(3), || {
        let announced = Announced::new();
        let waiters = [(); 2].map(|()| {
            let announced = Arc::clone(&announced);
            thread::spawn(move || announced.flag.wait(None))
        });
        announced.flag.set();
        waiters
            .into_iter()
            .for_each(|waiter| assert!(waiter.join().expect("no panic")));
    });
}

#[test]
fn a_clear_right_after_the_set_keeps_no_waiter() {
    explore(None, || {
        let announced = Announced::new();
        let seen = announced.flag.0.load(Acquire);
        let waiter = thread::spawn({
            let announced = Arc::clone(&announced);
            move || announced.flag.wait_beyond(seen, None)
        });
        announced.flag.set();
        announced.flag.clear();
        assert!(waiter.join().expect("no panic"));
        assert!(!announced.flag.is_set());
    });
}
