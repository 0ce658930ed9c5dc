//! The programs of a scene under every schedule: a table, and what a script needs to
//! let the reader choose who goes next.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Result, ensure};
use serde::Serialize;
use shared::exploration::{Exploration, Schedule};
use shared::{Explored, SceneDescription};

use super::markdown::fenced;
use crate::play::schedules;
use crate::programs::Program;

/// How long a scene's programs may take.
const DEADLINE: Duration = Duration::from_mins(2);

/// How many schedules a page holds whole. Of a program that has more it holds the
/// shortest of each outcome.
const MOST: usize = 100;

/// What the script reads.
#[derive(Debug, PartialEq, Serialize)]
struct Game {
    /// Its name in an address.
    name: String,
    schedules: u64,
    failures: u64,
    /// Whether these are all schedules.
    whole: bool,
    threads: Vec<String>,
    /// The ends of the program, and whether each is a failure.
    ends: Vec<(String, bool)>,
    /// Files, lines and sources that the steps name.
    places: Vec<(String, u32, String)>,
    played: Vec<Played>,
}

/// A schedule.
#[derive(Debug, PartialEq, Serialize)]
struct Played {
    /// The number of its end.
    end: usize,
    preemptions: u32,
    /// Each step's thread, place and effect.
    steps: Vec<(usize, usize, String)>,
}

/// All that is said of the scene's schedules.
pub fn schedules(program: &Program, scene: &SceneDescription) -> Result<String> {
    ensure!(!scene.programs.is_empty(), "{} has no program to explore", scene.name);
    let keep = format!("--keep={MOST}");
    let explored = schedules::explore(program, DEADLINE, [scene.name.clone(), keep])?;
    explored.iter().map(figure).collect()
}

fn figure(explored: &Explored) -> Result<String> {
    let Explored { program, exploration, .. } = explored;
    let summary = exploration.summary();
    let game = serde_json::to_string(&game(explored))?;
    // As it stands in a page, a script ends with the first such tag.
    let game = game.replace("</", "<\\/");
    let table = fenced("text", &exploration.to_string());
    Ok(format!(
        "<figure class=\"schedules\">\n<figcaption><span>Every schedule of</span> \
         <code>{program}</code>: {summary}</figcaption>\n\n{table}\n\
         <script type=\"application/json\">{game}</script>\n</figure>\n\n"
    ))
}

fn game(explored: &Explored) -> Game {
    let Exploration { schedules, failures, complete, outcomes, kept, .. } =
        &explored.exploration;
    let whole = *complete && kept.len() as u64 == *schedules;
    let shortest = outcomes.iter().enumerate().map(|(end, it)| (end, &it.shortest));
    let played: Vec<(usize, &Schedule)> = if whole {
        kept.iter().map(|it| (it.outcome, &it.schedule)).collect()
    } else {
        shortest.take(MOST).collect()
    };
    let mut places = Places::default();
    let played: Vec<Played> = played
        .into_iter()
        .map(|(end, schedule)| Played {
            end,
            preemptions: schedule.preemptions,
            steps: schedule
                .steps
                .iter()
                .map(|it| {
                    let place = (it.file.clone(), it.line, it.source.clone());
                    (it.thread, places.number(place), it.effect.clone())
                })
                .collect(),
        })
        .collect();
    let longest = outcomes.iter().map(|it| &it.shortest.threads);
    Game {
        name: format!("{}/{}", explored.scene, explored.program),
        schedules: *schedules,
        failures: *failures,
        whole,
        threads: longest.max_by_key(|it| it.len()).cloned().unwrap_or_default(),
        ends: outcomes.iter().map(|it| (it.end.clone(), it.fails)).collect(),
        places: places.all,
        played,
    }
}

/// The places that steps name, each once.
#[derive(Default)]
struct Places {
    all: Vec<(String, u32, String)>,
    numbers: BTreeMap<(String, u32, String), usize>,
}

impl Places {
    fn number(&mut self, place: (String, u32, String)) -> usize {
        *self.numbers.entry(place).or_insert_with_key(|place| {
            self.all.push(place.clone());
            self.all.len() - 1
        })
    }
}

#[cfg(test)]
mod tests {
    use shared::exploration::{Kept, Outcome, Step};

    use super::*;

    fn schedule(threads: &[usize]) -> Schedule {
        let step = |&thread: &usize| Step {
            thread,
            file: "a.rs".to_owned(),
            line: 7,
            source: "n.load(Relaxed)".to_owned(),
            effect: "reads </script>".to_owned(),
        };
        let steps = threads.iter().map(step).collect();
        Schedule { threads: vec!["main".to_owned()], preemptions: 0, steps }
    }

    fn explored(schedules: u64) -> Explored {
        let outcome = Outcome {
            end: "ends well".to_owned(),
            fails: false,
            schedules,
            shortest: schedule(&[1, 2]),
            lines: Vec::new(),
        };
        let kept = [[1, 2], [2, 1]];
        let kept = kept.map(|it| Kept { outcome: 0, schedule: schedule(&it) }).to_vec();
        let exploration = Exploration {
            schedules,
            failures: 0,
            cut: 0,
            complete: true,
            outcomes: vec![outcome],
            kept,
        };
        let (scene, program) = ("race".to_owned(), "two".to_owned());
        Explored { scene, program, exploration }
    }

    #[test]
    fn a_page_has_all_schedules_or_the_shortest_of_each_end() {
        let all = game(&explored(2));
        assert!(all.whole);
        assert_eq!((all.played.len(), all.places.len()), (2, 1));
        let some = game(&explored(3));
        assert!(!some.whole);
        assert_eq!(some.played.len(), 1);
        assert_eq!(some.name, "race/two");
    }

    #[test]
    fn no_text_ends_the_script() {
        let figure = figure(&explored(2)).expect("written");
        assert_eq!(figure.matches("</script>").count(), 1, "{figure}");
    }
}
