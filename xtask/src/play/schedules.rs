//! The programs of a scene that can be run under every schedule: what is found must be
//! what `transcript/SCENE.schedules.txt` says.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use shared::{Explored, SceneDescription};

use super::outcome::Outcome;
use super::reason::Reason;
use super::transcript::{self, Transcript};
use crate::programs::Program;
use crate::supervise::{Ended, Interrupted, Order};

/// The part of the name of a scene's transcript by which it is one of schedules.
fn name(scene: &str) -> String {
    format!("{scene}.schedules")
}

/// Has a topic's program explore what these arguments name.
pub fn explore(
    program: &Program,
    deadline: Duration,
    args: impl IntoIterator<Item = String>,
) -> Result<Vec<Explored>> {
    let report = Order::sandboxed(&program.path, deadline)
        .args(["explore", "--json"])
        .args(args)
        .keep(MOST)
        .run()?;
    if report.ended == Ended::Interrupted {
        bail!(Interrupted);
    }
    report.check()?;
    let lines = report.stdout.lines();
    lines.map(|line| serde_json::from_str(line).context("what was explored")).collect()
}

/// How many bytes an exploration may print.
const MOST: usize = 16 * 1024 * 1024;

/// What was found of one scene, as its transcript has it.
pub fn text(explored: &[Explored]) -> String {
    let texts: Vec<String> = explored.iter().map(Explored::text).collect();
    texts.join("\n")
}

/// Explores all programs of the scene and adds to the outcome how they differ from the
/// transcript; with `accept` the transcript follows them.
pub fn check(
    program: &Program,
    scene: &SceneDescription,
    deadline: Duration,
    accept: bool,
    outcome: &mut Outcome,
) {
    let found = match explore(program, deadline, [scene.name.clone()]) {
        Ok(explored) => text(&explored),
        Err(error) => {
            let error = format!("explore {}: {error:#}", scene.name);
            outcome.reasons.push(Reason::NotPlayed { error });
            return;
        }
    };
    match compare(program, &scene.name, &found) {
        None => {}
        Some(_) if accept => match self::accept(program, &scene.name, &found) {
            Ok(path) => outcome.accepted.push(path),
            Err(error) => outcome.reasons.push(no_transcript(&error)),
        },
        Some(reason) => {
            outcome.stdout = found;
            outcome.reasons.push(reason);
        }
    }
}

/// How what was found differs from the transcript.
pub fn compare(program: &Program, scene: &str, found: &str) -> Option<Reason> {
    match Transcript::of(&program.topic.folder, &name(scene)) {
        Ok(Some(transcript)) => {
            let difference = transcript.compare(&transcript::told(found)).err()?;
            Some(Reason::Differs(Box::new(difference)))
        }
        Ok(None) => Some(Reason::NoTranscript {
            error: format!("no transcript: {}.txt", name(scene)),
        }),
        Err(error) => Some(no_transcript(&error)),
    }
}

/// Takes what was found for the transcript.
pub fn accept(
    program: &Program,
    scene: &str,
    found: &str,
) -> Result<std::path::PathBuf> {
    let (folder, name) = (&program.topic.folder, name(scene));
    let old = Transcript::of(folder, &name)?;
    transcript::accept(folder, &name, old.as_ref(), &transcript::told(found))
}

fn no_transcript(error: &anyhow::Error) -> Reason {
    Reason::NoTranscript { error: format!("{error:#}") }
}
