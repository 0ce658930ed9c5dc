//! Every schedule of the steps at which threads meet at a promise.

use loom::sync::Arc;
use loom::sync::atomic::{AtomicU32, Ordering::SeqCst};
use loom::thread;

use super::{Job, Promise};
use crate::error::TaskError;

fn promise() -> Arc<Promise<u32>> {
    Arc::new(Promise::new())
}

#[test]
fn loom_a_task_runs_or_is_cancelled() {
    loom::model(|| {
        let (promise, runs) = (promise(), Arc::new(AtomicU32::new(0)));
        let job = {
            let runs = Arc::clone(&runs);
            Job::new(Arc::clone(&promise), move || runs.fetch_add(1, SeqCst))
        };
        let worker = thread::spawn(move || job.run());
        let is_cancelled = promise.cancel();
        worker.join().expect("no panic");
        assert_eq!(runs.load(SeqCst), u32::from(!is_cancelled));
        let expected = if is_cancelled { Err(TaskError::Cancelled) } else { Ok(0) };
        assert_eq!(promise.take(), Some(expected));
    });
}

#[test]
fn loom_of_two_cancels_and_a_drop_each_sees_the_task_cancelled() {
    loom::model(|| {
        let promise = promise();
        let job = Job::new(Arc::clone(&promise), || 1);
        let dropper = thread::spawn(move || drop(job));
        let other = Arc::clone(&promise);
        let canceller = thread::spawn(move || other.cancel());
        dropper.join().expect("no panic");
        canceller.join().expect("no panic");
        assert_eq!(promise.take(), Some(Err(TaskError::Cancelled)));
    });
}

#[test]
fn loom_a_job_that_fails_and_is_cancelled_has_one_error() {
    loom::model(|| {
        let promise = promise();
        let job = Job::new(Arc::clone(&promise), || 1);
        let breaker = thread::spawn(move || job.fail(TaskError::BrokenPool));
        let is_cancelled = promise.cancel();
        breaker.join().expect("no panic");
        let expected =
            if is_cancelled { TaskError::Cancelled } else { TaskError::BrokenPool };
        assert_eq!(promise.error(), Some(expected));
    });
}

#[test]
fn loom_a_waiter_is_woken() {
    loom::model(|| {
        let promise = promise();
        let job = Job::new(Arc::clone(&promise), || 7);
        let worker = thread::spawn(move || job.run());
        assert!(promise.wait(None));
        assert!(promise.is_done() && !promise.is_running());
        assert_eq!(promise.take(), Some(Ok(7)));
        worker.join().expect("no panic");
    });
}

#[test]
fn loom_a_callback_is_called_once_and_before_the_result_is_taken() {
    loom::model(|| {
        let (promise, calls) = (promise(), Arc::new(AtomicU32::new(0)));
        let job = Job::new(Arc::clone(&promise), || 7);
        let worker = thread::spawn(move || job.run());
        for _ in 0..2 {
            let calls = Arc::clone(&calls);
            promise.add_callback(Box::new(move |outcome| {
                assert_eq!(*outcome, Ok(7));
                calls.fetch_add(1, SeqCst);
            }));
        }
        assert!(promise.wait(None));
        assert_eq!(calls.load(SeqCst), 2);
        worker.join().expect("no panic");
    });
}

#[test]
fn loom_a_bell_rings_once() {
    loom::model(|| {
        let (promise, rings) = (promise(), Arc::new(AtomicU32::new(0)));
        let job = Job::new(Arc::clone(&promise), || 7);
        let worker = thread::spawn(move || job.run());
        let rung = Arc::clone(&rings);
        promise.add_bell(std::sync::Arc::new(move || {
            rung.fetch_add(1, SeqCst);
        }));
        worker.join().expect("no panic");
        assert_eq!(rings.load(SeqCst), 1);
    });
}
