//! Random scripts of switches, kills, panics and births, played by greenlets and by a
//! model that has no stacks.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;

use greenlets::{Greenlet, Group, scope};
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
    /// Whom a destructor that runs at the end switches to.
    last: Option<usize>,
}

/// What happens to whom.
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
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn greenlets_do_as_the_model_does(main in prop::collection::vec(op(), 1..12), children in prop::collection::vec(script(), 1..6)) {
        let modelled = Model::play(&main, &children);
        prop_assert_eq!(play(&main, &children), modelled);
    }
}

// The real run.

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
        Op::Kill(whom) => {
            let whom = whom % stage.born.borrow().len();
            let greenlet = stage.born.borrow()[whom];
            let killed = greenlet.kill().is_ok();
            stage.tell(Event::Kills(me, whom, killed));
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

// The model: each greenlet is a position in its script.

struct Model<'a> {
    log: Vec<Event>,
    values: u32,
    born: Vec<Modelled>,
    main: &'a [Op],
    children: &'a [Script],
}

#[derive(Clone, Copy)]
struct Modelled {
    parent: usize,
    is: Is,
    begun: bool,
    /// The next op; behind the last one stands the destructor's switch.
    at: usize,
    returns: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Is {
    Alive,
    Killing,
    Dying,
    Dead,
}

/// What one is woken with, or leaves with.
#[derive(Clone, Copy)]
enum Letter {
    Value(u32),
    Panic(u32),
    Killed,
}

/// What an op comes to.
enum Step {
    Done,
    Away(usize, u32),
    Unwinds(Letter),
}

impl<'a> Model<'a> {
    fn play(main: &'a [Op], children: &'a [Script]) -> Vec<Event> {
        let me = Modelled { parent: 0, is: Is::Alive, begun: true, at: 0, returns: 0 };
        let mut model =
            Model { log: Vec::new(), values: 0, born: vec![me], main, children };
        model.run_from_main();
        let mut panic = None;
        let mut next = 1;
        while next < model.born.len() {
            if let Step::Unwinds(Letter::Panic(value)) = model.kill(0, next) {
                panic.get_or_insert(value);
            }
            next += 1;
        }
        model.log.push(Event::Ends(panic));
        model.log
    }

    fn fresh(&mut self) -> u32 {
        self.values += 1;
        self.values
    }

    /// Runs the main code's script, and whoever it switches to.
    fn run_from_main(&mut self) {
        let mut next = self.perform_rest(0, None);
        while let Some((to, letter)) = next {
            next = self.perform_rest(to, Some(letter));
        }
    }

    /// Goes on with `me` until it leaves: for another, or for good. None if that was
    /// the main code's end.
    fn perform_rest(
        &mut self,
        me: usize,
        woken: Option<Letter>,
    ) -> Option<(usize, Letter)> {
        let mut step = match woken {
            Some(letter) if !self.born[me].begun => self.begin(me, letter),
            Some(letter) => self.wake(me, letter),
            None => Step::Done,
        };
        loop {
            match step {
                Step::Done => {}
                Step::Away(to, value) => return Some((to, Letter::Value(value))),
                Step::Unwinds(letter) => {
                    if self.catches(me) {
                        let panic = if let Letter::Panic(value) = letter {
                            Some(value)
                        } else {
                            None
                        };
                        self.log.push(Event::Catches(me, panic));
                    } else {
                        return Some(self.end(me, letter));
                    }
                }
            }
            let at = self.born[me].at;
            self.born[me].at += 1;
            let script = if me == 0 { self.main } else { &self.children[me - 1].ops };
            step = match script.get(at) {
                Some(&op) => self.perform(me, op),
                None if me == 0 => return None,
                None if at == script.len() => self.return_from(me),
                None => {
                    let returns = self.born[me].returns;
                    return Some(self.leave(me, Letter::Value(returns)));
                }
            };
        }
    }

    fn begin(&mut self, me: usize, letter: Letter) -> Step {
        self.born[me].begun = true;
        if let Letter::Value(value) = letter {
            self.log.push(Event::Begins(me, value));
            return Step::Done;
        }
        // Killed before it began: only what it captured is dropped, and nothing unwinds
        // yet.
        self.born[me].at = self.children[me - 1].ops.len() + 1;
        self.destructor(me)
    }

    fn wake(&mut self, me: usize, letter: Letter) -> Step {
        match letter {
            Letter::Value(value) => {
                self.log.push(Event::Gets(me, value));
                Step::Done
            }
            letter => Step::Unwinds(letter),
        }
    }

    /// Whether the op that has just been done catches panics.
    fn catches(&self, me: usize) -> bool {
        let script = if me == 0 { self.main } else { &self.children[me - 1].ops };
        me == 0 || matches!(script.get(self.born[me].at - 1), Some(Op::Try(_)))
    }

    fn perform(&mut self, me: usize, op: Op) -> Step {
        let born = self.born.len();
        match op {
            Op::Switch(to) | Op::Try(to) => self.switch(me, to % born),
            Op::Kill(whom) => self.kill_told(me, whom % born),
            Op::Panic => Step::Unwinds(Letter::Panic(self.fresh())),
            Op::Bear => {
                if born <= self.children.len() {
                    self.born.push(Modelled {
                        parent: me,
                        is: Is::Alive,
                        begun: false,
                        at: 0,
                        returns: 0,
                    });
                }
                Step::Done
            }
        }
    }

    fn switch(&mut self, me: usize, to: usize) -> Step {
        let value = self.fresh();
        if self.born[me].is == Is::Dying {
            return Step::Unwinds(Letter::Killed);
        }
        let heir = self.heir_of(to);
        if heir == me {
            self.log.push(Event::Gets(me, value));
            return Step::Done;
        }
        Step::Away(heir, value)
    }

    fn heir_of(&self, mut heir: usize) -> usize {
        while self.born[heir].is == Is::Dead {
            heir = self.born[heir].parent;
        }
        heir
    }

    fn kill_told(&mut self, me: usize, whom: usize) -> Step {
        let refused = whom == 0
            || whom == me
            || !matches!(self.born[whom].is, Is::Alive | Is::Dead);
        if !refused {
            let step = self.kill(me, whom);
            if let Step::Unwinds(_) = step {
                return step;
            }
        }
        self.log.push(Event::Kills(me, whom, !refused));
        Step::Done
    }

    fn kill(&mut self, me: usize, whom: usize) -> Step {
        if self.born[whom].is == Is::Dead {
            return Step::Done;
        }
        let before = std::mem::replace(&mut self.born[me].is, Is::Killing);
        self.born[whom].is = Is::Dying;
        let left = self.perform_rest(whom, Some(Letter::Killed));
        self.born[me].is = before;
        match left {
            Some((_, Letter::Panic(value))) => Step::Unwinds(Letter::Panic(value)),
            _ => Step::Done,
        }
    }

    /// The script is over: the value is made, and then the destructor runs, with
    /// nothing unwinding.
    fn return_from(&mut self, me: usize) -> Step {
        self.born[me].returns = self.fresh();
        self.destructor(me)
    }

    fn destructor(&mut self, me: usize) -> Step {
        self.log.push(Event::Drops(me));
        match self.children[me - 1].last {
            Some(to) => self.switch(me, to % self.born.len()),
            None => Step::Done,
        }
    }

    /// It unwinds to its root. If the destructor has not run yet, it does now, and gets
    /// its value back.
    fn end(&mut self, me: usize, letter: Letter) -> (usize, Letter) {
        if self.born[me].at <= self.children[me - 1].ops.len() {
            self.log.push(Event::Drops(me));
            if self.children[me - 1].last.is_some() {
                let value = self.fresh();
                self.log.push(Event::Gets(me, value));
            }
        }
        self.leave(me, letter)
    }

    fn leave(&mut self, me: usize, letter: Letter) -> (usize, Letter) {
        self.born[me].is = Is::Dead;
        (self.heir_of(me), letter)
    }
}
