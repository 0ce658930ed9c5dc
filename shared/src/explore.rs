//! The command `explore` of a topic: programs of its scenes, run under every schedule.

use anyhow::{Context as _, bail};
use clap::builder::PossibleValue;
use clap::{Arg, ArgAction, ArgMatches, value_parser};
use serde::{Deserialize, Serialize};

use crate::exploration::{Asked, Exploration, Program, Which};
use crate::topic::Topic;
use crate::{Result, line};

/// The command's name.
pub(crate) const COMMAND: &str = "explore";

/// A program of a scene, explored: a line of `explore --json`.
#[derive(Debug, Serialize, Deserialize)]
pub struct Explored {
    /// The scene's name.
    pub scene: String,
    /// The program's name.
    pub program: String,
    /// What was found.
    pub exploration: Exploration,
}

impl Explored {
    /// The exploration under a heading, as it is printed.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { scene, program, exploration } = self;
        format!("{scene}/{program}: {}\n{exploration}", exploration.summary())
    }
}

/// The command line, as it is for every topic; empty if nothing can be explored.
pub(crate) fn command(topic: &Topic) -> Option<clap::Command> {
    let programs = named(topic, &[]);
    let (scene, program) = programs.first()?;
    let example = format!("{scene}/{}", program.name);
    let paths = programs.iter().map(|(scene, it)| format!("{scene}/{}", it.name));
    let scenes = topic.scenes.iter().filter(|scene| !scene.programs.is_empty());
    let known = scenes.map(|scene| scene.name.clone()).chain(paths);
    Some(
        clap::Command::new(COMMAND)
            .about("Run the programs of scenes under every schedule of their threads")
            .arg(
                Arg::new("WHAT")
                    .value_name("SCENE[/PROGRAM]")
                    .help("The scenes or programs to explore; all if none is named")
                    .num_args(0..)
                    .value_parser(known.map(PossibleValue::new).collect::<Vec<_>>())
                    .hide_possible_values(true),
            )
            .args(which())
            .arg(
                Arg::new("most")
                    .long("most")
                    .value_name("NUMBER")
                    .help("Stop after so many schedules")
                    .conflicts_with("schedule")
                    .value_parser(value_parser!(u64).range(1..)),
            )
            .arg(
                Arg::new("keep")
                    .long("keep")
                    .value_name("NUMBER")
                    .help("Have so many schedules whole in the JSON")
                    .default_value("0")
                    .hide_default_value(true)
                    .requires("json")
                    .value_parser(value_parser!(usize)),
            )
            .arg(
                Arg::new("json")
                    .long("json")
                    .help("Print a line of JSON for each program")
                    .action(ArgAction::SetTrue),
            )
            .after_help(format!(
                "Example:\n  cargo run -p {} -- {COMMAND} {example} --distinct",
                topic.name
            )),
    )
}

/// The arguments that choose among the schedules. One of them at most is given.
fn which() -> [Arg; 3] {
    [
        Arg::new("distinct")
            .long("distinct")
            .help("Try one of all schedules whose difference no thread can see")
            .action(ArgAction::SetTrue)
            .conflicts_with_all(["preemptions", "schedule"]),
        Arg::new("preemptions")
            .long("preemptions")
            .value_name("NUMBER")
            .help("Preempt threads that could go on at most so often")
            .value_parser(value_parser!(u32))
            .conflicts_with("schedule"),
        Arg::new("schedule")
            .long("schedule")
            .value_name("THREADS")
            .help("Play one schedule: the threads in the order of their steps: 1,2,2,1")
            .value_delimiter(',')
            .value_parser(value_parser!(usize)),
    ]
}

/// Does what the command line says.
pub(crate) fn explore(topic: &Topic, matches: &ArgMatches) -> Result {
    let names: Vec<&String> = matches.get_many("WHAT").unwrap_or_default().collect();
    let programs = named(topic, &names);
    let asked = asked(matches);
    if matches!(asked.which, Which::One(_)) && programs.len() != 1 {
        let known: Vec<String> =
            programs.iter().map(|(scene, it)| format!("{scene}/{}", it.name)).collect();
        bail!("--schedule plays one program; name one of {}", known.join(", "));
    }
    for (number, (scene, program)) in programs.into_iter().enumerate() {
        let exploration = (program.explore)(&asked)
            .with_context(|| format!("{scene}/{}", program.name))?;
        let explored = Explored {
            scene: scene.to_owned(),
            program: program.name.clone(),
            exploration,
        };
        if matches.get_flag("json") {
            line::write(&serde_json::to_string(&explored)?);
        } else {
            let gap = if number > 0 { "\n" } else { "" };
            line::write(&format!("{gap}{}", explored.text().trim_end()));
        }
    }
    Ok(())
}

fn asked(matches: &ArgMatches) -> Asked {
    let schedule = matches.get_many("schedule").map(|it| it.copied().collect());
    let preemptions = matches.get_one("preemptions").copied();
    let which = match (schedule, preemptions) {
        (Some(order), _) => Which::One(order),
        (None, Some(most)) => Which::Preemptions(most),
        (None, None) if matches.get_flag("distinct") => Which::Distinct,
        (None, None) => Which::All,
    };
    let most = matches.get_one("most").copied();
    let keep = matches.get_one("keep").copied().unwrap_or(0);
    Asked { which, most, keep }
}

/// The programs that are asked for by `SCENE` or `SCENE/PROGRAM`, with their scenes;
/// all if none is.
fn named<'a>(topic: &'a Topic, names: &[&String]) -> Vec<(&'a str, &'a Program)> {
    let is_it = |name: &str, scene: &str, program: &Program| match name.split_once('/')
    {
        None => name == scene,
        Some((of, name)) => of == scene && name == program.name,
    };
    let all = topic.scenes.iter().flat_map(|scene| {
        scene.programs.iter().map(|program| (scene.name.as_str(), program))
    });
    let is_asked = |(scene, program): &(&str, &Program)| {
        names.is_empty() || names.iter().any(|name| is_it(name, scene, program))
    };
    all.filter(is_asked).collect()
}
