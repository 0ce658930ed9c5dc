//! `cargo xtask bench`: our side, the best Rust peer and Python's own in turn, in one
//! run.
//!
//! A bench of a topic is `benches/NAME.rs`, which measures with criterion through
//! `shared::bench::run`, and, where Python has a side of its own, `benches/NAME.py`,
//! which prints its figures as lines of the same JSON. In each round the Rust bench
//! runs, then the Python one, so that whatever else the machine does in the meantime
//! meets both. Python is that of the twins, with what they import; a Rust bench that
//! starts a Python of its own finds it in `PYTHON`.

mod measurements;

use std::io::Write as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use cargo_metadata::TargetKind;
use indicatif::ProgressBar;
use shared::bench::Measured;

use crate::print::bar;
use crate::print::note::note;
use crate::print::table::Look;
use crate::programs;
use crate::supervise::Order;
use crate::twin::Python;
use crate::workspace::{Topic, Workspace};
use measurements::Measurements;

/// Measure our side, its Rust peers and Python's in turn, in one run
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The topics to measure; all that have benches if none is named
    #[arg(value_name = "TOPIC")]
    what: Vec<String>,

    /// How often each side is measured
    #[arg(long, value_name = "NUMBER", default_value = "5")]
    rounds: NonZeroUsize,

    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
}

/// How criterion measures: for a short time, as there are several rounds.
const CRITERION: [&str; 8] = [
    "--bench",
    "--noplot",
    "--warm-up-time",
    "0.3",
    "--measurement-time",
    "1",
    "--sample-size",
    "10",
];

/// How long a bench may take in one round.
const DEADLINE: Duration = Duration::from_mins(10);

/// A bench of a topic.
struct Bench {
    topic: Topic,
    name: String,
    program: PathBuf,
    script: Option<PathBuf>,
}

/// The exit code is 1 if a Rust side failed. That Python is missing, or one of its
/// modules, is only told.
pub fn bench(args: &Args, workspace: &Workspace) -> Result<ExitCode> {
    let benches = build(workspace, &args.what)?;
    let bar = bar::of(benches.len() * args.rounds.get());
    let mut measurements = Measurements::default();
    let python = interpreter(workspace, &benches, &mut measurements)?;
    for bench in &benches {
        for round in 1..=args.rounds.get() {
            show(&bar, bench, round, args.rounds.get());
            measurements.begin_round();
            match bench.rust(&python) {
                Ok(measured) => {
                    measurements.add(&bench.topic.name, &bench.name, &measured);
                }
                Err(error) => measurements.fail(
                    &format!("{}/{}", bench.topic.name, bench.name),
                    &error,
                    true,
                )?,
            }
            if let Some(script) = &bench.script {
                match bench.python(&python, script) {
                    Ok(measured) => {
                        measurements.add(&bench.topic.name, &bench.name, &measured);
                    }
                    Err(error) => {
                        measurements.fail(
                            &workspace.relative(script),
                            &error,
                            false,
                        )?;
                    }
                }
            }
        }
    }
    bar.finish_and_clear();

    let mut stdout = std::io::stdout().lock();
    let look = Look::of(&stdout);
    let text = if args.json {
        serde_json::to_string_pretty(&measurements.json())?
    } else {
        measurements.in_words(look)
    };
    writeln!(stdout, "{text}")?;
    Ok(if measurements.failed() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Builds the benches of the topics asked for.
fn build(workspace: &Workspace, what: &[String]) -> Result<Vec<Bench>> {
    let asked = workspace.asked(what)?;
    let topics: Vec<&Topic> = workspace
        .topics
        .iter()
        .filter(|topic| asked.contains_key(&topic.name))
        .collect();
    let built = programs::cargo(workspace, &["bench", "--no-run"], &topics)?;
    let benches =
        built.into_iter().filter(|(_, target, _)| target.is_kind(TargetKind::Bench));
    let benches: Vec<Bench> = benches
        .map(|(topic, target, program)| {
            let script =
                topic.folder.join("benches").join(&target.name).with_extension("py");
            Bench {
                topic,
                name: target.name,
                program,
                script: script.exists().then_some(script),
            }
        })
        .collect();
    ensure!(!benches.is_empty(), "none of these topics has a bench");
    Ok(benches)
}

/// The Python of the twins; or, where it cannot be had, which is told, that of the
/// machine.
fn interpreter(
    workspace: &Workspace,
    benches: &[Bench],
    measurements: &mut Measurements,
) -> Result<PathBuf> {
    let plain = PathBuf::from("python3");
    if benches.iter().all(|bench| bench.script.is_none()) {
        return Ok(plain);
    }
    match Python::find().and_then(|python| python.environment(workspace)) {
        Ok(interpreter) => Ok(interpreter),
        Err(error) => {
            measurements.fail("what Python imports", &error, false).map(|()| plain)
        }
    }
}

impl Bench {
    /// Runs the Rust sides once.
    fn rust(&self, python: &Path) -> Result<Vec<Measured>> {
        let folder = tempfile::Builder::new()
            .prefix("bench-")
            .tempdir()
            .context("no temporary folder")?;
        let log = folder.path().join("log");
        let report = Order::sandboxed(&self.program, DEADLINE)
            .args(CRITERION)
            .folder(&self.topic.folder)
            .env("BENCH_LOG", &log)
            .env("PYTHON", python)
            // Criterion's own comparison with the last time would only litter the
            // target folder.
            .env("CRITERION_HOME", folder.path())
            .run()?;
        report.check()?;
        ensure!(report.left.is_empty(), "left behind: {:?}", report.left);
        let lines = std::fs::read_to_string(&log)
            .context("it measured nothing through shared::bench::run")?;
        parse(&lines)
    }

    /// Runs the Python sides once.
    fn python(&self, python: &Path, script: &Path) -> Result<Vec<Measured>> {
        let script = script.to_str().context("its path is not Unicode")?;
        let report = Order::sandboxed(python, DEADLINE)
            .args([script])
            .folder(&self.topic.folder)
            .run()?;
        report.check()?;
        parse(&report.stdout)
    }
}

/// Reads lines of JSON.
fn parse(lines: &str) -> Result<Vec<Measured>> {
    let measured = lines.lines().map(|line| {
        serde_json::from_str(line).with_context(|| format!("no figure: {line}"))
    });
    measured.collect()
}

/// Shows which round comes next: on the bar, or as a line where there is no terminal.
fn show(bar: &ProgressBar, bench: &Bench, round: usize, rounds: usize) {
    let text =
        format!("{}/{}: round {round} of {rounds}", bench.topic.name, bench.name);
    if bar.is_hidden() {
        note(&text);
    } else {
        bar.inc(1);
        bar.set_message(text);
    }
}
