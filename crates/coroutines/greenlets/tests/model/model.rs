//! The model: each greenlet is a position in its script.

use crate::{Event, Op, Script};

pub(crate) struct Model<'a> {
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
    /// The next op; the destructor's switch comes after the last.
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
    pub(crate) fn play(main: &'a [Op], children: &'a [Script]) -> Vec<Event> {
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

    /// Runs the main code's script, and the greenlets to which it switches.
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
            Op::Kill(other) => self.kill_told(me, other % born),
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

    fn kill_told(&mut self, me: usize, other: usize) -> Step {
        let refused = other == 0
            || other == me
            || !matches!(self.born[other].is, Is::Alive | Is::Dead);
        if !refused {
            let step = self.kill(me, other);
            if let Step::Unwinds(_) = step {
                return step;
            }
        }
        self.log.push(Event::Kills(me, other, !refused));
        Step::Done
    }

    fn kill(&mut self, me: usize, other: usize) -> Step {
        if self.born[other].is == Is::Dead {
            return Step::Done;
        }
        let before = std::mem::replace(&mut self.born[me].is, Is::Killing);
        self.born[other].is = Is::Dying;
        let left = self.perform_rest(other, Some(Letter::Killed));
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
