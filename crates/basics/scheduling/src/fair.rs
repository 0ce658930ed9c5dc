//! EEVDF: fair shares by weight, as Linux gives them since 6.6.

use crate::reason::Reason;
use crate::simulator::{Choice, Rule, Task};

/// The weights of the nice values from -20 to 19: each is about 1.25 times the next, so
/// that one step of nice is worth about a tenth of a core. They are Linux's
/// (`sched_prio_to_weight`).
const WEIGHTS: [i128; 40] = [
    88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916, 9548, 7620,
    6100, 4904, 3906, 3121, 2501, 1991, 1586, 1277, 1024, 820, 655, 526, 423, 335, 272,
    215, 172, 137, 110, 87, 70, 56, 45, 36, 29, 23, 18, 15,
];

/// Virtual time has so many parts in a unit for a job of weight 1.
const PARTS: i128 = 1 << 30;

/// The weight of a nice value.
///
/// ```
/// assert_eq!(scheduling::weight(0), Some(1024));
/// assert_eq!(scheduling::weight(5), Some(335));
/// assert_eq!(scheduling::weight(20), None);
/// ```
#[must_use]
pub fn weight(nice: i64) -> Option<u64> {
    let place = usize::try_from(nice + 20).ok()?;
    WEIGHTS.get(place).map(|&weight| weight as u64)
}

/// The jobs that compete for the core, in virtual time.
#[derive(Debug)]
pub struct Fair {
    slice: u64,
    accounts: Vec<Account>,
    ready: Vec<usize>,
    running: Option<usize>,
}

/// What a job has had, and what it asks for.
#[derive(Clone, Copy, Debug, Default)]
struct Account {
    weight: i128,
    /// The virtual time at which it began to compete.
    entered: i128,
    /// The time on the core since then.
    had: i128,
    /// The time on the core at which its request is fulfilled.
    request: i128,
    /// What the job is owed while it waits for its device, in virtual time.
    lag: i128,
}

impl Account {
    fn at(&self, time: i128) -> i128 {
        self.entered + time * PARTS / self.weight
    }

    /// Its virtual time: the heavier the job, the slower it passes.
    fn used(&self) -> i128 {
        self.at(self.had)
    }

    fn deadline(&self) -> i128 {
        self.at(self.request)
    }
}

impl Fair {
    pub fn new(slice: u64, weights: impl Iterator<Item = u64>) -> Self {
        let account =
            |weight: u64| Account { weight: weight.into(), ..Account::default() };
        Self {
            slice,
            accounts: weights.map(account).collect(),
            ready: Vec::new(),
            running: None,
        }
    }

    /// The jobs that compete for the core.
    fn competing(&self) -> impl Iterator<Item = &Account> {
        self.ready.iter().chain(&self.running).map(|&place| &self.accounts[place])
    }

    /// The mean of all virtual times, by weight: where each job would be if all had had
    /// their exact shares.
    fn virtual_now(&self) -> i128 {
        // Seen from the least, the numbers stay small.
        let least = self.competing().map(Account::used).min().unwrap_or_default();
        let weights: i128 = self.competing().map(|it| it.weight).sum();
        let sum: i128 =
            self.competing().map(|it| it.weight * (it.used() - least)).sum();
        least + sum / weights.max(1)
    }
}

impl Rule for Fair {
    /// A job begins with its exact share, and comes back from its device with the lag
    /// that it left with. Its own coming moves the mean; that is made up for.
    fn admit(&mut self, task: &Task, _now: u64) {
        let others: i128 = self.competing().map(|it| it.weight).sum();
        let now = self.virtual_now();
        let account = &mut self.accounts[task.place];
        let lag = account.lag * (others + account.weight) / others.max(1);
        account.entered = now - lag;
        account.had = 0;
        account.request = self.slice.into();
        self.ready.push(task.place);
    }

    fn account(&mut self, task: &Task, time: u64) {
        let account = &mut self.accounts[task.place];
        account.had += i128::from(time);
        if account.had >= account.request {
            account.request += i128::from(self.slice);
        }
    }

    fn put_back(&mut self, task: &Task, _now: u64) {
        self.running = None;
        self.ready.push(task.place);
    }

    fn leave(&mut self, task: &Task) {
        let lag = self.virtual_now() - self.accounts[task.place].used();
        self.accounts[task.place].lag = lag;
        self.running = None;
    }

    /// Eligible is a job that has not had more than its share. Among these it is the
    /// earliest deadline, and then the first in the list of jobs.
    fn choose(&mut self, _tasks: &[Task], _now: u64) -> Option<Choice> {
        let now = self.virtual_now();
        let account = |at: usize| &self.accounts[self.ready[at]];
        let eligible = (0..self.ready.len())
            .filter(|&at| account(at).used() <= now)
            .min_by_key(|&at| (account(at).deadline(), self.ready[at]))?;
        let why = match self.ready.len() {
            1 => Reason::OnlyOne,
            _ => Reason::FairShare,
        };
        let place = self.ready.swap_remove(eligible);
        self.running = Some(place);
        Some(Choice { place, quantum: Some(self.slice), why })
    }

    /// A job keeps the core for the whole of its slice (Linux: `RUN_TO_PARITY`).
    fn preempts(&mut self, _tasks: &[Task], _running: usize, _now: u64) -> bool {
        false
    }

    fn alarm(&self, _tasks: &[Task], _running: usize, _now: u64) -> Option<u64> {
        None
    }
}
