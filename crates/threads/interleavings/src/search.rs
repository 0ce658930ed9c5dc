//! Which thread takes the next step: depth first through every schedule.

use crate::error::Error;
use crate::limits::Search as Which;
use crate::op::Candidate;
use crate::schedule::Place;

/// The way to the present schedule, and what is left to be tried on it.
pub(crate) struct Search {
    which: Which,
    /// The threads that take the first steps, if that is given.
    order: Vec<usize>,
    path: Vec<Choice>,
    /// How many choices of the path the present run has made.
    depth: usize,
    /// The thread that has taken the last step.
    last: Option<usize>,
    preemptions: u32,
    /// Threads whose next step leads to schedules that are no different from those that
    /// were tried. (Godefroid's sleep sets.)
    asleep: Vec<usize>,
}

/// The threads that could take one step, the one that does, and those not to be tried.
struct Choice {
    options: Vec<(usize, Place)>,
    taken: usize,
}

impl Search {
    pub(crate) fn new(which: Which) -> Self {
        Self {
            which,
            order: Vec::new(),
            path: Vec::new(),
            depth: 0,
            last: None,
            preemptions: 0,
            asleep: Vec::new(),
        }
    }

    /// The schedules that begin with these threads' steps.
    pub(crate) fn beginning(order: &[usize]) -> Self {
        Self { order: order.to_vec(), ..Self::new(Which::All) }
    }

    /// Requires that the present run has taken all steps that were given.
    pub(crate) fn check_order(&self) -> Result<(), Error> {
        self.order.get(self.depth).map_or(Ok(()), |&thread| {
            let possible = list(std::iter::empty());
            Err(Error::NotPossible { thread, step: self.depth + 1, possible })
        })
    }

    /// How often the present run has made a thread wait that could have gone on.
    pub(crate) fn preemptions(&self) -> u32 {
        self.preemptions
    }

    /// Chooses the thread that takes the next step. `None` if the whole schedule
    /// differs from an earlier one only in the order of steps that commute.
    pub(crate) fn choose(
        &mut self,
        candidates: &[Candidate],
    ) -> Result<Option<usize>, Error> {
        let goes_on = candidates.iter().find(|it| Some(it.thread) == self.last);
        let may_switch = match self.which {
            Which::Preemptions(most) => goes_on.is_none() || self.preemptions < most,
            Which::All | Which::Distinct => true,
        };
        // The thread that ran before is tried first.
        let others =
            candidates.iter().filter(|it| may_switch && Some(it.thread) != self.last);
        let options = goes_on
            .into_iter()
            .chain(others)
            .filter(|it| !self.asleep.contains(&it.thread))
            .map(|it| (it.thread, it.place));

        if let Some(known) = self.path.get(self.depth) {
            if !options.clone().eq(known.options.iter().copied()) {
                return Err(Error::Nondeterministic {
                    steps: self.depth,
                    expected: list(known.options.iter().copied()),
                    found: list(options),
                });
            }
        } else {
            let options: Vec<_> = options.collect();
            let given = self.order.get(self.depth).map(|&thread| {
                options.iter().position(|it| it.0 == thread).ok_or_else(|| {
                    Error::NotPossible {
                        thread,
                        step: self.depth + 1,
                        possible: list(options.iter().copied()),
                    }
                })
            });
            let taken = given.transpose()?.unwrap_or(0);
            self.path.push(Choice { options, taken });
        }
        let choice = &self.path[self.depth];
        let Some(&(thread, _)) = choice.options.get(choice.taken) else {
            return Ok(None);
        };

        let op_of =
            |thread| candidates.iter().find(|it| it.thread == thread).map(|it| it.op);
        if self.which == Which::Distinct {
            let tried = choice.options[..choice.taken].iter().map(|option| option.0);
            self.asleep.extend(tried);
            // A thread sleeps until a step is taken that its own does not commute with.
            self.asleep.retain(|&other| {
                op_of(other)
                    .zip(op_of(thread))
                    .is_some_and(|(one, two)| one.commutes_with(two))
            });
        }
        self.preemptions += u32::from(goes_on.is_some_and(|it| it.thread != thread));
        self.last = Some(thread);
        self.depth += 1;
        Ok(Some(thread))
    }

    /// Goes to the next schedule; `false` if there is none.
    pub(crate) fn next(&mut self) -> bool {
        self.depth = 0;
        self.last = None;
        self.preemptions = 0;
        self.asleep.clear();
        while let Some(choice) = self.path.last_mut() {
            choice.taken += 1;
            if choice.taken < choice.options.len() {
                return true;
            }
            self.path.pop();
        }
        false
    }
}

fn list(options: impl Iterator<Item = (usize, Place)>) -> String {
    let texts: Vec<_> =
        options.map(|(thread, place)| format!("thread {thread} at {place}")).collect();
    if texts.is_empty() { "no thread".to_owned() } else { texts.join(", ") }
}
