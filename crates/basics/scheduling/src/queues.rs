//! Round robin and the multilevel feedback queue: jobs that take turns.

use std::collections::VecDeque;

use crate::reason::Reason;
use crate::settings::{Arrivals, Feedback};
use crate::simulator::{Choice, Rule, Task};

/// Queues of ready jobs, the first one served before all others. Round robin has one.
#[derive(Debug)]
pub struct Queues {
    settings: Feedback,
    levels: Vec<VecDeque<usize>>,
    /// By the place of a job, its queue and how much of its quantum there is used up.
    at: Vec<(usize, u64)>,
    next_boost: Option<u64>,
}

impl Queues {
    pub fn new(settings: Feedback, jobs: usize) -> Self {
        Self {
            levels: vec![VecDeque::new(); settings.quanta.len()],
            at: vec![(0, 0); jobs],
            next_boost: settings.boost,
            settings,
        }
    }

    fn is_empty(&self) -> bool {
        self.levels.iter().all(VecDeque::is_empty)
    }

    /// Moves all jobs to the first queue if the time has come; the running one follows
    /// when it is put back.
    fn boost(&mut self, now: u64) -> bool {
        let (Some(boost), Some(next)) = (self.settings.boost, self.next_boost) else {
            return false;
        };
        if now < next {
            return false;
        }
        self.next_boost =
            (now / boost).checked_add(1).and_then(|n| n.checked_mul(boost));
        let all = self.levels.iter_mut().flat_map(std::mem::take).collect();
        self.levels[0] = all;
        self.at.fill((0, 0));
        true
    }
}

impl Rule for Queues {
    fn admit(&mut self, task: &Task, now: u64) {
        self.boost(now);
        let (queue, _) = self.at[task.place];
        self.levels[queue].push_back(task.place);
    }

    fn account(&mut self, task: &Task, time: u64) {
        self.at[task.place].1 += time;
    }

    fn put_back(&mut self, task: &Task, _now: u64) {
        let alone = self.is_empty();
        let (queue, used) = &mut self.at[task.place];
        if *used >= self.settings.quanta[*queue] {
            let last = self.settings.quanta.len() - 1;
            let is_demoted = self.settings.demote_alone || !alone;
            *queue = (*queue + usize::from(is_demoted)).min(last);
            *used = 0;
        }
        self.levels[*queue].push_back(task.place);
    }

    /// With several queues, a job that waits for its device keeps its queue, and what
    /// it has used up of its quantum: it cannot stay in a high queue by giving up the
    /// core a moment before its quantum ends.
    fn leave(&mut self, task: &Task) {
        let last = self.levels.len() - 1;
        let (queue, used) = &mut self.at[task.place];
        if last == 0 || *used >= self.settings.quanta[*queue] {
            *queue = (*queue + 1).min(last);
            *used = 0;
        }
    }

    fn choose(&mut self, _tasks: &[Task], now: u64) -> Option<Choice> {
        self.boost(now);
        let level = self.levels.iter().position(|queue| !queue.is_empty())?;
        let place = self.levels[level].pop_front()?;
        let why = match self.levels.len() {
            1 if self.is_empty() => Reason::OnlyOne,
            1 => Reason::Turn,
            _ => Reason::Level { level },
        };
        let left = self.settings.quanta[level] - self.at[place].1;
        Some(Choice { place, quantum: Some(left), why })
    }

    /// A job gives way to those in higher queues, and all jobs to a boost.
    fn preempts(&mut self, _tasks: &[Task], running: usize, now: u64) -> bool {
        let boosted = self.boost(now);
        let (queue, _) = self.at[running];
        boosted || self.levels[..queue].iter().any(|queue| !queue.is_empty())
    }

    fn alarm(&self, _tasks: &[Task], _running: usize, _now: u64) -> Option<u64> {
        self.next_boost
    }

    fn arrivals_first(&self) -> bool {
        self.settings.arrivals == Arrivals::First
    }
}
