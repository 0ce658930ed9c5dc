//! What came of playing scenes beside their twins: a table of what they cost, each that
//! failed, and the count.

use std::io::Write as _;

use anyhow::Result;
use serde::Serialize;

use super::figures::{Comparison, Cost, Setting};
use super::pair::{FailedSide, Played};
use crate::play::failure::Failure;
use crate::play::judge::Language;
use crate::play::reason::Reason;
use crate::print::summary::Summary;
use crate::print::table::{BAD, FAINT, GOOD, Look};
use crate::print::units::{bytes, counted, nanoseconds, ratio, tally};

/// All results, as `--json` gives them.
#[derive(Debug, Serialize)]
pub struct Overview {
    setting: Setting,
    scenes: Vec<SceneOverview>,
    /// What is wrong with twins as such.
    problems: Vec<String>,
    passed: usize,
    /// How many scenes failed, and what is wrong with twins as such.
    pub failed: usize,
    /// How many scenes cannot run on this machine, in Rust or in Python.
    skipped: usize,
    /// Whether the table has everything that is measured.
    #[serde(skip)]
    wide: bool,
}

#[derive(Debug, Serialize)]
struct SceneOverview {
    topic: String,
    scene: String,
    passed: bool,
    /// The reason and the remedy, if it was skipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<String>,
    /// What it cost, if it passed.
    #[serde(flatten)]
    measured: Option<Comparison>,
    failures: Vec<SideOverview>,
}

#[derive(Debug, Serialize)]
struct SideOverview {
    side: Language,
    reasons: Vec<Reason>,
    /// The command that plays this side alone, if there is something to play.
    command: Option<String>,
    #[serde(skip)]
    stdout: String,
    #[serde(skip)]
    stderr: String,
}

impl Overview {
    /// A `wide` one also tells ranges, and what each side costs in CPU and memory.
    pub fn new(setting: Setting, wide: bool) -> Self {
        let (scenes, problems) = (Vec::new(), Vec::new());
        Self { setting, scenes, problems, passed: 0, failed: 0, skipped: 0, wide }
    }

    /// Adds what is wrong with a twin as such.
    pub fn add_problem(&mut self, problem: String) {
        self.problems.push(problem);
        self.failed += 1;
    }

    /// Adds a scene, and how each side is played alone.
    pub fn add(
        &mut self,
        topic: &str,
        scene: &str,
        played: Played,
        command: impl Fn(Language) -> String,
    ) {
        let measured = played.measured();
        let skipped = played.skipped;
        let failures = played.failed.into_iter().map(
            |FailedSide { side, reasons, stdout, stderr }| SideOverview {
                side,
                command: (!reasons
                    .iter()
                    .any(|it| matches!(it, Reason::NoTwin { .. })))
                .then(|| command(side)),
                reasons,
                stdout,
                stderr,
            },
        );
        let failures: Vec<SideOverview> = failures.collect();
        let passed = failures.is_empty() && skipped.is_none();
        *match (failures.is_empty(), passed) {
            (false, _) => &mut self.failed,
            (true, true) => &mut self.passed,
            (true, false) => &mut self.skipped,
        } += 1;
        let (topic, scene) = (topic.to_owned(), scene.to_owned());
        let overview =
            SceneOverview { topic, scene, passed, skipped, measured, failures };
        self.scenes.push(overview);
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

    /// The failures come after the table, which is long: what ends a log is what is
    /// read first.
    fn in_words(&self, look: Look) -> String {
        let mut lines = Vec::new();
        let measured: Vec<_> = self
            .scenes
            .iter()
            .filter_map(|scene| Some((scene, scene.measured?)))
            .collect();
        if !measured.is_empty() {
            let rounds = counted(measured[0].1.rounds, "round");
            let what = if self.wide { "median and range" } else { "median" };
            let head = format!(
                "{}\n{what} of {rounds}; memory is what the largest process had at its \
                 peak;\na ratio is Python's to Rust's\n",
                self.setting.in_two_lines()
            );
            lines.push(look.paint(FAINT, &head));
            let table = if self.wide { wide } else { narrow };
            lines.push(table(&measured, look));
            lines.push(String::new());
        }
        lines.extend(self.scenes.iter().filter_map(|scene| {
            let line = scene.skipped.as_ref()?;
            Some(format!("– {}/{} {line}", scene.topic, scene.scene))
        }));
        lines.extend(
            self.problems
                .iter()
                .map(|problem| format!("{} {problem}", look.paint(BAD, "✗"))),
        );
        let failures = self
            .scenes
            .iter()
            .flat_map(|scene| scene.failures.iter().map(move |it| (scene, it)));
        lines.extend(
            failures.map(|(scene, failure)| failure.in_words(scene, look) + "\n"),
        );
        let style = if self.failed == 0 { GOOD } else { BAD };
        let sum = tally(self.passed, self.failed, self.skipped);
        lines.push(look.paint(style, &sum));
        lines.join("\n")
    }
}

/// The medians, a scene a line, which fit a terminal of 80 columns.
fn narrow(measured: &[(&SceneOverview, Comparison)], look: Look) -> String {
    let seconds = |summary: Summary| nanoseconds(summary.median * 1e9);
    let mut rows = Vec::new();
    let mut topic = "";
    for (scene, Comparison { rust, python, ratio: by, .. }) in measured {
        if scene.topic != topic {
            topic = &scene.topic;
            let mut row: [String; 6] = Default::default();
            topic.clone_into(&mut row[0]);
            rows.push(row);
        }
        rows.push([
            format!("  {}", scene.scene),
            seconds(rust.wall_s),
            seconds(python.wall_s),
            ratio(by.wall),
            ratio(by.cpu),
            ratio(by.peak),
        ]);
    }
    look.table(["scene", " Rust", " Python", " ratio", " CPU", " memory"], rows)
}

/// All that is measured.
fn wide(measured: &[(&SceneOverview, Comparison)], look: Look) -> String {
    let rows = measured.iter().flat_map(|(scene, measured)| {
        let by = &measured.ratio;
        let [wall, cpu, peak] = [by.wall, by.cpu, by.peak].map(ratio);
        let [none, no_range, no_spread] = [(); 3].map(|()| String::new());
        [
            row(format!("{}/{}", scene.topic, scene.scene), "Rust", &measured.rust),
            row(String::new(), "Python", &measured.python),
            [
                String::new(),
                "ratio".to_owned(),
                wall,
                none,
                cpu,
                no_range,
                peak,
                no_spread,
            ],
        ]
    });
    look.table(
        ["scene", "side", " wall", " range", " CPU", " range", " memory", " range"],
        rows,
    )
}

fn row(scene: String, side: &str, cost: &Cost) -> [String; 8] {
    let seconds = |seconds: f64| nanoseconds(seconds * 1e9);
    let [wall, wall_range] = in_cells(cost.wall_s, seconds);
    let [cpu, cpu_range] = in_cells(cost.cpu_s, seconds);
    let [peak, peak_range] = in_cells(cost.peak_bytes, bytes);
    [scene, side.to_owned(), wall, wall_range, cpu, cpu_range, peak, peak_range]
}

fn in_cells(summary: Summary, write: impl Fn(f64) -> String) -> [String; 2] {
    [
        write(summary.median),
        format!("{} – {}", write(summary.least), write(summary.most)),
    ]
}

impl SideOverview {
    fn in_words(&self, scene: &SceneOverview, look: Look) -> String {
        let failure = Failure {
            title: format!("{}/{} in {:?}", scene.topic, scene.scene, self.side),
            reasons: &self.reasons,
            stdout: &self.stdout,
            stderr: &self.stderr,
            command: self.command.as_deref(),
        };
        failure.in_words(look)
    }
}
