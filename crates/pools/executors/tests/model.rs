//! Any sequence of calls on a job and its future in one thread, against a model of what
//! each call answers.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::{Arc, Mutex};

use executors::{Future, Job, Outcome, TaskError, package};
use proptest::prelude::*;

#[derive(Clone, Copy, Debug)]
enum Step {
    Run,
    DropJob,
    Cancel,
    AddCallback,
    Look,
}

/// What has become of the task.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Pending,
    Done(Result<u8, ()>),
    Cancelled,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        1 => Just(Step::Run),
        1 => Just(Step::DropJob),
        1 => Just(Step::Cancel),
        4 => Just(Step::AddCallback),
        4 => Just(Step::Look),
    ];
    prop::collection::vec(step, 0..20)
}

fn expected(state: State) -> Option<Outcome<u8>> {
    match state {
        State::Pending => None,
        State::Done(Ok(value)) => Some(Ok(value)),
        State::Done(Err(())) => Some(Err(TaskError::Panicked("no apple".to_owned()))),
        State::Cancelled => Some(Err(TaskError::Cancelled)),
    }
}

/// The number of a callback, and what it was called with.
type Call = (usize, Outcome<u8>);

fn play(steps: Vec<Step>, value: Result<u8, ()>) -> Result<(), TestCaseError> {
    let called: Arc<Mutex<Vec<Call>>> = Arc::default();
    let (job, future): (Job, Future<u8>) = package(move || match value {
        Ok(value) => value,
        Err(()) => panic!("no apple"),
    });
    let (mut job, mut state, mut callbacks) = (Some(job), State::Pending, 0);
    for step in steps {
        let is_pending = state == State::Pending;
        match step {
            Step::Run | Step::DropJob if job.is_none() => {}
            Step::Run => {
                job.take().unwrap().run();
                if is_pending {
                    state = State::Done(value);
                }
            }
            Step::DropJob => {
                drop(job.take());
                if is_pending {
                    state = State::Cancelled;
                }
            }
            Step::Cancel => {
                let is_cancelled = matches!(state, State::Pending | State::Cancelled);
                prop_assert_eq!(future.cancel(), is_cancelled);
                if is_pending {
                    state = State::Cancelled;
                }
            }
            Step::AddCallback => {
                let (called, number) = (Arc::clone(&called), callbacks);
                callbacks += 1;
                future.add_done_callback(move |outcome: &Outcome<u8>| {
                    called.lock().unwrap().push((number, outcome.clone()));
                });
            }
            Step::Look => {}
        }
        let outcome = expected(state);
        prop_assert_eq!(future.done(), outcome.is_some());
        prop_assert_eq!(future.cancelled(), state == State::Cancelled);
        prop_assert!(!future.running(), "a job is done when its run returns");
        let calls = outcome.iter().cycle().cloned().enumerate().take(callbacks);
        prop_assert_eq!(&*called.lock().unwrap(), &calls.collect::<Vec<_>>());
    }
    // The job is dropped, and then there is an outcome in any case.
    drop(job);
    let outcome = expected(state).unwrap_or(Err(TaskError::Cancelled));
    prop_assert_eq!(future.exception(), outcome.clone().err());
    prop_assert_eq!(future.result(), outcome);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn each_call_answers_as_the_model_does(
        steps in steps(),
        value in prop_oneof![Just(Err(())), any::<u8>().prop_map(Ok)],
    ) {
        play(steps, value)?;
    }
}
