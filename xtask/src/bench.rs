//! `cargo xtask bench`: our side, the best Rust peer and Python's own in turn, in one
//! run.
//!
//! A bench of a topic is `benches/NAME.rs`, which measures with criterion through
//! `shared::bench::run`, and, where Python has a side of its own, `benches/NAME.py`,
//! which prints its figures as lines of the same JSON. In each round the Rust bench
//! runs, then the Python one, so that whatever else the machine does in the meantime
//! meets both. Python is that of the twins, with what they import; a Rust bench that
//! starts a Python of its own finds it in `PYTHON`.

use std::io::Write as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use cargo_metadata::TargetKind;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use shared::bench::Measured;

use crate::figures::Figures;
use crate::guard::{Ended, Order, Report};
use crate::house::{House, Topic};
use crate::note::note;
use crate::programs;
use crate::table::Look;
use crate::twin::Python;

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
pub fn bench(args: &Args, house: &House) -> Result<ExitCode> {
    let benches = build(house, &args.what)?;
    let progress = Progress::begin(benches.len() * args.rounds.get());
    let mut figures = Figures::default();
    let python = interpreter(house, &benches, &mut figures)?;
    for bench in &benches {
        for round in 1..=args.rounds.get() {
            progress.next(bench, round, args.rounds.get());
            figures.begin_round();
            match bench.rust(&python) {
                Ok(measured) => figures.add(&bench.topic.name, &bench.name, &measured),
                Err(error) => figures.fail(
                    &format!("{}/{}", bench.topic.name, bench.name),
                    &error,
                    true,
                )?,
            }
            if let Some(script) = &bench.script {
                match bench.python(&python, script) {
                    Ok(measured) => {
                        figures.add(&bench.topic.name, &bench.name, &measured);
                    }
                    Err(error) => {
                        figures.fail(&house.relative(script), &error, false)?;
                    }
                }
            }
        }
    }
    progress.end();

    let mut stdout = std::io::stdout().lock();
    let look = Look::of(&stdout);
    let text = if args.json {
        serde_json::to_string_pretty(&figures.json())?
    } else {
        figures.in_words(look)
    };
    writeln!(stdout, "{text}")?;
    Ok(if figures.failed() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Builds the benches of the topics asked for.
fn build(house: &House, what: &[String]) -> Result<Vec<Bench>> {
    let asked = house.asked(what)?;
    let topics: Vec<&Topic> =
        house.topics.iter().filter(|topic| asked.contains_key(&topic.name)).collect();
    let built = programs::cargo(house, &["bench", "--no-run"], &topics)?;
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
    house: &House,
    benches: &[Bench],
    figures: &mut Figures,
) -> Result<PathBuf> {
    let plain = PathBuf::from("python3");
    if benches.iter().all(|bench| bench.script.is_none()) {
        return Ok(plain);
    }
    match Python::find().and_then(|python| python.environment(house)) {
        Ok(interpreter) => Ok(interpreter),
        Err(error) => {
            figures.fail("what Python imports", &error, false).map(|()| plain)
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
        let report = Order::staged(&self.program, DEADLINE)
            .args(CRITERION)
            .folder(&self.topic.folder)
            .env("BENCH_LOG", &log)
            .env("PYTHON", python)
            // Criterion's own comparison with the last time would only litter the
            // target folder.
            .env("CRITERION_HOME", folder.path())
            .run()?;
        check(&report)?;
        ensure!(report.left.is_empty(), "left behind: {:?}", report.left);
        let lines = std::fs::read_to_string(&log)
            .context("it measured nothing through shared::bench::run")?;
        parse(&lines)
    }

    /// Runs the Python sides once.
    fn python(&self, python: &Path, script: &Path) -> Result<Vec<Measured>> {
        let script = script.to_str().context("its path is not Unicode")?;
        let report = Order::staged(python, DEADLINE)
            .args([script])
            .folder(&self.topic.folder)
            .run()?;
        check(&report)?;
        parse(&report.stdout)
    }
}

/// Requires that a bench has ended well, or says why not.
fn check(report: &Report) -> Result<()> {
    let last = report
        .stderr
        .lines()
        .rfind(|line| !line.trim().is_empty())
        .unwrap_or("no cause on standard error");
    match report.ended {
        Ended::Code(0) => Ok(()),
        Ended::Late => anyhow::bail!("still running after {} s", DEADLINE.as_secs()),
        Ended::Code(code) => anyhow::bail!("exit code {code}: {last}"),
        Ended::Signal(_) | Ended::Interrupted => {
            anyhow::bail!("{:?}: {last}", report.ended)
        }
    }
}

/// Reads lines of JSON.
fn parse(lines: &str) -> Result<Vec<Measured>> {
    let measured = lines.lines().map(|line| {
        serde_json::from_str(line).with_context(|| format!("no figure: {line}"))
    });
    measured.collect()
}

/// A bar on a terminal, a line for each round elsewhere.
struct Progress(ProgressBar);

impl Progress {
    fn begin(rounds: usize) -> Self {
        let bar = ProgressBar::with_draw_target(
            Some(rounds as u64),
            ProgressDrawTarget::stderr(),
        );
        let style =
            ProgressStyle::with_template("{bar:24} {pos}/{len} {elapsed} {wide_msg}");
        bar.set_style(
            style
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .progress_chars("━╸─"),
        );
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    fn next(&self, bench: &Bench, round: usize, rounds: usize) {
        let text =
            format!("{}/{}: round {round} of {rounds}", bench.topic.name, bench.name);
        if self.0.is_hidden() {
            note(&text);
        } else {
            self.0.inc(1);
            self.0.set_message(text);
        }
    }

    fn end(&self) {
        self.0.finish_and_clear();
    }
}
