//! `cargo xtask play`: plays scenes, several at once, and checks each.

pub mod failure;
pub mod judge;
pub mod outcome;
pub mod progress;
pub mod reason;
mod results;
pub mod schedules;
pub mod shm;
pub mod transcript;
pub mod turns;
pub mod usual;

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use shared::{Need, SceneDescription};

use crate::print::note::note;
use crate::programs::{self, Program};
use crate::supervise::{self, Interrupted, Order};
use crate::workers;
use crate::workspace::Workspace;
use judge::Expected;
use outcome::Outcome;
use progress::Progress;
use reason::Reason;
use results::Results;
use shm::Suspects;
use transcript::Transcript;

/// Play scenes and check them: claims, transcript, deadline, nothing left behind
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The topics or scenes to play; all if none is named
    #[arg(value_name = "TOPIC[/SCENE]")]
    what: Vec<String>,

    /// Print the results as JSON
    #[arg(long)]
    json: bool,

    /// Write what scenes print as their transcripts where it differs or there is none
    #[arg(long)]
    accept: bool,

    /// Fail scenes that are skipped because the machine lacks something
    #[arg(long)]
    no_skips: bool,

    /// How many scenes play at once [default: 4 for each core, as scenes mostly sleep]
    #[arg(long, short, value_name = "NUMBER")]
    jobs: Option<NonZeroUsize>,

    /// How many seconds a scene may take
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = DEADLINE,
        value_parser = seconds
    )]
    deadline: f64,
}

/// How many seconds a scene may take, unless --deadline says otherwise.
pub const DEADLINE: f64 = 60.0;

impl Default for Args {
    fn default() -> Self {
        Self {
            what: Vec::new(),
            json: false,
            accept: false,
            no_skips: false,
            jobs: None,
            deadline: DEADLINE,
        }
    }
}

/// Reads a deadline.
pub fn seconds(text: &str) -> Result<f64, String> {
    let seconds =
        text.parse().ok().filter(|seconds| (0.01..=86_400.0).contains(seconds));
    seconds.ok_or_else(|| "a scene may take from 0.01 to 86400 seconds".to_owned())
}

pub fn play(args: &Args, workspace: &Workspace) -> Result<ExitCode> {
    let asked = workspace.asked(&args.what)?;
    let programs = programs::build(workspace, &asked)?;
    let begin = Instant::now();
    let mut company = Company::of(&programs, args);
    company.play()?;
    if supervise::interrupted() {
        bail!(Interrupted);
    }
    let results = Results::of(workspace, &programs, company.outcomes, begin.elapsed())?;
    results.print(args.json)?;
    Ok(if results.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// All scenes to be played, by number, and how those fared that have been.
struct Company<'a> {
    scenes: Vec<(&'a Program, &'a SceneDescription)>,
    outcomes: Vec<Outcome>,
    args: &'a Args,
}

impl<'a> Company<'a> {
    fn of(programs: &'a [Program], args: &'a Args) -> Self {
        let scenes = programs.iter().flat_map(|program| {
            program.scenes.iter().map(move |scene| (program, scene))
        });
        let scenes: Vec<_> = scenes.collect();
        Self { outcomes: vec![Outcome::default(); scenes.len()], scenes, args }
    }

    /// Plays all: first those that do not mind company, then the others one after the
    /// other.
    fn play(&mut self) -> Result<()> {
        let mut progress = Progress::begin(
            self.scenes.iter().map(|(program, _)| program.topic.name.as_str()),
        );
        let numbers = 0..self.scenes.len();
        let alone =
            |&number: &usize| self.scenes[number].1.needs.contains(&Need::Alone);
        let (alone, together): (Vec<usize>, Vec<usize>) = numbers.partition(alone);
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let jobs = self.args.jobs.map_or(4 * cores, NonZeroUsize::get);
        let mut left = self.play_some(&together, jobs, &mut progress)?;
        for &number in &alone {
            left.append(&mut self.play_some(&[number], 1, &mut progress)?);
        }
        progress.end();
        if !left.is_empty() {
            self.find_culprits(&left);
        }
        Ok(())
    }

    /// Plays these scenes, so many at once, and gives what they left in /dev/shm.
    fn play_some(
        &mut self,
        numbers: &[usize],
        jobs: usize,
        progress: &mut Progress,
    ) -> Result<Suspects> {
        let watch = shm::Watch::begin();
        let (scenes, args) = (&self.scenes, self.args);
        let work = |number: usize, events: &Sender<_>| {
            events.send((number, None))?;
            watch.enter(number);
            let (program, scene) = scenes[number];
            let outcome = play_one(program, scene, args);
            watch.leave(number);
            Ok(events.send((number, Some(outcome)))?)
        };
        let workers = vec![work; jobs.min(numbers.len())];
        workers::share(numbers.iter().copied(), workers, |(number, outcome)| {
            let (program, scene) = scenes[number];
            match outcome {
                _ if supervise::interrupted() => {}
                None => progress.begun(&program.topic.name, &scene.name),
                Some(outcome) => {
                    progress.ended(&program.topic.name, &scene.name, &outcome);
                    self.outcomes[number] = outcome;
                }
            }
        })?;
        Ok(watch.end())
    }

    /// Plays each scene that can have left something in /dev/shm again, alone, to see
    /// which does: other scenes, and other programs on the machine, use that folder at
    /// the same time.
    fn find_culprits(&mut self, left: &Suspects) {
        let suspects: BTreeSet<usize> = left.values().flatten().copied().collect();
        note(&format!(
            "something is left in /dev/shm: {} scenes play again, alone, to see whose \
             it is",
            suspects.len()
        ));
        let mut culprits = BTreeSet::new();
        for number in suspects {
            let (program, scene) = self.scenes[number];
            let (_outcome, left) = shm::left_by(|| play_one(program, scene, self.args));
            for name in left {
                remove(&name);
                self.outcomes[number].reasons.push(Reason::LeftShm { name });
                culprits.insert(number);
            }
        }
        for (entry, suspects) in left {
            if suspects.is_disjoint(&culprits) {
                note(&format!(
                    "note: /dev/shm/{entry} is new, but no scene leaves it when \
                     played alone"
                ));
            } else {
                remove(entry);
            }
        }
    }
}

fn remove(entry: &str) {
    if let Err(error) = shm::remove(entry) {
        note(&format!("cannot remove /dev/shm/{entry}: {error}"));
    }
}

/// Plays one scene and checks it.
fn play_one(program: &Program, scene: &SceneDescription, args: &Args) -> Outcome {
    let order = Order::sandboxed(&program.path, Duration::from_secs_f64(args.deadline))
        .args([&scene.name]);
    let report = match order.run() {
        Ok(report) => report,
        Err(error) => {
            let reasons = vec![Reason::NotPlayed { error: format!("{error:#}") }];
            return Outcome { reasons, ..Outcome::default() };
        }
    };
    let mut reasons = Expected::of(program, scene, &order).judge(&report);
    let mut skipped = report.skipped().filter(|_| reasons.is_empty());
    if args.no_skips {
        reasons.extend(skipped.take().map(|line| Reason::Skipped { line }));
    }
    let mut outcome = Outcome {
        reasons,
        skipped,
        claims: report.claims,
        time: report.time,
        stdout: report.stdout,
        stderr: report.stderr,
        accepted: Vec::new(),
    };
    if args.accept
        && !outcome.reasons.is_empty()
        && outcome.reasons.iter().all(Reason::is_of_transcript)
    {
        accept(program, scene, &mut outcome);
    }
    let passed = outcome.reasons.is_empty() && outcome.skipped.is_none();
    if passed && !scene.programs.is_empty() {
        let deadline = Duration::from_secs_f64(args.deadline);
        schedules::check(program, scene, deadline, args.accept, &mut outcome);
    }
    outcome
}

/// Takes what the scene printed for its transcript.
fn accept(program: &Program, scene: &SceneDescription, outcome: &mut Outcome) {
    let folder = &program.topic.folder;
    let told = transcript::told(&outcome.stdout);
    let accepted = Transcript::of(folder, &scene.name)
        .and_then(|old| transcript::accept(folder, &scene.name, old.as_ref(), &told));
    match accepted {
        Ok(path) => {
            outcome.accepted.push(path);
            outcome.reasons.clear();
        }
        Err(error) => {
            outcome.reasons =
                vec![Reason::NoTranscript { error: format!("{error:#}") }];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_a_number_of_seconds_that_somebody_may_wait() {
        assert_eq!(seconds("0.5"), Ok(0.5));
        for bad in ["", "0", "-1", "soon", "nan", "inf", "1e99"] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }
}
