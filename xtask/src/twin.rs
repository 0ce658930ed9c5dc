//! `cargo xtask twin`: each scene in Rust and in Python in turn, held to the same
//! transcript and measured side by side.

pub mod figures;
mod overview;
mod pair;
mod python;
mod setting;
pub mod source;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::play::judge::Language;
use crate::play::progress::Progress;
use crate::play::{self, outcome::Outcome};
use crate::programs::{self, Program};
use crate::supervise::{self, Interrupted};
use crate::workspace::Workspace;
use figures::{Figure, Figures, Setting};
use overview::Overview;
use pair::{Pair, Played};
pub use python::{Python, REMEDY};
use source::Twin;

/// Play scenes in Rust and in Python in turn: both must print what the transcript says;
/// compare what they cost
///
/// Time is wall time from a program's start to its end, which includes that of the
/// interpreter. CPU time is that of all its processes, user's and system's. Memory is
/// what the largest of them had at its peak (resident set). Rust is built as
/// `cargo run` builds it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The topics or scenes to play; all if none is named
    #[arg(value_name = "TOPIC[/SCENE]")]
    what: Vec<String>,

    /// How often each side plays
    #[arg(long, value_name = "NUMBER", default_value = "5")]
    rounds: NonZeroUsize,

    /// Also show ranges, and what each side costs in CPU time and memory
    #[arg(long)]
    wide: bool,

    /// Print the results as JSON
    #[arg(long)]
    json: bool,

    /// Also write the figures into FILE, in place of these scenes' last ones [default:
    /// docs/figures/twins.json]
    #[arg(
        long,
        value_name = "FILE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = figures::FILE
    )]
    record: Option<PathBuf>,

    /// How many seconds a scene may take
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = play::DEADLINE,
        value_parser = play::seconds
    )]
    deadline: f64,
}

/// The exit code is 1 if a scene or its twin failed.
pub fn twin(args: &Args, workspace: &Workspace) -> Result<ExitCode> {
    let asked = workspace.asked(&args.what)?;
    // Asked for first: a build takes long.
    let python = Python::find()?;
    let interpreter = python.environment(workspace)?;
    let programs = programs::build(workspace, &asked)?;
    let setting = Setting::here(&workspace.root, &python)?;
    let record = args.record.as_ref().map(|path| workspace.root.join(path));
    let mut figures =
        record.as_deref().map(Figures::read).transpose()?.unwrap_or_default();

    let mut overview = Overview::new(setting.clone(), args.wide);
    let scenes = programs
        .iter()
        .flat_map(|program| program.scenes.iter().map(move |scene| (program, scene)));
    let mut progress =
        Progress::begin(scenes.map(|(program, _)| program.topic.name.as_str()));
    for program in &programs {
        let topic = &program.topic.name;
        let twin = Twin::of(&program.topic.folder)?;
        let names: Vec<&str> = program
            .description
            .scenes
            .iter()
            .map(|scene| scene.name.as_str())
            .collect();
        if let Some(twin) = &twin {
            let path = workspace.relative(&twin.path);
            twin.problems(&names)
                .iter()
                .for_each(|it| overview.add_problem(format!("{path}: {it}")));
        }
        for scene in &program.scenes {
            progress.begun(topic, &scene.name);
            let played = match find(workspace, program, twin.as_ref(), &scene.name) {
                Ok(twin) => {
                    let deadline = args.deadline;
                    Pair { program, scene, twin, python: &interpreter, deadline }
                        .play(args.rounds.get())?
                }
                Err(missing) => Played::no_twin(missing),
            };
            if supervise::interrupted() {
                bail!(Interrupted);
            }
            progress.ended(topic, &scene.name, &outcome(&played));
            if let (Some(measured), Some(path)) = (played.measured(), &record) {
                let fingerprint =
                    source::fingerprint(&program.topic.folder, &scene.name)?;
                figures.insert(
                    topic,
                    &scene.name,
                    Figure { measured, setting: setting.clone(), fingerprint },
                );
                // At once, so that what has been measured is kept whatever happens to
                // the scenes that follow.
                figures.write(path)?;
            }
            let command =
                |side| command(workspace, program, &interpreter, &scene.name, side);
            overview.add(topic, &scene.name, played, command);
        }
    }
    progress.end();
    overview.print(args.json)?;
    Ok(if overview.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The twin, if it has the scene; or what is missing.
fn find<'a>(
    workspace: &Workspace,
    program: &Program,
    twin: Option<&'a Twin>,
    scene: &str,
) -> Result<&'a Twin, String> {
    let Some(twin) = twin else {
        return Err(format!(
            "no twin: there is no {}/twin.py",
            workspace.relative(&program.topic.folder)
        ));
    };
    let missing = || {
        format!(
            "no twin: {} has no section # ── {scene} ──",
            workspace.relative(&twin.path)
        )
    };
    twin.section(scene).map(|_| twin).ok_or_else(missing)
}

/// What the progress shows of it.
fn outcome(played: &Played) -> Outcome {
    Outcome {
        reasons: played
            .failed
            .iter()
            .flat_map(|failed| failed.reasons.clone())
            .collect(),
        skipped: played.skipped.clone(),
        claims: played.claims,
        time: played.time,
        ..Outcome::default()
    }
}

/// The command that plays one side alone.
fn command(
    workspace: &Workspace,
    program: &Program,
    interpreter: &Path,
    scene: &str,
    side: Language,
) -> String {
    let Program { topic, .. } = program;
    match side {
        Language::Rust => format!("cargo run -p {} -- {scene}", topic.name),
        Language::Python => {
            let [python, script] = [interpreter, &topic.folder.join("twin.py")]
                .map(|it| workspace.relative(it));
            format!("{python} {script} {scene}")
        }
    }
}
