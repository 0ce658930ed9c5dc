//! `cargo xtask picture`: plays a scene and draws the timeline of that very run.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use shared::trace::Record;

use crate::guard::{Ended, Order};
use crate::house::{House, Unknown};
use crate::note::note;
use crate::programs::{self, Program};
use crate::save;

/// Play a scene and draw its timeline as SVG
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  cargo xtask picture joinable-queue/apples --out apples.svg"
)]
pub struct Args {
    /// The scene to play
    #[arg(value_name = "TOPIC/SCENE")]
    scene: String,

    /// Write the picture to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Write the events as a Chrome trace too, for <https://ui.perfetto.dev>
    #[arg(long, value_name = "FILE")]
    perfetto: Option<PathBuf>,
}

/// How long a scene may take, and a picture of it be worth while.
const DEADLINE: Duration = Duration::from_mins(1);

/// The exit code is 1 if the scene failed; its picture is drawn all the same.
pub fn picture(args: &Args, house: &House) -> Result<ExitCode> {
    let programs =
        programs::build(house, &house.asked(std::slice::from_ref(&args.scene))?)?;
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
    match &args.out {
        Some(path) => {
            save::save(path, &picture.alone())?;
            note(&format!("wrote {}", path.display()));
        }
        None => std::io::stdout().lock().write_all(picture.alone().as_bytes())?,
    }
    Ok(match played.failure {
        Some(failure) => {
            note(&failure);
            ExitCode::FAILURE
        }
        None => ExitCode::SUCCESS,
    })
}

/// A run of a scene.
pub struct Played {
    /// What its processes recorded.
    pub records: Vec<Record>,
    /// Why it failed, if it did.
    pub failure: Option<String>,
    /// The line by which it was skipped: the reason and the remedy.
    pub skipped: Option<String>,
}

/// Plays a scene under guard.
pub fn play(program: &Program, scene: &str) -> Result<Played> {
    let report = Order::staged(&program.path, DEADLINE).args([scene]).run()?;
    let name = format!("{}/{scene}", program.topic.name);
    ensure!(!report.records.is_empty(), "{name} has recorded nothing");
    let cause = report
        .stderr
        .lines()
        .rfind(|line| !line.trim().is_empty())
        .unwrap_or("no cause is known");
    let skipped = report.skipped();
    let failure = match report.ended {
        Ended::Code(0) => None,
        Ended::Code(_) if skipped.is_some() => None,
        Ended::Code(_) => Some(cause.to_owned()),
        Ended::Signal(number) => Some(format!("{name}: ended by signal {number}")),
        Ended::Late => {
            Some(format!("{name}: still running after {} s", DEADLINE.as_secs()))
        }
        Ended::Interrupted => bail!(crate::guard::Interrupted),
    };
    Ok(Played { records: report.records, failure, skipped })
}
