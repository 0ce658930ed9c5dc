//! A pipe with messages that fail, panic or use another pipe while they are encoded or
//! decoded, against a model of it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

use ipc_pipe::{Connection, DecodeError, EncodeError, RecvError, SendCause, pipe};
use processes::scope;
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
    let (mut here, mut there) = pipe::<Hostile>().map_err(failed)?;
    // `send` borrows its own end, so what is sent meanwhile goes through another pipe.
    let (aside, mut beside) = pipe::<Hostile>().map_err(failed)?;
    let aside = Rc::new(RefCell::new(aside));
    while_encoded(move || aside.borrow_mut().send(Hostile::Fine).expect("room"));
    let mut model = VecDeque::new();
    for step in steps {
        match *step {
            // The kernel has room for ten long ones.
            Some(message) if model.len() < 10 => {
                send(&mut here, message, &mut model)?;
                let nested = beside.try_recv().map_err(failed)?;
                let expected = (message == Hostile::Nested).then_some(Hostile::Fine);
                prop_assert_eq!(nested, expected);
            }
            Some(_) => {}
            None => receive(&mut there, &mut model)?,
        }
        prop_assert_eq!(there.poll(Duration::ZERO), !model.is_empty());
    }
    // The ends are as good as new: a child answers what is sent after all that.
    while !model.is_empty() {
        receive(&mut there, &mut model)?;
    }
    scope(|family| {
        family.spawn_with("child", there, |mut there| {
            assert_eq!(there.recv().expect("a message"), Hostile::Fine);
            there.send(Hostile::Long(1)).expect("a peer");
        })?;
        here.send(Hostile::Fine).expect("a peer");
        assert_eq!(here.recv().expect("an answer"), Hostile::Long(1));
        family.join()
    })
    .map_err(failed)
}

fn send(
    here: &mut Connection<Hostile>,
    message: Hostile,
    model: &mut VecDeque<Hostile>,
) -> Result<(), TestCaseError> {
    let sent = catch_unwind(AssertUnwindSafe(|| here.send(message)));
    match message {
        Hostile::PanicsEncoded => prop_assert!(sent.is_err()),
        Hostile::FailsEncoded => {
            let Ok(Err(error)) = sent else { return Err(failed("it was sent")) };
            prop_assert_eq!(error.message, message);
            let refused =
                matches!(error.cause, SendCause::Encode(EncodeError::Refused));
            prop_assert!(refused);
        }
        _ => {
            prop_assert!(matches!(sent, Ok(Ok(()))));
            model.push_back(message);
        }
    }
    Ok(())
}

fn receive(
    there: &mut Connection<Hostile>,
    model: &mut VecDeque<Hostile>,
) -> Result<(), TestCaseError> {
    let received = catch_unwind(AssertUnwindSafe(|| there.try_recv()));
    match model.pop_front() {
        None => prop_assert!(matches!(received, Ok(Ok(None)))),
        Some(Hostile::PanicsDecoded) => prop_assert!(received.is_err()),
        Some(Hostile::FailsDecoded) => {
            let Ok(Err(RecvError::Decode { error, .. })) = received else {
                return Err(failed("it was received"));
            };
            prop_assert_eq!(error, DecodeError::Refused);
        }
        Some(message) => {
            prop_assert_eq!(received.ok().and_then(Result::ok), Some(Some(message)));
        }
    }
    Ok(())
}
