//! Any sequence of calls in nested flows reads what a list of maps holds.

#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashMap;

use proptest::prelude::*;
use thread_local::{Local, copy_context};
use tokio::runtime::Builder;

const LOCALS: usize = 3;

/// What a flow does. The last `Local` alone is inherited.
#[derive(Clone, Debug)]
enum Call {
    Set(usize, u8),
    Remove(usize),
    /// In a scope of that `Local` with that value.
    Scope(usize, u8, Vec<Call>),
    /// In a flow with the inherited values.
    Run(Vec<Call>),
    /// In a thread without a context.
    Thread(Vec<Call>),
    /// In a thread with the context.
    ThreadInContext(Vec<Call>),
}

fn calls() -> impl Strategy<Value = Vec<Call>> {
    let simple = prop_oneof![
        (0..LOCALS, any::<u8>()).prop_map(|(local, value)| Call::Set(local, value)),
        (0..LOCALS).prop_map(Call::Remove),
    ];
    let call = simple.prop_recursive(3, 40, 6, |call| {
        let calls = || prop::collection::vec(call.clone(), 0..6);
        prop_oneof![
            (0..LOCALS, any::<u8>(), calls())
                .prop_map(|(local, value, calls)| Call::Scope(local, value, calls)),
            calls().prop_map(Call::Run),
            calls().prop_map(Call::Thread),
            calls().prop_map(Call::ThreadInContext),
        ]
    });
    prop::collection::vec(call, 0..12)
}

/// The values of a flow and of the scopes that it is in, innermost last.
#[derive(Clone, Default)]
struct Model {
    frames: Vec<HashMap<usize, u8>>,
    /// Whether the first frame is a thread's own, which no scope looks into.
    is_thread: bool,
}

impl Model {
    fn thread(own: HashMap<usize, u8>) -> Self {
        Self { frames: vec![own], is_thread: true }
    }

    fn get(&self, local: usize) -> Option<u8> {
        self.frames.iter().rev().find_map(|frame| frame.get(&local).copied())
    }

    fn set(&mut self, local: usize, value: u8) {
        let has = |frame: &HashMap<_, _>| frame.contains_key(&local);
        let last = self.frames.len() - 1;
        let place = self.frames.iter().rposition(has).unwrap_or(last);
        self.frames[place].insert(local, value);
    }

    fn remove(&mut self, local: usize) -> bool {
        let mut frames = self.frames.iter_mut().rev();
        frames.any(|frame| frame.remove(&local).is_some())
    }

    fn inherited(&self) -> HashMap<usize, u8> {
        self.get(LOCALS - 1).map(|value| (LOCALS - 1, value)).into_iter().collect()
    }
}

fn check(locals: &[Local<u8>], model: &Model) {
    for (number, local) in locals.iter().enumerate() {
        assert_eq!(local.get(), model.get(number), "local {number}");
    }
}

fn play(calls: &[Call], locals: &[Local<u8>], model: &mut Model) {
    check(locals, model);
    for call in calls {
        match call {
            Call::Set(local, value) => {
                locals[*local].set(*value).unwrap();
                model.set(*local, *value);
            }
            Call::Remove(local) => {
                assert_eq!(locals[*local].remove(), model.remove(*local));
            }
            Call::Scope(local, value, calls) => {
                let mut own = Model::default();
                let inner = if model.is_thread { &mut own } else { &mut *model };
                inner.frames.push([(*local, *value)].into());
                let body = async { play(calls, locals, inner) };
                // A runtime within another one is refused.
                let scoped = locals[*local].scope(*value, body);
                poll_once(scoped);
                if !model.is_thread {
                    model.frames.pop();
                }
            }
            Call::Run(calls) => {
                let mut inner =
                    Model { frames: vec![model.inherited()], is_thread: false };
                copy_context().run(|| play(calls, locals, &mut inner));
            }
            Call::Thread(calls) => std::thread::scope(|scope| {
                let body =
                    || play(calls, locals, &mut Model::thread(HashMap::default()));
                scope.spawn(body).join().unwrap();
            }),
            Call::ThreadInContext(calls) => std::thread::scope(|scope| {
                let mut inner =
                    Model { frames: vec![model.inherited()], is_thread: false };
                let context = copy_context();
                let body = move || context.run(|| play(calls, locals, &mut inner));
                scope.spawn(body).join().unwrap();
            }),
        }
        check(locals, model);
    }
}

/// Polls a future that is ready at once.
fn poll_once<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(output) => output,
        std::task::Poll::Pending => panic!("it waits for nothing"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_calls_read_what_the_model_holds(calls in calls()) {
        let locals = [Local::new(), Local::new(), Local::inherited()];
        // In a thread of its own: the values of one case are not there in the next.
        std::thread::scope(|scope| {
            let body = || play(&calls, &locals, &mut Model::thread(HashMap::default()));
            scope.spawn(body).join().unwrap();
        });
        prop_assert!(locals.iter().all(|local| local.flows() == 0));
    }

    /// As a task of tokio, where each thread has its own tasks.
    #[test]
    fn any_calls_of_a_task_read_what_the_model_holds(calls in calls()) {
        let locals = std::sync::Arc::new([
            Local::new(),
            Local::new(),
            Local::inherited(),
        ]);
        let runtime = Builder::new_current_thread().build().unwrap();
        let its = std::sync::Arc::clone(&locals);
        let body = async move {
            let own = HashMap::default();
            let mut model = Model { frames: vec![own], is_thread: false };
            play(&calls, &*its, &mut model);
        };
        let task = copy_context().scope(body);
        runtime.block_on(async { tokio::spawn(task).await }).unwrap();
        prop_assert!(locals.iter().all(|local| local.flows() == 0));
    }
}
