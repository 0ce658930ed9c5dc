//! A managed value that fails, panics or uses its own proxy while it is encoded or
//! decoded, and changes that panic, against a model of it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use ipc_manager::{Error, Manager, Value};
use processes::{Exit, Family, scope};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestError;
use tests::hostile::{Hostile, check, failed, while_encoded};

/// How long another process waits for the lock at most.
const LONG: Duration = Duration::from_secs(3);

tests::main! {
    it_does_what_a_model_does => Duration::from_mins(2),
}

/// What is done with the value.
#[derive(Debug, Clone, Copy)]
enum Step {
    Set(Hostile),
    Get,
    Update(Hostile),
    UpdateThatPanics,
}

fn it_does_what_a_model_does() -> Result<(), TestError<Vec<Step>>> {
    let step = prop_oneof![
        select(&Hostile::ALL).prop_map(Step::Set),
        Just(Step::Get),
        select(&Hostile::ALL).prop_map(Step::Update),
        Just(Step::UpdateThatPanics),
    ];
    check(50, vec(step, 0..30), |steps| {
        scope(|family| Ok::<_, Error>(play(family, steps))).map_err(failed)?
    })
}

fn play(family: &Family, steps: &[Step]) -> Result<(), TestCaseError> {
    let value = Manager::start(family)
        .and_then(|manager| manager.value(&Hostile::Fine))
        .map_err(failed)?;
    let nested = value.clone();
    while_encoded(move || nested.set(&Hostile::Fine).expect("a manager"));
    let mut model = Hostile::Fine;
    for &step in steps {
        match step {
            Step::Set(new) => {
                let set = catch_unwind(AssertUnwindSafe(|| value.set(&new)));
                is_encoded(new, &set, &mut model)?;
            }
            Step::Get => {
                let got = catch_unwind(AssertUnwindSafe(|| value.get()));
                is_decoded(model, got)?;
            }
            Step::Update(new) => {
                let updated =
                    catch_unwind(AssertUnwindSafe(|| value.update(|_| new).map(drop)));
                match model {
                    Hostile::PanicsDecoded => prop_assert!(updated.is_err()),
                    Hostile::FailsDecoded => {
                        prop_assert!(matches!(updated, Ok(Err(Error::Decode(_)))));
                    }
                    _ => is_encoded(new, &updated, &mut model)?,
                }
            }
            Step::UpdateThatPanics => {
                let updated = catch_unwind(AssertUnwindSafe(|| {
                    value.update(|_| panic!("a change that panics"))
                }));
                let refused = matches!(updated, Ok(Err(Error::Decode(_))));
                prop_assert_eq!(refused, model == Hostile::FailsDecoded);
            }
        }
    }
    is_free(family, &value)
}

/// Checks how it went to encode a value and to send it to the manager.
fn is_encoded(
    new: Hostile,
    sent: &std::thread::Result<Result<(), Error>>,
    model: &mut Hostile,
) -> Result<(), TestCaseError> {
    match new {
        Hostile::PanicsEncoded => prop_assert!(sent.is_err()),
        Hostile::FailsEncoded => {
            prop_assert!(matches!(sent, Ok(Err(Error::Encode(_)))));
        }
        _ => {
            prop_assert!(matches!(sent, Ok(Ok(()))), "{new:?}: {sent:?}");
            *model = new;
        }
    }
    Ok(())
}

fn is_decoded(
    model: Hostile,
    got: std::thread::Result<Result<Hostile, Error>>,
) -> Result<(), TestCaseError> {
    match model {
        Hostile::PanicsDecoded => prop_assert!(got.is_err()),
        Hostile::FailsDecoded => {
            prop_assert!(matches!(got, Ok(Err(Error::Decode(_)))));
        }
        _ => prop_assert_eq!(got.ok().and_then(Result::ok), Some(model)),
    }
    Ok(())
}

/// Checks that no lock is left locked: another process sets the value.
fn is_free(family: &Family, value: &Value<Hostile>) -> Result<(), TestCaseError> {
    let sets = || value.set(&Hostile::Fine).and_then(|()| value.update(|old| old));
    let child = family.spawn("child", || sets().map(drop)).map_err(failed)?;
    let end = child.join_timeout(LONG).map_err(failed)?;
    prop_assert_eq!(end, Some(Exit::Ok));
    Ok(())
}
