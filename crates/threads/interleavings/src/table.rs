//! A schedule as a table: a line of source for each step, and a column for each thread.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use crate::schedule::{Effect, Place, Schedule, Step};

/// How many letters of a source line are shown.
const WIDEST: usize = 48;

impl Schedule {
    /// The schedule in lines: a head with the names of the threads that take steps, and
    /// a line for each step, with the source of it and what it did.
    ///
    /// The source is that of the file as it is now, if it is where it was compiled;
    /// else its name and the number of the line stand in its place.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut sources = Sources::default();
        let threads: Vec<usize> = (0..self.threads.len())
            .filter(|&it| self.steps.iter().any(|step| step.thread == it))
            .collect();
        let column = |thread: usize| {
            let mine = self.steps.iter().filter(move |step| step.thread == thread);
            let effects = mine.map(|step| step.effect.to_string().len());
            effects.chain([self.threads[thread].len()]).max().unwrap_or(0)
        };
        let widths: Vec<usize> = threads.iter().map(|&it| column(it)).collect();

        let mut rows = vec![(String::new(), Vec::new())];
        rows[0].1.extend(threads.iter().map(|&it| self.threads[it].clone()));
        for step in &self.steps {
            let effect = |&thread: &usize| {
                if thread == step.thread {
                    step.effect.to_string()
                } else {
                    String::new()
                }
            };
            let source = shortened(sources.of_step(step));
            rows.push((source, threads.iter().map(effect).collect()));
        }
        let widest = rows.iter().map(|row| row.0.chars().count()).max().unwrap_or(0);
        let line = |(source, cells): &(String, Vec<String>)| {
            let cells = cells.iter().zip(&widths);
            let cells = cells.map(|(cell, width)| format!("  {cell:width$}"));
            let line = format!("{source:widest$}{}", cells.collect::<String>());
            line.trim_end().to_owned()
        };
        rows.iter().map(line).collect()
    }

    /// The numbers of the threads in the order of their steps: `1,2,2,1`.
    #[must_use]
    pub fn order(&self) -> String {
        let numbers = self.steps.iter().map(|step| step.thread.to_string());
        numbers.collect::<Vec<_>>().join(",")
    }
}

fn shortened(text: String) -> String {
    if text.chars().count() <= WIDEST {
        return text;
    }
    let kept: String = text.chars().take(WIDEST - 1).collect();
    format!("{}…", kept.trim_end())
}

/// The files that have been read.
#[derive(Default)]
pub(crate) struct Sources(HashMap<&'static str, Option<String>>);

impl Sources {
    /// The line of source by which the step is shown.
    pub(crate) fn of_step(&mut self, step: &Step) -> String {
        let source = self.line(step.place);
        match step.effect {
            // The end of a guard has no line of its own.
            Effect::Unlocks => format!("end of {source}"),
            _ => source,
        }
    }

    fn line(&mut self, place: Place) -> String {
        let text = self.0.entry(place.file()).or_insert_with(|| read(place.file()));
        let line =
            text.as_ref().and_then(|it| it.lines().nth(place.line() as usize - 1));
        line.map_or_else(
            || format!("{}:{}", place.file(), place.line()),
            |line| line.trim().to_owned(),
        )
    }
}

/// The compiler names a file by its path from the workspace's folder, which is one of
/// those around this crate.
fn read(file: &str) -> Option<String> {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_folder
        .ancestors()
        .find_map(|folder| fs::read_to_string(folder.join(file)).ok())
}

#[cfg(test)]
mod tests {
    use std::panic::Location;

    use super::*;
    use crate::schedule::Value;

    #[test]
    fn each_step_has_its_line_and_each_thread_its_column() {
        let (one, two) = (Location::caller(), Location::caller());
        let steps = [
            (1, one, Effect::Reads(Value::Number(2))),
            (2, two, Effect::Changes(Value::Number(2), Value::Number(1))),
            (1, one, Effect::Unlocks),
        ];
        let schedule = Schedule {
            threads: ["main", "x", "thread 2"].map(str::to_owned).to_vec(),
            steps: steps
                .map(|(thread, place, effect)| Step { thread, place, effect })
                .to_vec(),
            preemptions: 1,
        };
        let source = "let (one, two) = (Location::caller(), Location:…";
        assert_eq!(
            schedule.lines(),
            [
                format!("{:48}  x        thread 2", ""),
                format!("{source}  reads 2"),
                format!("{source}           2 becomes 1"),
                "end of let (one, two) = (Location::caller(), Lo…  unlocks".to_owned(),
            ]
        );
        assert_eq!(schedule.order(), "1,2,1");
    }
}
