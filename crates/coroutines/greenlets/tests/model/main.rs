//! Random scripts of switches, kills, panics and births, played by greenlets and by a
//! model that has no stacks.

mod model;

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;

use greenlets::{Greenlet, Group, scope};
use model::Model;
use proptest::prelude::*;

/// What a greenlet does in a step. Others are named by the order of their birth; number
/// 0 is the main code.
#[derive(Clone, Copy, Debug)]
enum Op {
    Switch(usize),
    /// A switch that catches the panic that it may bring.
    Try(usize),
    Kill(usize),
    Panic,
    Bear,
}

#[derive(Clone, Debug)]
struct Script {
    ops: Vec<Op>,
    /// The greenlet to which a destructor at the end switches.
    last: Option<usize>,
}

/// What happens, and to which greenlet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Event {
    Begins(usize, u32),
    Gets(usize, u32),
    Catches(usize, Option<u32>),
    Kills(usize, usize, bool),
    Drops(usize),
    /// What the scope itself ends with.
    Ends(Option<u32>),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => (0..6_usize).prop_map(Op::Switch),
        3 => (0..6_usize).prop_map(Op::Try),
        2 => (0..6_usize).prop_map(Op::Kill),
        1 => Just(Op::Panic),
        3 => Just(Op::Bear),
    ]
}

fn script() -> impl Strategy<Value = Script> {
    (prop::collection::vec(op(), 0..8), prop::option::weighted(0.2, 0..6_usize))
        .prop_map(|(ops, last)| Script { ops, last })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn greenlets_do_as_the_model_does(
        main in prop::collection::vec(op(), 1..12),
        children in prop::collection::vec(script(), 1..6),
    ) {
        let modelled = Model::play(&main, &children);
        prop_assert_eq!(play(&main, &children), modelled);
    }
}

/// What the greenlets of a run share.
#[derive(Default)]
struct Stage<'scope> {
    born: RefCell<Vec<Greenlet<'scope, u32>>>,
    log: Rc<RefCell<Vec<Event>>>,
    values: Cell<u32>,
}

impl Stage<'_> {
    fn tell(&self, event: Event) {
        self.log.borrow_mut().push(event);
    }

    fn fresh(&self) -> u32 {
        self.values.set(self.values.get() + 1);
        self.values.get()
    }

    fn switch(&self, me: usize, to: usize) {
        let to = self.born.borrow()[to % self.born.borrow().len()];
        let got = to.switch(self.fresh());
        self.tell(Event::Gets(me, got));
    }
}

struct Actor<'scope> {
    me: usize,
    script: Script,
    stage: Rc<Stage<'scope>>,
}

impl Drop for Actor<'_> {
    fn drop(&mut self) {
        self.stage.tell(Event::Drops(self.me));
        if let Some(to) = self.script.last {
            self.stage.switch(self.me, to);
        }
    }
}

fn play(main: &[Op], children: &[Script]) -> Vec<Event> {
    let log = Rc::default();
    let ended = catch_unwind(AssertUnwindSafe(|| {
        scope(|group| {
            let stage = Rc::new(Stage { log: Rc::clone(&log), ..Stage::default() });
            stage.born.borrow_mut().push(group.current());
            for &op in main {
                // The main code catches everything, so that its script is played to the
                // end.
                let caught = catch_unwind(AssertUnwindSafe(|| {
                    perform(group, &stage, 0, op, children);
                }));
                if let Err(payload) = caught {
                    stage.tell(Event::Catches(0, payload.downcast_ref().copied()));
                }
            }
        });
    }));
    let panic =
        ended.err().map(|payload| *payload.downcast_ref::<u32>().expect("one of ours"));
    log.borrow_mut().push(Event::Ends(panic));
    log.take()
}

fn perform<'scope>(
    group: &'scope Group<'scope, '_, u32>,
    stage: &Rc<Stage<'scope>>,
    me: usize,
    op: Op,
    children: &[Script],
) {
    match op {
        Op::Switch(to) => stage.switch(me, to),
        Op::Try(to) => {
            let caught = catch_unwind(AssertUnwindSafe(|| stage.switch(me, to)));
            if let Err(payload) = caught {
                stage.tell(Event::Catches(me, payload.downcast_ref().copied()));
            }
        }
        Op::Kill(other) => {
            let other = other % stage.born.borrow().len();
            let greenlet = stage.born.borrow()[other];
            let killed = greenlet.kill().is_ok();
            stage.tell(Event::Kills(me, other, killed));
        }
        Op::Panic => resume_unwind(Box::new(stage.fresh())),
        Op::Bear => bear(group, stage, children),
    }
    assert_eq!(group.current(), stage.born.borrow()[me]);
}

fn bear<'scope>(
    group: &'scope Group<'scope, '_, u32>,
    stage: &Rc<Stage<'scope>>,
    children: &[Script],
) {
    let me = stage.born.borrow().len();
    let Some(script) = children.get(me - 1).cloned() else { return };
    let child = group.greenlet(me.to_string());
    stage.born.borrow_mut().push(child);
    let (actor, children) =
        (Actor { me, script, stage: Rc::clone(stage) }, children.to_vec());
    child
        .run(move |value| {
            actor.stage.tell(Event::Begins(me, value));
            for &op in &actor.script.ops {
                perform(group, &actor.stage, me, op, &children);
            }
            let returned = actor.stage.fresh();
            drop(actor);
            returned
        })
        .expect("memory for a stack");
}
