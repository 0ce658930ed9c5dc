//! `cargo xtask picture`: plays a scene and draws the timeline of that very run.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use shared::trace::Record;

use crate::print::note::note;
use crate::print::{open, save};
use crate::programs::{self, Program};
use crate::supervise::{Ended, Failed, Interrupted, Order};
use crate::workspace::{Unknown, Workspace};

/// Play a scene and draw its timeline as SVG
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  \
                  cargo xtask picture joinable-queue/apples --open")]
pub struct Args {
    /// The scene to play
    #[arg(value_name = "TOPIC/SCENE")]
    scene: String,

    /// The file to write; `-` is standard output
    /// [default: TOPIC-SCENE.svg in the target folder]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Open the picture in a browser
    #[arg(long)]
    open: bool,

    /// Write the events as a Chrome trace too, for <https://ui.perfetto.dev>
    #[arg(long, value_name = "FILE")]
    perfetto: Option<PathBuf>,
}

/// How long a scene may take, and a picture of it be worth while.
const DEADLINE: Duration = Duration::from_mins(1);

/// The exit code is 1 if the scene failed; its picture is drawn all the same.
pub fn picture(args: &Args, workspace: &Workspace) -> Result<ExitCode> {
    let programs = programs::build(
        workspace,
        &workspace.asked(std::slice::from_ref(&args.scene))?,
    )?;
    let program =
        programs.first().with_context(|| format!("{} has no program", args.scene))?;
    let topic = &program.topic.name;
    let Some((_, scene)) = args.scene.split_once('/') else {
        let known: Vec<&str> =
            program.scenes.iter().map(|scene| scene.name.as_str()).collect();
        let error =
            format!("{topic} is no TOPIC/SCENE; its scenes are: {}", known.join(", "));
        return Err(Unknown(error).into());
    };
    let played = play(program, scene)?;
    if let Some(line) = &played.skipped {
        bail!("{topic}/{scene} has no picture here: {line}");
    }
    if let Some(path) = &args.perfetto {
        save::save(path, &timeline::perfetto(&played.records)?)?;
        note(&format!("wrote {}", path.display()));
    }
    let picture = timeline::draw(topic, scene, &played.records);
    if args.out.as_deref() == Some(Path::new("-")) {
        std::io::stdout().lock().write_all(picture.alone().as_bytes())?;
    } else {
        let default = workspace.target.join(format!("{topic}-{scene}.svg"));
        let path = args.out.as_ref().unwrap_or(&default);
        save::save(path, &picture.alone())?;
        note(&format!("wrote {}", path.display()));
        if args.open {
            open::open(path);
        }
    }
    Ok(match played.failed {
        Some(failed) => {
            note(&format!("{topic}/{scene}: {failed}"));
            ExitCode::FAILURE
        }
        None => ExitCode::SUCCESS,
    })
}

/// A run of a scene.
pub struct Run {
    /// What its processes recorded.
    pub records: Vec<Record>,
    /// Why it failed, if it did.
    pub failed: Option<Failed>,
    /// The line by which it was skipped: the reason and the remedy.
    pub skipped: Option<String>,
}

/// Plays a scene in a sandbox.
pub fn play(program: &Program, scene: &str) -> Result<Run> {
    let report = Order::sandboxed(&program.path, DEADLINE).args([scene]).run()?;
    let topic = &program.topic.name;
    ensure!(!report.records.is_empty(), "{topic}/{scene} has recorded nothing");
    if report.ended == Ended::Interrupted {
        bail!(Interrupted);
    }
    let failed = report.failed().map(|failed| failed.of_scene(topic, scene));
    let skipped = report.skipped();
    Ok(Run { records: report.records, failed, skipped })
}
