//! The policies that compare the ready jobs, and take the best of them.

use std::cmp::Ordering;

use crate::reason::Reason;
use crate::settings::{High, Priority};
use crate::simulator::{Choice, Rule, Task};

/// By which the jobs are compared.
#[derive(Clone, Copy, Debug)]
pub enum By {
    ReadySince,
    Burst,
    LeastLeft,
    ResponseRatio,
    Deadline,
    Priority(Priority),
}

/// The ready jobs, and by which they are compared.
#[derive(Debug)]
pub struct Ranked {
    by: By,
    ready: Vec<usize>,
}

impl Ranked {
    pub fn new(by: By) -> Self {
        Self { by, ready: Vec::new() }
    }

    /// Less if the first is to run before the second.
    fn compare(&self, a: &Task, b: &Task, now: u64) -> Ordering {
        match self.by {
            By::ReadySince => a.ready_since.cmp(&b.ready_since),
            By::Burst | By::LeastLeft => a.burst.cmp(&b.burst),
            By::ResponseRatio => {
                // (waited + burst) / burst, the larger first, without a division.
                let ratio =
                    |a, b: &Task| u128::from(waited(a, now)) * u128::from(b.burst);
                ratio(b, a).cmp(&ratio(a, b))
            }
            By::Deadline => a.deadline.cmp(&b.deadline),
            By::Priority(policy) => policy.rank(a, now).cmp(&policy.rank(b, now)),
        }
    }

    /// The place in `ready` of the job that is to run next. Among equals it is the one
    /// that arrived first, and then the one that was given first.
    fn best(&self, tasks: &[Task], now: u64) -> Option<usize> {
        (0..self.ready.len()).min_by(|&a, &b| {
            let (a, b) = (&tasks[self.ready[a]], &tasks[self.ready[b]]);
            let tie = || (a.arrival, a.place).cmp(&(b.arrival, b.place));
            self.compare(a, b, now).then_with(tie)
        })
    }

    fn reason(&self, task: &Task, now: u64) -> Reason {
        match self.by {
            By::ReadySince => Reason::FirstReady,
            By::Burst => Reason::Shortest { burst: task.burst },
            By::LeastLeft => Reason::LeastLeft { left: task.burst },
            By::ResponseRatio => {
                Reason::ResponseRatio { waited: waited(task, now), burst: task.burst }
            }
            By::Deadline => Reason::Deadline { at: task.deadline.unwrap_or(u64::MAX) },
            By::Priority(policy) => {
                Reason::Priority { given: task.priority, aged: policy.aged(task, now) }
            }
        }
    }
}

impl Rule for Ranked {
    fn admit(&mut self, task: &Task, _now: u64) {
        self.ready.push(task.place);
    }

    fn account(&mut self, _task: &Task, _time: u64) {}

    fn put_back(&mut self, task: &Task, _now: u64) {
        self.ready.push(task.place);
    }

    fn leave(&mut self, _task: &Task) {}

    fn choose(&mut self, tasks: &[Task], now: u64) -> Option<Choice> {
        let is_only_one = self.ready.len() == 1;
        let place = self.ready.swap_remove(self.best(tasks, now)?);
        let why =
            if is_only_one { Reason::OnlyOne } else { self.reason(&tasks[place], now) };
        Some(Choice { place, quantum: None, why })
    }

    /// An equal does not preempt.
    fn preempts(&mut self, tasks: &[Task], running: usize, now: u64) -> bool {
        let may_preempt = match self.by {
            By::LeastLeft | By::Deadline => true,
            By::Priority(policy) => policy.preempt,
            By::ReadySince | By::Burst | By::ResponseRatio => false,
        };
        may_preempt
            && self.best(tasks, now).is_some_and(|best| {
                let best = &tasks[self.ready[best]];
                self.compare(best, &tasks[running], now).is_lt()
            })
    }

    /// The next moment at which age raises a waiting job above the running one.
    fn alarm(&self, tasks: &[Task], running: usize, now: u64) -> Option<u64> {
        let By::Priority(policy) = self.by else { return None };
        let aging = policy.aging.filter(|_| policy.preempt)?;
        let running = policy.rank(&tasks[running], now);
        let ready = self.ready.iter().map(|&place| &tasks[place]);
        let overtakes = ready.filter_map(|task| {
            let behind = policy.rank(task, task.ready_since?) - running;
            let steps = u64::try_from(behind + 1).ok()?;
            task.ready_since?.checked_add(steps.checked_mul(aging)?)
        });
        overtakes.filter(|&at| at > now).min()
    }
}

fn waited(task: &Task, now: u64) -> u64 {
    task.ready_since.map_or(0, |since| now - since)
}

impl Priority {
    /// The priority that its wait has made of the task's.
    fn aged(self, task: &Task, now: u64) -> i64 {
        let steps = self.aging.map_or(0, |aging| waited(task, now) / aging);
        match self.high {
            High::Small => task.priority.saturating_sub_unsigned(steps),
            High::Large => task.priority.saturating_add_unsigned(steps),
        }
    }

    /// The smaller, the sooner the task runs.
    fn rank(self, task: &Task, now: u64) -> i128 {
        let aged = i128::from(self.aged(task, now));
        match self.high {
            High::Small => aged,
            High::Large => -aged,
        }
    }
}
