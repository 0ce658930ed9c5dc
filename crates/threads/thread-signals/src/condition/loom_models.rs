//! Loom models of the condition: every schedule of a few steps.

use loom::thread;

use super::*;

/// Two wait, one of them with a timeout, and one notification: as many pass as were
/// notified.
#[test]
fn a_timeout_takes_no_notification_of_another_thread() {
    loom::model(|| {
        let condition = Arc::new(Condition::new(()));
        let [patient, impatient] = [Deadline::never(), Deadline::after(Duration::ZERO)]
            .map(|deadline| {
                let condition = Arc::clone(&condition);
                thread::spawn(move || {
                    condition.lock().wait_until(&deadline, FOR_A_NOTIFICATION)
                })
            });
        let notified = {
            let mut guard = condition.lock();
            let waiting = guard.waiting();
            guard.notify(1);
            waiting.min(1)
        };
        let impatient = impatient.join().expect("no panic");
        let patient_waits = notified == usize::from(impatient);
        // Lets the patient thread pass, unless it has passed. If its notification was
        // lost, it is in the queue no more, and loom reports the deadlock.
        if patient_waits {
            while condition.lock().waiting() == 0 {
                thread::yield_now();
            }
            condition.lock().notify(1);
        }
        assert!(patient.join().expect("no panic"));
        assert_eq!(condition.lock().waiting(), 0);
    });
}

#[derive(Default)]
struct Gate {
    open: bool,
    came: Vec<usize>,
    passed: Vec<usize>,
}

/// notify(1) lets one of the waiting threads pass, the first, and notify_all the rest.
#[test]
fn notify_lets_exactly_the_first_pass() {
    loom::model(|| {
        let gate = Arc::new(Condition::new(Gate::default()));
        let waiters = [0, 1].map(|number| {
            let gate = Arc::clone(&gate);
            thread::spawn(move || {
                let mut gate = gate.lock();
                gate.came.push(number);
                if !gate.open {
                    gate.wait();
                }
                gate.passed.push(number);
            })
        });
        let mut guard = gate.lock();
        let first: Vec<_> = guard.came.iter().copied().take(1).collect();
        guard.notify(1);
        drop(guard);

        let mut guard = gate.lock();
        assert!(guard.passed.is_empty() || guard.passed == first);
        assert_eq!(guard.waiting(), guard.came.len() - first.len());
        guard.open = true;
        guard.notify_all();
        drop(guard);
        waiters.into_iter().for_each(|waiter| waiter.join().expect("no panic"));
    });
}

/// A change that is notified under the lock is never missed, whenever the waiter comes.
#[test]
fn wait_for_misses_nothing() {
    loom::model(|| {
        let condition = Arc::new(Condition::new(0));
        let shared = Arc::clone(&condition);
        let waiter = thread::spawn(move || {
            let mut value = shared.lock();
            value.wait_for(|value| *value == 2);
            *value
        });
        for _ in 0..2 {
            let mut value = condition.lock();
            *value += 1;
            value.notify(1);
        }
        assert_eq!(waiter.join().expect("no panic"), 2);
    });
}
