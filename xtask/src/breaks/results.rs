//! What came of the breaks: each that is not as announced, a table, and the count.

use std::io::Write as _;
use std::time::Duration;

use anyhow::Result;
use indicatif::ProgressBar;
use serde::Serialize;

use super::attempt::Attempt;
use super::catalog::Break;
use super::coverage::Coverage;
use crate::print::note::note;
use crate::print::summary::Summary;
use crate::print::table::{BAD, FAINT, GOOD, Look, STRONG};
use crate::print::units::{counted, tally};

/// How many lines of what a scene printed are shown: the last ones.
const SHOWN: usize = 40;

/// All results, as `--json` gives them.
#[derive(Debug, Serialize)]
pub struct Results {
    breaks: Vec<Outcome>,
    /// How many breaks led to what they announce.
    passed: usize,
    /// How many did not.
    pub failed: usize,
    /// How many breaks are of scenes that cannot run here.
    skipped: usize,
    /// How long it all took, in seconds.
    seconds: f64,
    /// How many claims there are, and how many have no break.
    claims: usize,
    claims_without_break: usize,
    #[serde(skip)]
    coverage: String,
}

/// A break, and what came of it.
#[derive(Debug, Serialize)]
pub struct Outcome {
    topic: String,
    scene: String,
    name: String,
    about: String,
    /// What happens and why, for readers.
    #[serde(skip_serializing_if = "Option::is_none")]
    lesson: Option<String>,
    file: String,
    passed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<String>,
    /// Why it is not as announced.
    #[serde(skip_serializing_if = "Option::is_none")]
    wrong: Option<String>,
    diff: String,
    /// The broken claims, the compiler's error, or how the scene ended.
    happened: Vec<String>,
    plays: u32,
    cpu_seconds: f64,
    seconds: f64,
    #[serde(skip)]
    printed: String,
}

impl Outcome {
    pub fn of(one: &Break, attempt: Attempt) -> Self {
        Self {
            topic: one.topic.clone(),
            scene: one.scene.clone(),
            name: one.name.clone(),
            about: one.about.clone(),
            lesson: one.lesson.clone(),
            file: one.file.display().to_string(),
            passed: attempt.wrong.is_none() && attempt.skipped.is_none(),
            skipped: attempt.skipped,
            wrong: attempt.wrong,
            diff: attempt.diff,
            happened: attempt.happened,
            plays: attempt.plays,
            cpu_seconds: attempt.cpu.as_secs_f64(),
            seconds: attempt.time.as_secs_f64(),
            printed: attempt.printed,
        }
    }

    pub fn title(&self) -> String {
        format!("{}/{}/{}", self.topic, self.scene, self.name)
    }

    /// The change as a diff, and what happened.
    fn shown(&self, look: Look) -> Vec<String> {
        let title = look.paint(STRONG, &self.title());
        let mut lines = vec![format!("{} {title}", self.sign(look))];
        lines.push(format!("  {}", self.about));
        lines.push(format!("  {}", look.paint(FAINT, &self.file)));
        lines.extend(self.diff.lines().map(|line| {
            let line = match line.as_bytes().first() {
                Some(b'-') => look.paint(BAD, line),
                Some(b'+') => look.paint(GOOD, line),
                _ => line.to_owned(),
            };
            format!("    {line}")
        }));
        lines.extend(self.wrong.iter().map(|wrong| format!("  {wrong}")));
        lines.extend(indented(
            "it led to",
            self.happened.iter().map(String::as_str),
            look,
        ));
        lines.extend(indented(
            "the lesson",
            self.lesson.iter().flat_map(|it| it.lines()),
            look,
        ));
        let printed: Vec<&str> = self.printed.lines().collect();
        let end = printed[printed.len().saturating_sub(SHOWN)..].iter().copied();
        lines.extend(indented("the scene printed", end, look));
        lines
    }

    /// Why it is not as announced, and how to look at it.
    fn failure(&self, look: Look) -> Vec<String> {
        let title = look.paint(STRONG, &self.title());
        let mut lines = vec![format!("{} {title}", self.sign(look))];
        lines.extend(self.wrong.iter().map(|wrong| format!("  {wrong}")));
        let happened = self.happened.iter().take(SHOWN).map(String::as_str);
        lines.extend(indented("it led to", happened, look));
        lines.push(format!(
            "  {} cargo xtask break {} --show",
            look.paint(FAINT, "look at it:"),
            self.title()
        ));
        lines
    }

    fn sign(&self, look: Look) -> String {
        match (self.passed, &self.skipped) {
            (_, Some(_)) => "–".to_owned(),
            (true, None) => look.paint(GOOD, "✓"),
            (false, None) => look.paint(BAD, "✗"),
        }
    }
}

/// A heading and lines below it; nothing if there are no lines.
fn indented<'a>(
    heading: &str,
    lines: impl Iterator<Item = &'a str>,
    look: Look,
) -> Vec<String> {
    let mut indented: Vec<String> = lines.map(|line| format!("    {line}")).collect();
    if !indented.is_empty() {
        indented.insert(0, format!("  {}", look.paint(FAINT, &format!("{heading}:"))));
    }
    indented
}

/// Says on standard error, where that is no terminal, when a topic is through; on a
/// terminal, which break is not as announced.
pub fn progress(bar: &ProgressBar, breaks: &[Break], outcomes: &[Outcome]) {
    let Some(last) = outcomes.last() else { return };
    if !bar.is_hidden() {
        if let Some(wrong) = &last.wrong {
            let sign = last.sign(Look::of(&std::io::stderr()));
            bar.println(format!("{sign} {}: {wrong}", last.title()));
        }
        return;
    }
    let of_topic = || outcomes.iter().filter(|it| it.topic == last.topic);
    let all = breaks.iter().filter(|it| it.topic == last.topic).count();
    if of_topic().count() == all {
        let failed = of_topic().filter(|it| it.wrong.is_some()).count();
        let skipped = of_topic().filter(|it| it.skipped.is_some()).count();
        let sign = if failed == 0 { '✓' } else { '✗' };
        let tally = tally(all - failed - skipped, failed, skipped);
        note(&format!("{sign} {} {tally}", last.topic));
    }
}

impl Results {
    pub fn of(breaks: Vec<Outcome>, coverage: &Coverage, time: Duration) -> Self {
        let passed = breaks.iter().filter(|it| it.passed).count();
        let skipped = breaks.iter().filter(|it| it.skipped.is_some()).count();
        Self {
            passed,
            failed: breaks.len() - passed - skipped,
            skipped,
            seconds: time.as_secs_f64(),
            claims: coverage.claims,
            claims_without_break: coverage.without.len(),
            coverage: coverage.in_a_line(),
            breaks,
        }
    }

    /// Prints them on standard output: as JSON, or for people.
    pub fn print(&self, json: bool, show: bool) -> Result<()> {
        let mut stdout = std::io::stdout().lock();
        let text = if json {
            serde_json::to_string_pretty(self)?
        } else {
            self.in_words(Look::of(&stdout), show)
        };
        writeln!(stdout, "{text}")?;
        Ok(())
    }

    fn in_words(&self, look: Look, show: bool) -> String {
        let mut lines = Vec::new();
        for outcome in &self.breaks {
            if show {
                lines.extend(outcome.shown(look));
                lines.push(String::new());
            } else if outcome.wrong.is_some() {
                lines.extend(outcome.failure(look));
                lines.push(String::new());
            } else if let Some(skipped) = &outcome.skipped {
                lines.push(format!("– {} {skipped}", outcome.title()));
            } else if outcome.plays > 1 {
                let plays = format!("shows in play {}", outcome.plays);
                lines.push(format!("{} {plays}", outcome.title()));
            }
        }
        lines.push(self.table(look));
        lines.push(String::new());
        let style = if self.failed == 0 { GOOD } else { BAD };
        let tally = tally(self.passed, self.failed, self.skipped);
        lines.push(format!("{}; {}", look.paint(style, &tally), self.coverage));
        lines.join("\n")
    }

    fn table(&self, look: Look) -> String {
        let mut topics: Vec<&str> =
            self.breaks.iter().map(|it| it.topic.as_str()).collect();
        topics.dedup();
        let mut rows: Vec<[String; 4]> = Vec::new();
        for &topic in &topics {
            rows.push(row(topic, self.breaks.iter().filter(|it| it.topic == topic)));
        }
        let all =
            format!("{} in {:.0} s", counted(topics.len(), "topic"), self.seconds);
        rows.push(row(&all, self.breaks.iter()));
        look.table(["topic", " breaks", " as announced", " core-seconds each"], rows)
    }
}

/// The row of some breaks; the time is the median.
fn row<'a>(title: &str, breaks: impl Iterator<Item = &'a Outcome>) -> [String; 4] {
    let breaks: Vec<&Outcome> = breaks.collect();
    let passed = breaks.iter().filter(|it| it.passed).count();
    let cpu = Summary::of(breaks.iter().map(|it| it.cpu_seconds));
    let cpu = cpu.map_or_else(String::new, |cpu| format!("{:.1}", cpu.median));
    [title.to_owned(), breaks.len().to_string(), passed.to_string(), cpu]
}
