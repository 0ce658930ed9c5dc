//! Any sequence of calls on a thread that waits until it is told how to end, against
//! what is known of it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::mpsc::{self, Sender};
use std::time::Duration;

use proptest::prelude::*;
use threads::{JoinError, Thread, Unstarted};

/// Longer than anything takes here, however loaded the machine is.
const LONG: Duration = Duration::from_mins(1);

#[derive(Clone, Copy, Debug)]
enum Step {
    Start,
    IsAlive,
    JoinTimeout(u8),
    Return(u8),
    Panic(u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => Just(Step::Start),
        4 => Just(Step::IsAlive),
        4 => (0_u8..3).prop_map(Step::JoinTimeout),
        1 => any::<u8>().prop_map(Step::Return),
        1 => any::<u8>().prop_map(Step::Panic),
    ];
    prop::collection::vec(step, 0..20)
}

/// How a thread is told to end.
type How = Result<u8, u8>;

fn waits() -> (Sender<How>, Unstarted<impl FnOnce() -> u8 + Send + 'static>) {
    let (tell, told) = mpsc::channel::<How>();
    let function = move || match told.recv() {
        Ok(Ok(value)) => value,
        // Without the hook, which would print it.
        Ok(Err(value)) => std::panic::resume_unwind(Box::new(value)),
        Err(_) => 0,
    };
    (tell, Unstarted::new("t", function))
}

/// What a join brings, at last.
fn joined(result: Result<u8, JoinError<u8>>) -> Result<How, Thread<u8>> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(JoinError::Panicked(panicked)) => {
            Ok(Err(*panicked.into_payload().downcast::<u8>().unwrap()))
        }
        Err(JoinError::StillRunning(thread)) => Err(thread),
        Err(other) => unreachable!("{other}"),
    }
}

proptest! {
    #[test]
    fn a_thread_is_what_its_calls_have_made_it(steps in steps()) {
        let (tell, made) = waits();
        let (mut made, mut thread, mut how) = (Some(made), None::<Thread<u8>>, None);
        for step in steps {
            match step {
                Step::Start => {
                    if let Some(made) = made.take() {
                        thread = Some(made.start().unwrap());
                    }
                }
                Step::IsAlive => {
                    if let (Some(thread), None) = (&thread, how) {
                        prop_assert!(thread.is_alive());
                    }
                }
                Step::JoinTimeout(millis) => {
                    let Some(waited_for) = thread.take() else { continue };
                    let timeout = Duration::from_millis(millis.into());
                    let timeout = if how.is_some() { LONG } else { timeout };
                    match joined(waited_for.join_timeout(timeout)) {
                        Ok(end) => prop_assert_eq!(Some(end), how),
                        Err(handed_back) => {
                            prop_assert_eq!(how, None);
                            thread = Some(handed_back);
                        }
                    }
                }
                Step::Return(value) | Step::Panic(value) => {
                    let end = match step {
                        Step::Return(_) => Ok(value),
                        _ => Err(value),
                    };
                    // It may have been told before, and hears the first.
                    how = how.or(Some(end));
                    let _ = tell.send(end);
                }
            }
        }
        drop(tell);
        if let Some(thread) = thread {
            let end = joined(thread.join_timeout(LONG)).unwrap();
            prop_assert_eq!(end, how.unwrap_or(Ok(0)));
        }
    }
}
