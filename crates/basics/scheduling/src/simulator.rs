//! The simulator: from one event to the next, asking a policy what to run.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::Error;
use crate::job::Job;
use crate::reason::Reason;
use crate::schedule::{Schedule, Slice, Wait};

/// The most slices of a schedule.
pub const MOST_SLICES: usize = 1 << 20;

/// A job on its way: what a policy may know of it.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its place in the list of jobs.
    pub place: usize,
    pub arrival: u64,
    pub priority: i64,
    /// The moment by which it must have ended.
    pub deadline: Option<u64>,
    /// The time on the core until its io or its end.
    pub burst: u64,
    /// Since when it is ready; nothing while it runs or waits for its device.
    pub ready_since: Option<u64>,
    /// The time on the core that it still needs after this burst.
    later: u64,
}

/// A policy in action: it keeps the jobs that are ready, and chooses among them.
pub trait Rule {
    /// The task is ready: it has arrived, or its io is over.
    fn admit(&mut self, task: &Task, now: u64);

    /// The task has had the core for so long.
    fn account(&mut self, task: &Task, time: u64);

    /// The task loses the core, and is ready again.
    fn put_back(&mut self, task: &Task, now: u64);

    /// The task gives up the core: it has ended, or waits for its device.
    fn leave(&mut self, task: &Task);

    /// Takes one of the ready tasks, if there is any.
    fn choose(&mut self, tasks: &[Task], now: u64) -> Option<Choice>;

    /// Whether the running task must give way to a ready one now.
    fn preempts(&mut self, tasks: &[Task], running: usize, now: u64) -> bool;

    /// The next moment at which the rule wants to be asked whether the running task
    /// must give way, even if no event happens then.
    fn alarm(&self, tasks: &[Task], running: usize, now: u64) -> Option<u64>;

    /// Whether jobs that arrive when a quantum ends are admitted before the job whose
    /// quantum it was is put back.
    fn arrivals_first(&self) -> bool {
        true
    }
}

/// What a rule has chosen.
pub struct Choice {
    pub place: usize,
    /// The longest time that it may run before the rule chooses again.
    pub quantum: Option<u64>,
    pub why: Reason,
}

struct Running {
    place: usize,
    /// The moment at which its quantum ends.
    expires: Option<u64>,
}

/// Runs the jobs under a rule.
pub fn simulate(jobs: &[Job], rule: &mut dyn Rule) -> Result<Schedule, Error> {
    let mut simulator = Simulator {
        jobs,
        tasks: jobs.iter().enumerate().map(|(place, job)| task(place, job)).collect(),
        entries: jobs
            .iter()
            .enumerate()
            .map(|(place, job)| Reverse((job.arrival, place)))
            .collect(),
        running: None,
        slices: Vec::new(),
        io: Vec::new(),
    };
    while let Some(now) = simulator.next_moment(rule) {
        simulator.advance(rule, now)?;
    }
    Ok(Schedule::of(jobs, simulator.slices, simulator.io))
}

fn task(place: usize, job: &Job) -> Task {
    let burst = job.io.map_or(job.burst, |io| io.every.min(job.burst));
    Task {
        place,
        arrival: job.arrival,
        priority: job.priority,
        deadline: job.deadline,
        burst,
        ready_since: None,
        later: job.burst - burst,
    }
}

struct Simulator<'a> {
    jobs: &'a [Job],
    tasks: Vec<Task>,
    /// When which job becomes ready, the next one on top.
    entries: BinaryHeap<Reverse<(u64, usize)>>,
    running: Option<Running>,
    slices: Vec<Slice>,
    io: Vec<Wait>,
}

impl Simulator<'_> {
    /// The next moment at which something happens.
    fn next_moment(&self, rule: &dyn Rule) -> Option<u64> {
        let entry = self.entries.peek().map(|Reverse((at, _))| *at);
        let running = self.running.as_ref().map(|running| {
            let now = self.slices.last().map_or(0, |slice| slice.end);
            let done = now + self.tasks[running.place].burst;
            let alarm = rule.alarm(&self.tasks, running.place, now);
            [Some(done), running.expires, alarm].into_iter().flatten().min()
        });
        [entry, running.flatten()].into_iter().flatten().min()
    }

    /// Goes on to `now`, and does all that happens then.
    fn advance(&mut self, rule: &mut dyn Rule, now: u64) -> Result<(), Error> {
        self.account(rule, now);
        let expired = self.running.take_if(|running| running.expires == Some(now));
        if rule.arrivals_first() {
            self.admit(rule, now);
        }
        if let Some(expired) = expired {
            self.put_back(rule, expired.place, now);
        }
        self.admit(rule, now);
        let gives_way = |it: &mut Running| rule.preempts(&self.tasks, it.place, now);
        if let Some(preempted) = self.running.take_if(gives_way) {
            self.put_back(rule, preempted.place, now);
        }
        if self.running.is_none() {
            self.choose(rule, now)?;
        }
        Ok(())
    }

    /// The running task has had the core until `now`; it may have done its burst.
    fn account(&mut self, rule: &mut dyn Rule, now: u64) {
        let Some(running) = &self.running else { return };
        let Some(slice) = self.slices.last_mut() else { return };
        let task = &mut self.tasks[running.place];
        let time = now - slice.end;
        slice.end = now;
        task.burst -= time;
        rule.account(task, time);
        if task.burst > 0 {
            return;
        }
        rule.leave(task);
        if let Some(io) = self.jobs[task.place].io.filter(|_| task.later > 0) {
            task.burst = io.every.min(task.later);
            task.later -= task.burst;
            let end = now + io.lasts;
            self.io.push(Wait { job: task.place, begin: now, end });
            self.entries.push(Reverse((end, task.place)));
        }
        self.running = None;
    }

    fn admit(&mut self, rule: &mut dyn Rule, now: u64) {
        while let Some(&Reverse((at, place))) = self.entries.peek()
            && at == now
        {
            self.entries.pop();
            self.tasks[place].ready_since = Some(now);
            rule.admit(&self.tasks[place], now);
        }
    }

    fn put_back(&mut self, rule: &mut dyn Rule, place: usize, now: u64) {
        self.tasks[place].ready_since = Some(now);
        rule.put_back(&self.tasks[place], now);
    }

    fn choose(&mut self, rule: &mut dyn Rule, now: u64) -> Result<(), Error> {
        let Some(choice) = rule.choose(&self.tasks, now) else { return Ok(()) };
        if self.slices.len() == MOST_SLICES {
            return Err(Error::TooManySlices { most: MOST_SLICES });
        }
        let Choice { place, quantum, why } = choice;
        self.tasks[place].ready_since = None;
        self.slices.push(Slice { job: place, begin: now, end: now, why });
        let expires = quantum.and_then(|quantum| now.checked_add(quantum));
        self.running = Some(Running { place, expires });
        Ok(())
    }
}
