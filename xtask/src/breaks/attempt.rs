//! One break, tried: applied, built, played, and what came of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use cargo_metadata::Message;
use cargo_metadata::diagnostic::Diagnostic;
use shared::claim::GO_ON;
use shared::trace::Kind;

use super::catalog::{Break, Expected};
use super::change::Change;
use super::scratch::Scratch;
use crate::programs::{self, cargo_program};
use crate::supervise::{Ended, Order, Report};

/// What came of a break.
#[derive(Debug, Default)]
pub struct Attempt {
    /// The line by which the scene was skipped: nothing was tried.
    pub skipped: Option<String>,
    /// Why it is not as announced; nothing if it is.
    pub wrong: Option<String>,
    /// The change as a diff.
    pub diff: String,
    /// What happened: the broken claims, the compiler's error, or that it is late.
    pub happened: Vec<String>,
    /// What the last play printed, standard error after standard output.
    pub printed: String,
    /// How many plays it took.
    pub plays: u32,
    /// The CPU time of building and playing.
    pub cpu: Duration,
    /// The time of building and playing, turns not waited for.
    pub time: Duration,
}

/// What came of building the topic.
enum Built {
    Program(PathBuf),
    /// The errors of the compiler: their codes, and the whole of the first.
    Refused {
        codes: Vec<String>,
        first: String,
    },
}

/// Tries a break in a copy of the workspace; a play of its scene may take so long.
/// `build` builds its topic there, and `play` plays.
pub fn attempt(
    one: &Break,
    scratch: &mut Scratch,
    original: &Path,
    limit: Duration,
    build: impl FnOnce(&Scratch) -> Result<Report>,
    play: impl Fn(&Order) -> Result<Report>,
) -> Result<Attempt> {
    let mut attempt = Attempt::default();
    let text = fs::read_to_string(original.join(&one.file));
    let change = text
        .map_err(anyhow::Error::from)
        .and_then(|text| Change::of(&text, &one.find, &one.replace));
    let change = match change {
        Ok(change) => change,
        Err(error) => {
            attempt.wrong = Some(format!("{}: {error}", one.file.display()));
            return Ok(attempt);
        }
    };
    attempt.diff = change.diff();
    scratch.apply(&one.file, &change)?;
    let report = build(scratch)?;
    attempt.add_time_of(&report);
    let program = match built(&report, scratch, &one.topic)? {
        Built::Program(program) => program,
        Built::Refused { codes, first } => {
            let is_announced =
                codes.iter().any(|it| one.expected == Expected::Refused(it.clone()));
            if !is_announced {
                let codes = codes.join(", ");
                attempt.wrong = Some(match &one.expected {
                    Expected::Refused(code) => {
                        format!("the compiler refuses it with {codes}, not with {code}")
                    }
                    _ => format!("it does not compile: {codes}"),
                });
            }
            attempt.happened.extend(first.trim_end().lines().map(str::to_owned));
            return Ok(attempt);
        }
    };
    if let Expected::Refused(code) = &one.expected {
        attempt.wrong =
            Some(format!("it compiles, though it should be refused with {code}"));
        return Ok(attempt);
    }
    let order =
        Order::sandboxed(&program, limit).args([&one.scene]).env(GO_ON, Path::new("1"));
    let mut missing = missing(&one.expected);
    for _ in 0..one.plays {
        let report = play(&order)?;
        attempt.plays += 1;
        attempt.add_time_of(&report);
        attempt.wrong = attempt.judge(&one.expected, &report, &mut missing);
        if attempt.wrong.is_none() {
            break;
        }
    }
    Ok(attempt)
}

/// The claims that have not been seen broken yet.
fn missing(expected: &Expected) -> BTreeSet<String> {
    match expected {
        Expected::Broken(claims) => claims.iter().cloned().collect(),
        Expected::Refused(_) | Expected::Late => BTreeSet::new(),
    }
}

impl Attempt {
    fn add_time_of(&mut self, report: &Report) {
        self.cpu += report.cpu;
        self.time += report.time;
    }

    /// Takes down what happened in a play, and gives what is still not as announced.
    fn judge(
        &mut self,
        expected: &Expected,
        report: &Report,
        missing: &mut BTreeSet<String>,
    ) -> Option<String> {
        self.printed = [report.stdout.as_str(), &report.stderr].concat();
        let mut held = BTreeSet::new();
        for record in &report.records {
            let Kind::Claim { held: is_true, text, sentence, .. } = &record.kind else {
                continue;
            };
            if *is_true {
                held.insert(sentence.clone());
                continue;
            }
            missing.remove(sentence);
            let line = format!("✗ {text}");
            if !self.happened.contains(&line) {
                self.happened.push(line);
            }
        }
        let ending = match report.ended {
            Ended::Code(0) => None,
            // An error of a scene is one line.
            _ => report.failed().map(|failed| failed.to_string()),
        };
        if let Some(ending) = &ending
            && !self.happened.contains(ending)
        {
            self.happened.push(ending.clone());
        }
        if let Expected::Late = expected {
            let late = matches!(report.ended, Ended::Late(_));
            return (!late).then(|| "the scene ends in time".to_owned());
        }
        let sentence = missing.first()?;
        let ending = ending.map_or_else(String::new, |ending| format!(" ({ending})"));
        Some(if held.contains(sentence) {
            format!("the claim holds all the same: {sentence}")
        } else {
            format!("the claim is not checked: {sentence}{ending}")
        })
    }
}

/// Reads what cargo reports of building the program of a topic.
fn built(report: &Report, scratch: &Scratch, topic: &str) -> Result<Built> {
    if report.ended != Ended::Code(0) {
        let errors = programs::errors(report)?;
        ensure!(!errors.is_empty(), "cargo build failed: {}", report.stderr.trim());
        let code = |error: &Diagnostic| Some(error.code.as_ref()?.code.clone());
        let codes = errors.iter().filter_map(code).collect();
        let first = errors.into_iter().next().and_then(|error| error.rendered);
        return Ok(Built::Refused { codes, first: first.unwrap_or_default() });
    }
    for message in Message::parse_stream(report.stdout.as_bytes()) {
        if let Message::CompilerArtifact(artifact) = message?
            && artifact.target.name == topic
            && artifact.manifest_path.as_std_path().starts_with(&scratch.root)
            && let Some(program) = artifact.executable
        {
            return Ok(Built::Program(program.into_std_path_buf()));
        }
    }
    bail!("{topic} has no program")
}

/// Builds topics in a copy of the workspace. What cargo and the compiler say is in the
/// report.
pub fn cargo(scratch: &Scratch, topics: &[&str]) -> Result<Report> {
    Order::plain(&cargo_program())
        .args(["build", "--quiet", "--offline", "--message-format=json"])
        .args(["--target-dir".to_owned(), scratch.target().display().to_string()])
        .args(topics.iter().flat_map(|topic| ["-p", topic]))
        .folder(&scratch.root)
        .keep_errors()
        .run()
}
