use loom::thread;

use super::*;

/// Two wait, one of them with a timeout, and one notification: as many pass as were notified.
#[test]
fn who_times_out_takes_no_notification_meant_for_another() {
    loom::model(|| {
        let condition = Arc::new(Condition::new(()));
        let [patient, impatient] = [Deadline::NEVER, Deadline::after(Duration::ZERO)].map(|deadline| {
            let condition = Arc::clone(&condition);
            thread::spawn(move || condition.lock().wait_until(deadline))
        });
        let notified = {
            let mut guard = condition.lock();
            let waiting = guard.waiting();
            guard.notify(1);
            waiting.min(1)
        };
        let impatient = impatient.join().expect("no panic");
        let patient_waits = notified == usize::from(impatient);
        // Let the patient one go, unless it has gone: if it was passed over, this finds it in the queue no more
        // than the lost notification did, and loom reports the deadlock.
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

/// Two wait and one is notified: exactly one passes, and it is the one who came first.
#[test]
fn notify_lets_exactly_one_pass() {
    loom::model(|| {
        let passed = Arc::new(Condition::new(Vec::new()));
        let waiters = [0, 1].map(|number| {
            let passed = Arc::clone(&passed);
            thread::spawn(move || {
                let mut passed = passed.lock();
                passed.wait();
                passed.push(number);
            })
        });
        while passed.lock().waiting() < 2 {
            thread::yield_now();
        }
        passed.lock().notify(1);
        while passed.lock().is_empty() {
            thread::yield_now();
        }
        let mut guard = passed.lock();
        assert_eq!((guard.len(), guard.waiting()), (1, 1));
        guard.notify(1);
        drop(guard);
        waiters.into_iter().for_each(|waiter| waiter.join().expect("no panic"));
    });
}

/// What is changed and notified under the lock is never missed, however the waiter comes.
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
