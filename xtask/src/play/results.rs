//! What came of playing: each scene that failed, a table of the topics, and the count.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use serde::Serialize;

use crate::notes;
use crate::play::failure::Failure;
use crate::play::outcome::Outcome;
use crate::play::reason::Reason;
use crate::play::transcript;
use crate::print::table::{BAD, GOOD, Look};
use crate::print::units::{counted, tally};
use crate::programs::Program;
use crate::workspace::Workspace;

/// All results, as `--json` gives them.
#[derive(Debug, Serialize)]
pub struct Results {
    topics: Vec<TopicResult>,
    /// How many scenes passed.
    pub passed: usize,
    /// How many scenes failed, and what is wrong with topics as such.
    pub failed: usize,
    /// How many scenes cannot run on this machine.
    skipped: usize,
    /// How long it all took.
    seconds: f64,
    /// How many entries of the notes the scenes that passed belong to, and how many
    /// there are.
    notes_covered: usize,
    notes: usize,
}

#[derive(Debug, Serialize)]
struct TopicResult {
    topic: String,
    group: String,
    scenes: Vec<SceneResult>,
    /// What is wrong with the topic as such.
    problems: Vec<String>,
}

#[derive(Debug, Serialize)]
struct SceneResult {
    scene: String,
    notes: Vec<String>,
    passed: bool,
    /// The reason and the remedy, if it was skipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<String>,
    claims: usize,
    seconds: f64,
    reasons: Vec<Reason>,
    /// The command that plays it alone.
    command: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    accepted: Vec<String>,
    #[serde(skip)]
    stdout: String,
    #[serde(skip)]
    stderr: String,
}

impl Results {
    /// Puts the outcomes, which are in the programs' order, to their topics and scenes.
    pub fn of(
        workspace: &Workspace,
        programs: &[Program],
        outcomes: Vec<Outcome>,
        time: Duration,
    ) -> Result<Self> {
        let mut outcomes = outcomes.into_iter();
        let mut topics = Vec::new();
        for program in programs {
            let scenes = program.scenes.iter().zip(outcomes.by_ref());
            let scenes = scenes.map(|(scene, outcome)| {
                let topic = &program.topic.name;
                SceneResult {
                    scene: scene.name.clone(),
                    notes: scene.notes.clone(),
                    passed: outcome.reasons.is_empty() && outcome.skipped.is_none(),
                    skipped: outcome.skipped,
                    claims: outcome.claims,
                    seconds: outcome.time.as_secs_f64(),
                    reasons: outcome.reasons,
                    command: format!("cargo run -p {topic} -- {}", scene.name),
                    accepted: outcome
                        .accepted
                        .iter()
                        .map(|path| workspace.relative(path))
                        .collect(),
                    stdout: outcome.stdout,
                    stderr: outcome.stderr,
                }
            });
            topics.push(TopicResult {
                topic: program.topic.name.clone(),
                group: program.topic.group.clone(),
                scenes: scenes.collect(),
                problems: problems(workspace, program)?,
            });
        }
        let scenes = || topics.iter().flat_map(|topic| &topic.scenes);
        let problems: usize = topics.iter().map(|topic| topic.problems.len()).sum();
        let passed = scenes().filter(|scene| scene.passed).count();
        let skipped = scenes().filter(|scene| scene.skipped.is_some()).count();
        let failed = scenes().count() - passed - skipped + problems;
        let mut covered: Vec<usize> = topics
            .iter()
            .flat_map(TopicResult::covered)
            .filter_map(notes::position)
            .collect();
        covered.sort_unstable();
        covered.dedup();
        let (seconds, notes_covered) = (time.as_secs_f64(), covered.len());
        Ok(Self {
            topics,
            passed,
            failed,
            skipped,
            seconds,
            notes_covered,
            notes: notes::ALL.len(),
        })
    }

    /// Prints them on standard output: as JSON, or for people.
    pub fn print(&self, json: bool) -> Result<()> {
        let mut stdout = std::io::stdout().lock();
        let text = if json {
            serde_json::to_string_pretty(self)?
        } else {
            self.in_words(Look::of(&stdout))
        };
        writeln!(stdout, "{text}")?;
        Ok(())
    }

    fn in_words(&self, look: Look) -> String {
        let mut lines = Vec::new();
        for topic in &self.topics {
            lines.extend(
                topic.problems.iter().map(|it| {
                    format!("{} {}: {it}", look.paint(BAD, "✗"), topic.topic)
                }),
            );
            let failed = topic
                .scenes
                .iter()
                .filter(|scene| !scene.passed && scene.skipped.is_none());
            lines.extend(
                failed.map(|scene| scene.failure(&topic.topic).in_words(look) + "\n"),
            );
            lines.extend(topic.scenes.iter().filter_map(|scene| {
                let line = scene.skipped.as_ref()?;
                Some(format!("– {}/{} {line}", topic.topic, scene.scene))
            }));
            let accepted = topic.scenes.iter().flat_map(|scene| &scene.accepted);
            lines.extend(accepted.map(|path| format!("wrote {path}")));
        }
        lines.push(self.table(look));
        lines.push(String::new());
        let style = if self.failed == 0 { GOOD } else { BAD };
        let sum = tally(self.passed, self.failed, self.skipped);
        lines.push(look.paint(style, &sum));
        lines.join("\n")
    }

    fn table(&self, look: Look) -> String {
        let mut rows: Vec<[String; 5]> =
            self.topics.iter().map(TopicResult::row).collect();
        let scenes = || self.topics.iter().flat_map(|topic| &topic.scenes);
        rows.push([
            format!("{} in {:.1} s", counted(self.topics.len(), "topic"), self.seconds),
            count(self.passed, self.skipped, scenes().count()),
            scenes().map(|scene| scene.claims).sum::<usize>().to_string(),
            format!("{:.1} s", scenes().fold(0.0, |sum, scene| sum + scene.seconds)),
            format!("{} of {}", self.notes_covered, self.notes),
        ]);
        look.table(["topic", " scenes", " claims", " time", "notes covered"], rows)
    }
}

/// What is wrong with a topic as such, whatever its scenes do.
fn problems(workspace: &Workspace, program: &Program) -> Result<Vec<String>> {
    let scenes = program.description.scenes.iter().map(|scene| scene.name.as_str());
    let strays = transcript::strays(&program.topic.folder, scenes)?;
    let stray = |path: &PathBuf| {
        format!("{} is no scene's transcript", workspace.relative(path))
    };
    let mut problems: Vec<String> = strays.iter().map(stray).collect();
    if program.description.scenes.is_empty() {
        problems.push("it has no scenes".to_owned());
    }
    Ok(problems)
}

/// `7`, or `5 of 7`, or `5 of 7, 2 skipped`.
fn count(passed: usize, skipped: usize, all: usize) -> String {
    match (passed == all, skipped) {
        (true, _) => all.to_string(),
        (false, 0) => format!("{passed} of {all}"),
        (false, _) => format!("{passed} of {all}, {skipped} skipped"),
    }
}

impl TopicResult {
    fn row(&self) -> [String; 5] {
        let passed = self.scenes.iter().filter(|scene| scene.passed).count();
        let skipped = self.scenes.iter().filter(|it| it.skipped.is_some()).count();
        let good = passed + skipped == self.scenes.len() && self.problems.is_empty();
        let seconds = self.scenes.iter().fold(0.0, |sum, scene| sum + scene.seconds);
        [
            format!("{} {}", if good { '✓' } else { '✗' }, self.topic),
            count(passed, skipped, self.scenes.len()),
            self.scenes.iter().map(|scene| scene.claims).sum::<usize>().to_string(),
            format!("{seconds:.1} s"),
            notes::in_short(self.covered()),
        ]
    }

    /// The entries of the notes that its scenes cover: those that passed.
    fn covered(&self) -> impl Iterator<Item = &str> {
        self.scenes
            .iter()
            .filter(|scene| scene.passed)
            .flat_map(|scene| scene.notes.iter().map(String::as_str))
    }
}

impl SceneResult {
    fn failure(&self, topic: &str) -> Failure<'_> {
        Failure {
            title: format!("{topic}/{}", self.scene),
            reasons: &self.reasons,
            stdout: &self.stdout,
            stderr: &self.stderr,
            command: Some(&self.command),
        }
    }
}
