//! `cargo xtask stress`: many plays of scenes beside busy loops, with random SIGKILLs
//! on request, and a summary of every outcome with the seed that repeats it.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::Serialize;
use shared::SceneDescription;

use crate::play::judge::Expected;
use crate::play::reason::Reason;
use crate::play::shm;
use crate::play::turns::Turns;
use crate::play::usual::{self, Unbroken};
use crate::print::bar;
use crate::print::note::note;
use crate::print::table::{BAD, GOOD, Look};
use crate::print::units::counted;
use crate::programs::{self, Program};
use crate::supervise::{Order, Report, Strike};
use crate::workers;
use crate::workspace::Workspace;

/// How long a play may take.
const DEADLINE: Duration = Duration::from_mins(1);

/// Play scenes many times under load, and sum up what came of it
#[derive(Debug, clap::Args)]
#[command(after_help = "Environment:\n  \
                  SEED=NUMBER  the seed of the first play, counted up (default 1)\n\n\
                  Example:\n  cargo xtask stress joinable-queue --plays 50 --kill")]
pub struct Args {
    /// The topics or scenes to play; all if none is named
    #[arg(value_name = "TOPIC[/SCENE]")]
    what: Vec<String>,

    /// How many times each scene plays
    #[arg(long, value_name = "NUMBER", default_value = "20")]
    plays: NonZeroUsize,

    /// How many busy loops run meanwhile [default: one for each core]
    #[arg(long, value_name = "NUMBER")]
    busy: Option<usize>,

    /// Kill a process of each play, at a random moment, by SIGKILL
    #[arg(long)]
    kill: bool,

    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
}

/// How plays of a scene ended, and how often they ended so.
#[derive(Debug, Serialize)]
struct Outcome {
    scene: String,
    ended: String,
    /// Whether it may be so.
    good: bool,
    plays: usize,
    /// The seed of the first such play.
    seed: u64,
}

/// The exit code is 1 if a play failed; with `--kill`, if one hung or left something
/// behind.
pub fn stress(args: &Args, workspace: &Workspace) -> Result<ExitCode> {
    let first = first_seed()?;
    let programs = programs::build(workspace, &workspace.asked(&args.what)?)?;
    let turns = Turns::default();
    let unbroken = usual::play(&programs, &turns)?;
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let mut plays = Vec::new();
    for seed in (first..).take(args.plays.get()) {
        let scenes = programs.iter().flat_map(|program| {
            program.scenes.iter().map(move |scene| (program, scene))
        });
        plays.extend(scenes.map(|(program, scene)| Play { program, scene, seed }));
    }
    let stress = Stress { unbroken: &unbroken, turns, kill: args.kill };
    let play = || stress.play_all(plays, 2 * cores);
    let (outcomes, left) = shm::left_by(|| beside(args.busy.unwrap_or(cores), play));
    let mut outcomes = outcomes?;
    // Plays at the same time, so any of them may have left it.
    outcomes.extend(left.into_iter().map(|name| Outcome {
        scene: "one of them".to_owned(),
        ended: Reason::LeftShm { name }.to_string(),
        good: false,
        plays: 1,
        seed: first,
    }));
    print(&outcomes, args)?;
    let good = outcomes.iter().all(|outcome| outcome.good);
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The seed of the first play.
fn first_seed() -> Result<u64> {
    let Some(seed) = std::env::var_os("SEED") else { return Ok(1) };
    let seed = seed.to_string_lossy();
    seed.parse().with_context(|| format!("SEED={seed} is no whole number"))
}

/// Does something while so many busy loops run.
fn beside<T>(loops: usize, work: impl FnOnce() -> T) -> T {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..loops {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        let done = work();
        over.store(true, Ordering::Relaxed);
        done
    })
}

/// One play to come.
struct Play<'a> {
    program: &'a Program,
    scene: &'a SceneDescription,
    seed: u64,
}

impl Play<'_> {
    fn title(&self) -> String {
        format!("{}/{}", self.program.topic.name, self.scene.name)
    }
}

/// All that it takes to play.
struct Stress<'a> {
    unbroken: &'a Unbroken,
    turns: Turns,
    kill: bool,
}

impl Stress<'_> {
    /// Plays all, so many at once, and sums up how they ended.
    fn play_all(&self, plays: Vec<Play<'_>>, jobs: usize) -> Result<Vec<Outcome>> {
        let bar = bar::of(plays.len());
        if bar.is_hidden() {
            note(&format!("playing {} times", plays.len()));
        }
        let work = |play: Play<'_>, events: &Sender<_>| {
            let (good, ended) = self.one(&play)?;
            Ok(events.send((play.title(), play.seed, good, ended))?)
        };
        let mut outcomes: BTreeMap<(String, bool, String), Outcome> = BTreeMap::new();
        workers::share(plays, vec![work; jobs], |(scene, seed, good, ended)| {
            bar.inc(1);
            bar.set_message(scene.clone());
            let key = (scene.clone(), good, ended.clone());
            let new = Outcome { scene, ended, good, plays: 0, seed };
            let sum = outcomes.entry(key).or_insert(new);
            sum.plays += 1;
            sum.seed = sum.seed.min(seed);
        })?;
        bar.finish_and_clear();
        Ok(outcomes.into_values().collect())
    }

    /// Plays once, and says whether it may end so, and how it ended.
    fn one(&self, play: &Play<'_>) -> Result<(bool, String)> {
        let topic = &play.program.topic;
        let mut order = Order::sandboxed(&play.program.path, DEADLINE)
            .args([&play.scene.name])
            .env("SEED", Path::new(&play.seed.to_string()));
        if self.kill {
            let mut random = fastrand::Rng::with_seed(play.seed);
            let key = (topic.name.clone(), play.scene.name.clone());
            let after = self.unbroken[&key].time.mul_f64(random.f64());
            order = order.strike(Strike { after, choice: random.u64(..) });
        }
        let report = self.turns.play(play.scene, || order.run())?;
        let expected = Expected::of(play.program, play.scene, &order);
        Ok(judge(&report, &expected.judge(&report)))
    }
}

/// Whether a play may end so, and how it ended.
fn judge(report: &Report, reasons: &[Reason]) -> (bool, String) {
    let reason = reasons.iter().find(|reason| is_bad(reason)).or(reasons.first());
    let ended = reason.map_or("passed".to_owned(), Reason::to_string);
    match (&report.struck, reason) {
        (None, _) if report.skipped().is_some() => (true, "skipped".to_owned()),
        (None, reason) => (reason.is_none(), ended),
        (Some(_), reason) => {
            (!reason.is_some_and(is_bad), format!("after a SIGKILL: {ended}"))
        }
    }
}

/// What must not come of a kill: a scene that hangs or leaves something running. It may
/// well fail by the kill, and a file of a killed process may stay.
fn is_bad(reason: &Reason) -> bool {
    let bad = ["deadline", "not-played", "left-process", "left-port"];
    bad.contains(&reason.kind())
}

/// Prints the summary on standard output: as JSON, or for people.
fn print(outcomes: &[Outcome], args: &Args) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    if args.json {
        writeln!(stdout, "{}", serde_json::to_string_pretty(outcomes)?)?;
        return Ok(());
    }
    let look = Look::of(&stdout);
    let rows = outcomes.iter().map(|it| {
        let sign = if it.good { '✓' } else { '✗' };
        let scene = format!("{sign} {}", it.scene);
        [scene, it.plays.to_string(), it.ended.clone(), it.seed.to_string()]
    });
    writeln!(
        stdout,
        "{}\n",
        look.table(["scene", " plays", "outcome", " seed"], rows)
    )?;
    let sum = |good| {
        outcomes.iter().filter(|it| it.good == good).map(|it| it.plays).sum::<usize>()
    };
    let (good, bad) = (sum(true), sum(false));
    let style = if bad == 0 { GOOD } else { BAD };
    let line = format!("{}, {bad} of them bad", counted(good + bad, "play"));
    writeln!(stdout, "{}", look.paint(style, &line))?;
    if let Some(first) = outcomes.iter().find(|it| !it.good) {
        let kill = if args.kill { " --kill" } else { "" };
        writeln!(
            stdout,
            "again: SEED={} cargo xtask stress {} --plays 1{kill}",
            first.seed, first.scene
        )?;
    }
    Ok(())
}
