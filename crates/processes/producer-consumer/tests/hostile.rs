//! The queue with items that fail, panic or use the queue while they are encoded or
//! decoded, against a model of it.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

use processes::scope;
use producer_consumer::{GetError, ProcessQueue, PutError};
use proptest::prelude::*;
use proptest::test_runner::TestError;
use tests::hostile::{Hostile, check, failed, puts_and_gets, while_encoded};

tests::main! {
    it_does_what_a_model_does => Duration::from_mins(2),
}

fn it_does_what_a_model_does() -> Result<(), TestError<Vec<Option<Hostile>>>> {
    check(100, puts_and_gets(), play)
}

fn play(steps: &[Option<Hostile>]) -> Result<(), TestCaseError> {
    let queue = Rc::new(ProcessQueue::new(0).map_err(failed)?);
    let nested = Rc::clone(&queue);
    while_encoded(move || nested.try_put(Hostile::Fine).expect("room"));
    let mut model = VecDeque::new();
    for step in steps {
        match *step {
            Some(item) => put(&queue, item, &mut model)?,
            None => get(&queue, &mut model)?,
        }
        prop_assert_eq!(queue.len(), model.len());
    }
    // No lock is left locked: another process puts and gets without waiting.
    scope(|family| {
        family.spawn("child", || {
            assert!(queue.try_put(Hostile::Fine).is_ok(), "no producer is in its way");
            let got = catch_unwind(AssertUnwindSafe(|| queue.try_get()));
            assert!(!matches!(got, Ok(Err(GetError::Empty))), "nor a consumer");
        })?;
        family.join()
    })
    .map_err(failed)
}

fn put(
    queue: &ProcessQueue<Hostile>,
    item: Hostile,
    model: &mut VecDeque<Hostile>,
) -> Result<(), TestCaseError> {
    let put = catch_unwind(AssertUnwindSafe(|| queue.try_put(item)));
    match item {
        Hostile::PanicsEncoded => prop_assert!(put.is_err()),
        Hostile::FailsEncoded => {
            let given_back = match put {
                Ok(Err(PutError::Encode { item, .. })) => Some(item),
                _ => None,
            };
            prop_assert_eq!(given_back, Some(item));
        }
        _ => {
            prop_assert!(matches!(put, Ok(Ok(()))));
            if item == Hostile::Nested {
                model.push_back(Hostile::Fine);
            }
            model.push_back(item);
        }
    }
    Ok(())
}

fn get(
    queue: &ProcessQueue<Hostile>,
    model: &mut VecDeque<Hostile>,
) -> Result<(), TestCaseError> {
    let got = catch_unwind(AssertUnwindSafe(|| queue.try_get()));
    match model.pop_front() {
        None => prop_assert!(matches!(got, Ok(Err(GetError::Empty)))),
        Some(Hostile::PanicsDecoded) => prop_assert!(got.is_err()),
        Some(Hostile::FailsDecoded) => {
            prop_assert!(matches!(got, Ok(Err(GetError::Decode(_)))));
        }
        Some(item) => prop_assert_eq!(got.ok().and_then(Result::ok), Some(item)),
    }
    Ok(())
}
