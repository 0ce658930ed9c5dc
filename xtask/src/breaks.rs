//! `cargo xtask break`: applies each break in a copy of the workspace, builds that
//! topic, plays the scene, and checks that what is announced goes wrong.
//!
//! | module | role |
//! |---|---|
//! | `catalog` | the breaks, as each topic's `breaks.toml` lists them |
//! | `change` | the change of a break: one place of a text, found and replaced |
//! | `scratch` | the copies of the workspace |
//! | `attempt` | one break, tried |
//! | `coverage` | the claims that have no break |
//! | `results` | what came of it all |

mod attempt;
pub mod catalog;
pub mod change;
mod coverage;
mod results;
mod scratch;

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::sync::mpsc::Sender;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};

use crate::play::turns::Turns;
use crate::play::usual::{self, Unbroken};
use crate::print::bar;
use crate::print::note::note;
use crate::programs::{self, Program};
use crate::supervise::Order;
use crate::workers;
use crate::workspace::{Asked, Unknown, Workspace};
use attempt::Attempt;
use catalog::Break;
use coverage::Coverage;
use results::{Outcome, Results};
use scratch::Scratch;

/// Break the code on purpose, and check that the right claim goes red
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
                  cargo xtask break joinable-queue\n  \
                  cargo xtask break joinable-queue/apples --show")]
pub struct Args {
    /// The topics, scenes or breaks to try; all if none is named
    #[arg(value_name = "TOPIC[/SCENE[/NAME]]")]
    what: Vec<String>,

    /// List the claims that have no break, instead of trying breaks
    #[arg(long)]
    coverage: bool,

    /// Show each change as a diff, and what happened
    #[arg(long, conflicts_with_all = ["coverage", "json"])]
    show: bool,

    /// Print the results as JSON
    #[arg(long)]
    json: bool,

    /// How many breaks are tried at once [default: two for each core]
    #[arg(long, short, value_name = "NUMBER")]
    jobs: Option<NonZeroUsize>,
}

/// The exit code is 1 if a break is not as announced, or with `--coverage` if a claim
/// has none.
pub fn breaks(args: &Args, workspace: &Workspace) -> Result<ExitCode> {
    let (asked, names) = asked(workspace, &args.what)?;
    let programs = programs::build(workspace, &asked)?;
    let (mut breaks, mut chosen) = (Vec::new(), Vec::new());
    for program in &programs {
        let of_topic = of_program(workspace, program)?;
        chosen.extend(choose(program, &of_topic, &names)?);
        breaks.extend(of_topic);
    }
    let turns = Turns::default();
    let unbroken = usual::play(&programs, &turns)?;
    // By all breaks, whichever are tried now.
    let coverage = Coverage::of(&programs, &breaks, &unbroken);
    if args.coverage {
        coverage.print(args.json)?;
        return Ok(exit_code(coverage.is_complete()));
    }
    let begin = Instant::now();
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    // Of two breaks, one is compiled while the scene of the other waits.
    let jobs = args.jobs.map_or(2 * cores, NonZeroUsize::get);
    let outcomes = Tries { workspace, programs: &programs, unbroken: &unbroken, turns }
        .all(&chosen, jobs)?;
    let results = Results::of(outcomes, &coverage, begin.elapsed());
    results.print(args.json, args.show)?;
    Ok(exit_code(results.failed == 0))
}

fn exit_code(good: bool) -> ExitCode {
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Reads `TOPIC`, `TOPIC/SCENE` and `TOPIC/SCENE/NAME`: the topics and scenes, and the
/// breaks where they are named.
fn asked(
    workspace: &Workspace,
    wanted: &[String],
) -> Result<(Asked, BTreeSet<String>)> {
    let (mut scenes, mut names) = (Vec::new(), BTreeSet::new());
    for one in wanted {
        let parts: Vec<&str> = one.split('/').collect();
        if parts.len() > 2 {
            names.insert(one.clone());
        }
        scenes.push(parts[..parts.len().min(2)].join("/"));
    }
    Ok((workspace.asked(&scenes)?, names))
}

/// All breaks of a topic.
fn of_program(workspace: &Workspace, program: &Program) -> Result<Vec<Break>> {
    let topic = &program.topic.name;
    let breaks = catalog::read(workspace, topic, &program.topic.folder)?;
    for one in &breaks {
        let mut scenes = program.description.scenes.iter();
        ensure!(
            scenes.any(|scene| scene.name == one.scene),
            "the break {} is of no scene of {topic}",
            one.title()
        );
    }
    Ok(breaks)
}

/// The breaks of the scenes asked for; of a scene of which some are named, those.
fn choose(
    program: &Program,
    breaks: &[Break],
    names: &BTreeSet<String>,
) -> Result<Vec<Break>> {
    let topic = format!("{}/", program.topic.name);
    let titles: Vec<String> = breaks.iter().map(Break::title).collect();
    let unknown = |name: &&String| name.starts_with(&topic) && !titles.contains(name);
    if let Some(name) = names.iter().find(unknown) {
        let known: Vec<&str> = titles.iter().map(String::as_str).collect();
        return Err(Unknown::of("break", name, "", &known).into());
    }
    let chosen = breaks.iter().filter(|one| {
        let scene = format!("{topic}{}/", one.scene);
        program.scenes.iter().any(|scene| scene.name == one.scene)
            && (names.contains(&one.title())
                || !names.iter().any(|name| name.starts_with(&scene)))
    });
    Ok(chosen.cloned().collect())
}

/// All that it takes to try breaks.
struct Tries<'a> {
    workspace: &'a Workspace,
    programs: &'a [Program],
    unbroken: &'a Unbroken,
    turns: Turns,
}

impl Tries<'_> {
    /// Tries all breaks, so many at once. Those of one file follow one another in the
    /// same copy, so that a crate is not compiled for nothing in between.
    fn all(&self, breaks: &[Break], jobs: usize) -> Result<Vec<Outcome>> {
        let bar = bar::of(breaks.len());
        let groups = groups(breaks);
        let mut copies = Vec::new();
        for _ in 0..jobs.min(groups.len()) {
            copies.push(Scratch::open(self.workspace)?);
        }
        if let [first, others @ ..] = &copies[..] {
            bar.set_message("compiling the copies of the workspace");
            if !first.target().exists() {
                note("building a copy of the workspace in which breaks are tried");
            }
            let topics: Vec<&str> =
                self.programs.iter().map(|it| it.topic.name.as_str()).collect();
            let report = attempt::cargo(first, &topics)?;
            report.check().with_context(|| report.stderr.trim().to_owned())?;
            others.iter().try_for_each(|other| other.take_over(first))?;
        }
        let work = |mut copy: Scratch| {
            move |group: Vec<&Break>, events: &Sender<_>| {
                for one in group {
                    events.send((one.title(), None))?;
                    let attempt = self.one(one, &mut copy)?;
                    events.send((one.title(), Some(Outcome::of(one, attempt))))?;
                }
                Ok(())
            }
        };
        let mut outcomes = Vec::new();
        workers::share(groups, copies.into_iter().map(work), |(title, outcome)| {
            match outcome {
                None => bar.set_message(title),
                Some(outcome) => {
                    bar.inc(1);
                    outcomes.push(outcome);
                    results::progress(&bar, breaks, &outcomes);
                }
            }
        })?;
        bar.finish_and_clear();
        outcomes.sort_by_key(|outcome| {
            breaks.iter().position(|one| one.title() == outcome.title())
        });
        Ok(outcomes)
    }

    /// Tries one break; nothing if its scene cannot run here.
    fn one(&self, one: &Break, copy: &mut Scratch) -> Result<Attempt> {
        let key = (one.topic.clone(), one.scene.clone());
        let usual = &self.unbroken[&key];
        if let Some(skipped) = &usual.skipped {
            return Ok(Attempt {
                skipped: Some(skipped.clone()),
                ..Attempt::default()
            });
        }
        let program = self.programs.iter().find(|it| it.topic.name == one.topic);
        let scenes = program.into_iter().flat_map(|it| &it.scenes);
        let scene = scenes.into_iter().find(|scene| scene.name == one.scene);
        let scene = scene.with_context(|| format!("{} has no scene", one.title()))?;
        let play = |order: &Order| self.turns.play(scene, || order.run());
        let build = |copy: &Scratch| {
            self.turns.together(|| attempt::cargo(copy, &[&one.topic]))
        };
        attempt::attempt(one, copy, &self.workspace.root, usual.limit(), build, play)
    }
}

/// The breaks, those of a topic that change the same file together.
fn groups(breaks: &[Break]) -> Vec<Vec<&Break>> {
    let mut groups: Vec<Vec<&Break>> = Vec::new();
    for one in breaks {
        let same = |group: &&mut Vec<&Break>| {
            group[0].topic == one.topic && group[0].file == one.file
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    groups
}
