//! `cargo xtask explore`: the programs of scenes, run under every schedule.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail};
use serde::Serialize;
use shared::Explored;

use crate::play::reason::Reason;
use crate::play::schedules;
use crate::print::note::note;
use crate::print::table::{BAD, Look, STRONG};
use crate::print::{bar, save};
use crate::programs::{self, Program};
use crate::workspace::{Unknown, Workspace};

/// Run programs under every schedule of their threads: how many fail, and the shortest
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
                  cargo xtask explore interleavings/lost-update\n  \
                  cargo xtask explore interleavings/lost-update/one-turn-each \
                  --schedule 1,2,2,1")]
pub struct Args {
    /// What to explore; all that can be if nothing is named
    #[arg(value_name = "TOPIC[/SCENE[/PROGRAM]]")]
    what: Vec<String>,

    #[command(flatten)]
    narrowed: Narrowed,

    /// Draw the shortest failure of one program, or the schedule that is played, as SVG
    #[arg(long, conflicts_with = "json")]
    picture: bool,

    /// The file of the picture; `-` is standard output
    /// [default: TOPIC-SCENE-PROGRAM.svg in the target folder]
    #[arg(long, value_name = "FILE", requires = "picture")]
    out: Option<PathBuf>,

    /// Print what was found as JSON
    #[arg(long)]
    json: bool,

    /// Write what was found as the scenes' transcripts where it differs
    #[arg(long, conflicts_with_all = ["distinct", "preemptions", "schedule", "most"])]
    accept: bool,
}

/// Which of all schedules are explored.
#[derive(Debug, clap::Args)]
struct Narrowed {
    /// Try one of all schedules whose difference no thread can see
    #[arg(long, conflicts_with_all = ["preemptions", "schedule"])]
    distinct: bool,

    /// Preempt threads that could go on at most so often
    #[arg(long, value_name = "NUMBER", conflicts_with = "schedule")]
    preemptions: Option<u32>,

    /// Play one schedule: the threads in the order of their steps: 1,2,2,1
    #[arg(long, value_name = "THREADS", value_delimiter = ',')]
    schedule: Option<Vec<usize>>,

    /// Stop after so many schedules of each program
    #[arg(long, value_name = "NUMBER", conflicts_with = "schedule")]
    most: Option<u64>,
}

/// How long the programs of one scene may take.
const DEADLINE: Duration = Duration::from_mins(10);

/// The programs of a topic that were explored.
#[derive(Serialize)]
struct Found<'a> {
    topic: &'a str,
    explored: Vec<Explored>,
}

/// The exit code is 1 if what was found is not what the transcript says. That a program
/// fails under some schedules is what its scene shows.
pub fn explore(args: &Args, workspace: &Workspace) -> Result<ExitCode> {
    let all = asked(args, workspace)?;
    let bar = bar::of(all.len());
    let mut found: Vec<Found<'_>> = Vec::new();
    let mut reasons = Vec::new();
    for (program, what) in &all {
        let topic = &program.topic.name;
        bar.set_message(format!("{topic}/{what}"));
        let explored =
            schedules::explore(program, DEADLINE, args.narrowed.of_program(what))?;
        if args.narrowed.is_all() && !what.contains('/') {
            reasons.extend(check(args, workspace, program, what, &explored)?);
        }
        match found.last_mut().filter(|it| it.topic == topic) {
            Some(of_topic) => of_topic.explored.extend(explored),
            None => found.push(Found { topic, explored }),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    if args.picture {
        return picture(workspace, args.out.as_deref(), &found);
    }
    print(args, &found)?;
    for (scene, reason) in &reasons {
        tell(scene, reason);
    }
    Ok(if reasons.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The scenes and programs asked for that can be explored, as the topic's own command
/// names them.
fn asked(args: &Args, workspace: &Workspace) -> Result<Vec<(Program, String)>> {
    let scenes: Vec<String> = args.what.iter().map(|it| scene_of(it)).collect();
    let programs = programs::build(workspace, &workspace.asked(&scenes)?)?;
    if args.accept && args.what.iter().any(|it| *it != scene_of(it)) {
        bail!(
            "--accept writes the transcript of a whole scene: name it, as TOPIC/SCENE"
        );
    }
    let mut all = Vec::new();
    for program in programs {
        let topic = program.topic.name.clone();
        let named = |what: &str| args.what.contains(&format!("{topic}/{what}"));
        for scene in &program.scenes {
            let paths: Vec<String> = scene
                .programs
                .iter()
                .map(|it| format!("{}/{it}", scene.name))
                .collect();
            let some: Vec<&String> = paths.iter().filter(|path| named(path)).collect();
            check_names(args, &format!("{topic}/{}", scene.name), &scene.programs)?;
            if some.is_empty() && !paths.is_empty() {
                all.push((program.clone(), scene.name.clone()));
            }
            all.extend(some.into_iter().map(|path| (program.clone(), path.clone())));
        }
    }
    if all.is_empty() {
        let what = args.what.join(" ");
        bail!(Unknown(format!(
            "nothing of {what} can be explored; see cargo xtask explore"
        )));
    }
    if args.narrowed.schedule.is_some() || args.picture {
        let one = match &all[..] {
            [(_, what)] if what.contains('/') => true,
            [(program, what)] => program
                .scenes
                .iter()
                .any(|it| it.name == *what && it.programs.len() == 1),
            _ => false,
        };
        if !one {
            bail!(
                "--schedule and --picture are of one program: name it, as \
                 TOPIC/SCENE/PROGRAM"
            );
        }
    }
    Ok(all)
}

/// Requires that the programs asked for are among those that the scene has.
fn check_names(args: &Args, scene: &str, programs: &[String]) -> Result<()> {
    let names = args
        .what
        .iter()
        .filter_map(|it| it.strip_prefix(scene).and_then(|it| it.strip_prefix('/')));
    for name in names {
        if !programs.iter().any(|it| it == name) {
            let known: Vec<&str> = programs.iter().map(String::as_str).collect();
            let place = format!(" in {scene}");
            return Err(Unknown::of("program", name, &place, &known).into());
        }
    }
    Ok(())
}

/// `TOPIC/SCENE` of `TOPIC/SCENE/PROGRAM`.
fn scene_of(what: &str) -> String {
    what.split('/').take(2).collect::<Vec<_>>().join("/")
}

impl Narrowed {
    /// Whether every schedule is explored.
    fn is_all(&self) -> bool {
        !self.distinct
            && self.preemptions.is_none()
            && self.schedule.is_none()
            && self.most.is_none()
    }

    /// The arguments by which a topic's program explores these schedules.
    fn of_program(&self, what: &str) -> Vec<String> {
        let mut args = vec![what.to_owned()];
        args.extend(self.distinct.then(|| "--distinct".to_owned()));
        args.extend(self.preemptions.map(|most| format!("--preemptions={most}")));
        args.extend(self.schedule.as_ref().map(|order| {
            let order: Vec<String> = order.iter().map(usize::to_string).collect();
            format!("--schedule={}", order.join(","))
        }));
        args.extend(self.most.map(|most| format!("--most={most}")));
        args
    }
}

/// Compares a scene's exploration with its transcript, or writes it there.
fn check(
    args: &Args,
    workspace: &Workspace,
    program: &Program,
    scene: &str,
    explored: &[Explored],
) -> Result<Option<(String, Reason)>> {
    let text = schedules::text(explored);
    let Some(reason) = schedules::compare(program, scene, &text) else {
        return Ok(None);
    };
    if args.accept {
        let path = schedules::accept(program, scene, &text)?;
        note(&format!("wrote {}", workspace.relative(&path)));
        return Ok(None);
    }
    Ok(Some((format!("{}/{scene}", program.topic.name), reason)))
}

fn print(args: &Args, found: &[Found<'_>]) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    if args.json {
        return Ok(writeln!(stdout, "{}", serde_json::to_string_pretty(found)?)?);
    }
    let look = Look::of(&stdout);
    let mut gap = "";
    for Found { topic, explored } in found {
        for one in explored {
            let text = one.text();
            let (head, rest) = text.split_once('\n').unwrap_or((&text, ""));
            let head = look.paint(STRONG, &format!("{topic}/{head}"));
            write!(stdout, "{gap}{head}\n{rest}")?;
            gap = "\n";
        }
    }
    Ok(())
}

fn tell(scene: &str, reason: &Reason) {
    let look = Look::of(&std::io::stderr());
    note(&format!("{} {scene}: {reason}", look.paint(BAD, "✗")));
    if let Reason::Differs(difference) = reason {
        note(&difference.show(look.coloured));
    }
}

/// Draws the schedule that is of interest.
fn picture(
    workspace: &Workspace,
    file: Option<&Path>,
    found: &[Found<'_>],
) -> Result<ExitCode> {
    let Some((topic, one)) =
        found.first().and_then(|it| Some((it.topic, it.explored.first()?)))
    else {
        bail!("nothing was explored");
    };
    let title = format!("{topic}/{}/{}", one.scene, one.program);
    let exploration = &one.exploration;
    let outcome = exploration.shortest_failure().or(exploration.outcomes.first());
    let Some(outcome) = outcome else { bail!("{title} has no schedule") };
    let picture = timeline::draw_schedule(&title, outcome);
    if file == Some(Path::new("-")) {
        std::io::stdout().lock().write_all(picture.alone().as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    let default = workspace.target.join(format!("{}.svg", title.replace('/', "-")));
    let path = file.unwrap_or(&default);
    save::save(path, &picture.alone())?;
    note(&format!(
        "wrote {}: {}, {}",
        path.display(),
        outcome.shortest.order(),
        outcome.end
    ));
    Ok(ExitCode::SUCCESS)
}
