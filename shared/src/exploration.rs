//! What a scene lets be explored, what is asked of its explorer, and what that finds.
//!
//! The explorer gives the finds as these plain values, which the runner reads as JSON.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Result;

/// A program that is small enough to be run under every schedule.
pub struct Program {
    pub(crate) name: String,
    pub(crate) explore: Explore,
}

/// Runs the program under the schedules that are asked for.
type Explore = Box<dyn Fn(&Asked) -> Result<Exploration>>;

impl Program {
    /// A program by the name of its function, and how it is explored.
    pub fn new(
        function: &str,
        explore: impl Fn(&Asked) -> Result<Exploration> + 'static,
    ) -> Self {
        Self { name: function.replace('_', "-"), explore: Box::new(explore) }
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Which schedules are to be explored.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asked {
    /// Of all that there are.
    pub which: Which,
    /// After how many of them the exploration stops.
    pub most: Option<u64>,
    /// How many of them are kept whole.
    pub keep: usize,
}

/// Which of all schedules are to be explored.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Which {
    /// Every one.
    #[default]
    All,
    /// One of those that differ only in the order of steps that commute.
    Distinct,
    /// Those in which threads are preempted at most so often.
    Preemptions(u32),
    /// The one in which the threads take their steps in this order.
    One(Vec<usize>),
}

/// What an exploration of a program has found.
///
/// Printed, it is a table of the outcomes, and below it the shortest schedule of a
/// failure; or the only schedule, if there is one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exploration {
    /// How many schedules were tried.
    pub schedules: u64,
    /// In how many of them the program failed.
    pub failures: u64,
    /// How many were cut short.
    pub cut: u64,
    /// Whether every schedule was tried that was asked for, and to its end.
    pub complete: bool,
    /// The ends that the program came to.
    pub outcomes: Vec<Outcome>,
    /// The schedules that were to be kept.
    pub kept: Vec<Kept>,
}

/// An end of the program, and the schedules that lead to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// How the program ended, in a line.
    pub end: String,
    /// Whether it failed.
    pub fails: bool,
    /// How many schedules lead there.
    pub schedules: u64,
    /// The shortest of them.
    pub shortest: Schedule,
    /// The shortest one and the end, to be printed: a line for each step, and a column
    /// for each thread.
    pub lines: Vec<String>,
}

/// A schedule that was kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The number of its outcome.
    pub outcome: usize,
    /// The schedule.
    pub schedule: Schedule,
}

/// The steps of a program in their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// The names of the program's threads, `main` first.
    pub threads: Vec<String>,
    /// How often a thread had to wait although it could have gone on.
    pub preemptions: u32,
    /// The steps.
    pub steps: Vec<Step>,
}

/// What a thread does in one go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The number of the thread.
    pub thread: usize,
    /// The file that calls the operation, relative to the workspace's folder.
    pub file: String,
    /// The line of that file, from 1.
    pub line: u32,
    /// What stands there.
    pub source: String,
    /// What the operation did: `reads 2`.
    pub effect: String,
}

impl Schedule {
    /// The numbers of the threads in the order of their steps: `1,2,2,1`.
    #[must_use]
    pub fn order(&self) -> String {
        let numbers = self.steps.iter().map(|step| step.thread.to_string());
        numbers.collect::<Vec<_>>().join(",")
    }
}

impl Exploration {
    /// The outcome with the shortest of all schedules in which the program failed.
    #[must_use]
    pub fn shortest_failure(&self) -> Option<&Outcome> {
        let failed = self.outcomes.iter().filter(|outcome| outcome.fails);
        failed.min_by_key(|outcome| {
            (outcome.shortest.preemptions, outcome.shortest.steps.len())
        })
    }

    /// The exploration in a line: `6 schedules, 4 fail`.
    #[must_use]
    pub fn summary(&self) -> String {
        let Self { schedules, failures, cut, .. } = self;
        let plural = if *schedules == 1 { "" } else { "s" };
        let cut = if *cut > 0 { format!(", {cut} cut short") } else { String::new() };
        let not = if self.complete { "" } else { ", not complete" };
        format!("{schedules} schedule{plural}, {failures} fail{cut}{not}")
    }
}

/// How wide the table is at most.
const WIDTH: usize = 80;
/// How much of the order of steps is shown in it.
const ORDER: usize = 24;

impl fmt::Display for Exploration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let orders: Vec<String> = self
            .outcomes
            .iter()
            .map(|it| shortened(&it.shortest.order(), ORDER))
            .collect();
        let widest = orders.iter().map(|it| it.chars().count()).max().unwrap_or(0);
        let widest = widest.max("shortest".len());
        writeln!(f, "schedules  {:widest$}  outcome", "shortest")?;
        for (outcome, order) in self.outcomes.iter().zip(orders) {
            let end = shortened(&outcome.end, WIDTH - widest - 13);
            writeln!(f, "{:>9}  {order:widest$}  {end}", outcome.schedules)?;
        }
        let (what, shown) = match &self.outcomes[..] {
            [only] if self.schedules == 1 => ("schedule", Some(only)),
            _ => ("shortest failure", self.shortest_failure()),
        };
        let Some(shown) = shown else { return Ok(()) };
        writeln!(f, "\nthe {what}: {}", shown.shortest.order())?;
        shown.lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(end: &str, fails: bool, preemptions: u32, steps: usize) -> Outcome {
        let step = Step {
            thread: 1,
            file: "src/a.rs".to_owned(),
            line: 7,
            source: "n.load(Relaxed)".to_owned(),
            effect: "reads 2".to_owned(),
        };
        let threads = ["main", "x"].map(str::to_owned).to_vec();
        let shortest = Schedule { threads, preemptions, steps: vec![step; steps] };
        let lines = vec![format!("{steps} steps"), end.to_owned()];
        Outcome { end: end.to_owned(), fails, schedules: 3, shortest, lines }
    }

    fn exploration(outcomes: Vec<Outcome>) -> Exploration {
        Exploration {
            schedules: 9,
            failures: 6,
            cut: 0,
            complete: true,
            outcomes,
            kept: Vec::new(),
        }
    }

    #[test]
    fn the_shortest_failure_has_the_fewest_preemptions_and_then_the_fewest_steps() {
        let explored = exploration(vec![
            outcome("ends well", false, 0, 1),
            outcome("panic: a", true, 1, 2),
            outcome("panic: b", true, 0, 4),
            outcome("panic: c", true, 0, 3),
        ]);
        let shown = explored.to_string();
        let expected = "\
schedules  shortest  outcome
        3  1         ends well
        3  1,1       panic: a
        3  1,1,1,1   panic: b
        3  1,1,1     panic: c

the shortest failure: 1,1,1
3 steps
panic: c
";
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_schedule_that_is_the_only_one_is_shown() {
        let explored = exploration(vec![outcome("ends well", false, 0, 2)]);
        assert!(!explored.to_string().contains("ends well\n2 steps"));
        let one = Exploration { schedules: 1, ..explored };
        let shown = one.to_string();
        assert!(
            shown.ends_with("\nthe schedule: 1,1\n2 steps\nends well\n"),
            "{shown}"
        );
    }

    #[test]
    fn a_table_fits_80_columns() {
        let long = "a deadlock ".repeat(20);
        let shown = exploration(vec![outcome(&long, false, 0, 99)]).to_string();
        for line in shown.lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
        assert!(shown.contains("1,1,1,1,1,1,1,1,1,1,1,1…  a deadlock"), "{shown}");
    }

    #[test]
    fn a_summary_says_whether_all_was_explored() {
        let whole = exploration(Vec::new());
        assert_eq!(whole.summary(), "9 schedules, 6 fail");
        let part =
            Exploration { schedules: 1, failures: 0, cut: 1, complete: false, ..whole };
        assert_eq!(part.summary(), "1 schedule, 0 fail, 1 cut short, not complete");
    }
}
