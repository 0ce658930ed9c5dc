//! A topic's program: its scenes and its command line.

use std::collections::BTreeSet;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::process::{Command, ExitCode};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use clap::builder::PossibleValue;
use clap::{Arg, ArgAction, ArgMatches};
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::Signal;
use nix::unistd::getppid;
use serde::{Deserialize, Serialize};

use crate::{Result, lane, line, pace, seed, trace};

/// Makes a [`Topic`] of the crate that calls it: its name and its description stand in
/// the crate's manifest.
#[macro_export]
macro_rules! topic {
    () => {
        $crate::Topic::new(
            ::std::env!("CARGO_PKG_NAME"),
            ::std::env!("CARGO_PKG_DESCRIPTION"),
        )
    };
}

/// Makes a [`Scene`] of the module of that name in the caller's `scenes`, called from
/// `src/main.rs`.
///
/// The first line of the module's file is its heading,
/// `//! N2.13, N5.3: what the scene shows.`, and its `pub fn play() -> Result` plays
/// it.
#[macro_export]
macro_rules! scene {
    ($name:ident) => {
        $crate::Scene::new(
            ::std::stringify!($name),
            ::std::include_str!(::std::concat!(
                "scenes/",
                ::std::stringify!($name),
                ".rs"
            )),
            scenes::$name::play,
        )
    };
}

/// One topic of the notes: a program that plays its scenes.
#[derive(Debug)]
pub struct Topic {
    name: &'static str,
    about: &'static str,
    scenes: Vec<Scene>,
    flags: Vec<(&'static str, &'static str)>,
    commands: Vec<(clap::Command, Run)>,
}

/// What a topic's own command does with what its command line says.
type Run = fn(&ArgMatches) -> Result;

/// One short function that shows one thing, the counterpart of a program in the notes.
#[derive(Debug)]
pub struct Scene {
    name: String,
    source: &'static str,
    play: fn() -> Result,
    needs: BTreeSet<Need>,
}

/// What a scene needs of whoever runs it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// The machine to itself: it measures.
    Alone,
    /// Threads that outlive it: those of a runtime that has no way to end them.
    Threads,
}

/// What a topic says of itself (`--describe`).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Description {
    /// The topic's name, which is its crate's.
    pub topic: String,
    /// The topic in a line.
    pub about: String,
    /// Its scenes, in the order in which they play.
    pub scenes: Vec<SceneDescription>,
}

/// What a scene says of itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SceneDescription {
    /// The scene's name.
    pub name: String,
    /// What it shows, in a line.
    pub about: String,
    /// The ids of the note entries that it is the counterpart of.
    pub notes: Vec<String>,
    /// What it needs of whoever runs it.
    pub needs: BTreeSet<Need>,
}

impl Scene {
    /// A scene by the name of its function, the source that begins with its heading,
    /// and the function itself.
    #[must_use]
    pub fn new(name: &str, source: &'static str, play: fn() -> Result) -> Self {
        Self { name: name.replace('_', "-"), source, play, needs: BTreeSet::new() }
    }

    /// Says that the scene needs something of whoever runs it.
    #[must_use]
    pub fn needs(mut self, need: Need) -> Self {
        self.needs.insert(need);
        self
    }

    fn describe(&self) -> Result<SceneDescription> {
        let heading = self.source.lines().next().unwrap_or_default();
        let (notes, about) = parse_heading(heading).with_context(|| {
            format!(
                "scene {}: its file begins with {heading:?}, not with `//! N2.13: what it shows.`",
                self.name
            )
        })?;
        Ok(SceneDescription {
            name: self.name.clone(),
            about,
            notes,
            needs: self.needs.clone(),
        })
    }
}

/// Splits `//! N2.13, N5.3: what it shows.` into its note ids and what it shows.
fn parse_heading(line: &str) -> Option<(Vec<String>, String)> {
    let (ids, about) = line.strip_prefix("//! ")?.split_once(": ")?;
    let ids: Vec<String> = ids.split(", ").map(str::to_owned).collect();
    ids.iter()
        .all(|id| id.starts_with('N') && id.len() > 1)
        .then(|| (ids, about.trim_end_matches('.').to_owned()))
}

impl Topic {
    /// A topic without scenes; [`topic!`](crate::topic) takes both from the manifest.
    #[must_use]
    pub fn new(name: &'static str, about: &'static str) -> Self {
        Self {
            name,
            about,
            scenes: Vec::new(),
            flags: Vec::new(),
            commands: Vec::new(),
        }
    }

    /// Adds the next scene.
    #[must_use]
    pub fn scene(mut self, scene: Scene) -> Self {
        self.scenes.push(scene);
        self
    }

    /// Adds an option of the topic's own, which its scenes ask for with [`flag`].
    #[must_use]
    pub fn flag(mut self, name: &'static str, help: &'static str) -> Self {
        self.flags.push((name, help));
        self
    }

    /// Adds a command by which the topic is used by hand, as `serve --port 8081`,
    /// instead of playing scenes.
    ///
    /// Its options are given to `run`, whose error ends the program with exit code 1
    /// and the cause on standard error.
    #[must_use]
    pub fn command(
        mut self,
        command: clap::Command,
        run: fn(&ArgMatches) -> Result,
    ) -> Self {
        self.commands.push((command, run));
        self
    }

    /// Does what the command line says: lists, describes, or plays.
    ///
    /// One scene plays in this very process; several play one after the other, each in
    /// a process of its own, so that none sees another's threads, signals or runtime.
    /// The exit code is 0 if every claim held, 1 if one broke or a scene failed (the
    /// cause stands on standard error, in a line), 2 if the command line or the
    /// environment is wrong.
    #[must_use]
    pub fn main(self) -> ExitCode {
        line::begin();
        let matches = self.command_line().get_matches();
        let unusable = [
            pace::from_environment().err(),
            seed::from_environment().err(),
            trace::open().err(),
        ];
        if let Some(wrong) = unusable.into_iter().flatten().next() {
            eprintln!("{}: {wrong}", self.name);
            return ExitCode::from(2);
        }
        let given = self
            .flags
            .iter()
            .map(|(name, _)| *name)
            .filter(|name| matches.get_flag(name));
        let flags = FLAGS.get_or_init(|| given.collect());

        let done = if let Some((name, matches)) = matches.subcommand() {
            self.run(name, matches)
        } else if matches.get_flag("list") {
            self.list()
        } else if matches.get_flag("describe") {
            self.describe()
        } else {
            let names: Vec<&String> =
                matches.get_many("SCENE").unwrap_or_default().collect();
            let asked = self
                .scenes
                .iter()
                .filter(|scene| names.is_empty() || names.contains(&&scene.name));
            match asked.collect::<Vec<_>>()[..] {
                [scene] => self.play(scene),
                ref scenes => self.play_each(scenes, flags),
            }
        };
        done.unwrap_or_else(|error| {
            eprintln!("{}: {}", self.name, in_one_line(&format!("{error:#}")));
            ExitCode::FAILURE
        })
    }

    fn command_line(&self) -> clap::Command {
        let scenes = self.scenes.iter().map(|scene| {
            let about = scene.describe().map(|it| it.about).unwrap_or_default();
            PossibleValue::new(scene.name.clone()).help(about)
        });
        let example = self.scenes.last().map_or("", |scene| &scene.name);
        let name = self.name;
        let switch = |name: &'static str, help: &'static str| {
            Arg::new(name).long(name).help(help).action(ArgAction::SetTrue)
        };
        clap::Command::new(name)
            .about(self.about)
            .arg(
                Arg::new("SCENE")
                    .help("The scenes to play; all, in the notes' order, if none is named")
                    .num_args(0..)
                    .value_parser(scenes.collect::<Vec<_>>()),
            )
            .arg(switch("list", "List the scenes, the notes they belong to and what they show").conflicts_with("SCENE"))
            .arg(switch("describe", "The same as JSON, for the runner").conflicts_with_all(["SCENE", "list"]))
            .args(self.flags.iter().map(|(name, help)| switch(name, help)))
            .subcommands(self.commands.iter().map(|(command, _)| command.clone()))
            .disable_help_subcommand(true)
            .args_conflicts_with_subcommands(true)
            // A scene is a word as well; without this the first word would be taken for
            // one.
            .subcommand_precedence_over_arg(true)
            .after_help(format!(
                "Environment:\n  \
                 PACE=SECONDS      how long a second of the notes lasts (0.1; PACE=1 is the notes' own pace)\n  \
                 SEED=NUMBER       what randomness begins with, where a scene has any (1)\n  \
                 NO_COLOR=1        no colours on a terminal\n  \
                 SCENE_TRACE=FILE  append every event to FILE, one line of JSON each\n\n\
                 Example:\n  cargo run -p {name} -- {example}"
            ))
    }

    fn run(&self, name: &str, matches: &ArgMatches) -> Result<ExitCode> {
        let command =
            self.commands.iter().find(|(command, _)| command.get_name() == name);
        let (_, run) =
            command.with_context(|| format!("there is no command {name}"))?;
        run(matches)?;
        Ok(ExitCode::SUCCESS)
    }

    fn list(&self) -> Result<ExitCode> {
        let scenes =
            self.scenes.iter().map(Scene::describe).collect::<Result<Vec<_>>>()?;
        let width = |text: fn(&SceneDescription) -> usize| {
            scenes.iter().map(text).max().unwrap_or(0)
        };
        let (names, notes) =
            (width(|it| it.name.len()), width(|it| it.notes.join(" ").len()));
        for scene in &scenes {
            line::write(&format!(
                "{:names$}  {:notes$}  {}",
                scene.name,
                scene.notes.join(" "),
                scene.about
            ));
        }
        Ok(ExitCode::SUCCESS)
    }

    fn describe(&self) -> Result<ExitCode> {
        let scenes = self.scenes.iter().map(Scene::describe).collect::<Result<_>>()?;
        let described = Description {
            topic: self.name.to_owned(),
            about: self.about.to_owned(),
            scenes,
        };
        line::write(&serde_json::to_string(&described)?);
        Ok(ExitCode::SUCCESS)
    }

    /// Plays each scene in a process of its own, one after the other, all of them even
    /// if one fails.
    fn play_each(&self, scenes: &[&Scene], flags: &[&str]) -> Result<ExitCode> {
        let mut all_held = true;
        for (place, scene) in scenes.iter().enumerate() {
            if place > 0 {
                line::write("");
            }
            let status = Command::new("/proc/self/exe")
                .arg0(self.name)
                .arg(&scene.name)
                .args(flags.iter().map(|flag| format!("--{flag}")))
                .env(PARENT, std::process::id().to_string())
                .status()
                .with_context(|| format!("cannot start scene {}", scene.name))?;
            if status.code() == Some(i32::from(line::READER_GONE)) {
                return Ok(ExitCode::from(line::READER_GONE));
            }
            if let Some(signal) = status.signal() {
                let name = Signal::try_from(signal)
                    .map_or("an unknown signal", Signal::as_str);
                eprintln!("{}/{}: ended by {name}", self.name, scene.name);
            }
            all_held &= status.success();
        }
        Ok(if all_held { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Plays a scene in this process.
    fn play(&self, scene: &Scene) -> Result<ExitCode> {
        end_with_parent()?;
        let described = scene.describe()?;
        line::mark(&format!(
            "{} · {} · {}",
            described.name,
            described.notes.join(" "),
            described.about
        ));
        tell_panics_in_one_line(format!("{}/{}", self.name, scene.name));
        trace::birth(&lane::process());

        let play = || (scene.play)().and_then(|()| scene.check_threads());
        let played = catch_unwind(AssertUnwindSafe(play));
        trace::exit(if matches!(played, Ok(Ok(()))) {
            "ended well"
        } else {
            "the scene failed"
        });
        match played {
            Ok(Ok(())) => Ok(ExitCode::SUCCESS),
            Ok(Err(error)) => {
                eprintln!(
                    "{}/{}: {}",
                    self.name,
                    scene.name,
                    in_one_line(&format!("{error:#}"))
                );
                Ok(ExitCode::FAILURE)
            }
            Err(_told_by_the_hook) => Ok(ExitCode::FAILURE),
        }
    }
}

static FLAGS: OnceLock<Vec<&'static str>> = OnceLock::new();

/// Whether the command line bears the topic's own option `--NAME`.
#[must_use]
pub fn flag(name: &str) -> bool {
    FLAGS.get().is_some_and(|flags| flags.contains(&name))
}

/// Names, for a scene's process, the process that plays the topic.
const PARENT: &str = "SCENE_PARENT";

/// Ends this scene when the program that plays the whole topic is killed.
fn end_with_parent() -> Result {
    let parent = getppid().to_string();
    if std::env::var(PARENT).is_ok_and(|expected| expected == parent) {
        set_pdeathsig(Signal::SIGKILL)?;
        ensure!(
            getppid().to_string() == parent,
            "the program that plays the topic has been killed"
        );
    }
    Ok(())
}

impl Scene {
    /// Requires that the threads of the scene have ended, where it is not one that says
    /// it keeps some.
    fn check_threads(&self) -> Result {
        // A thread that has been joined takes a moment to leave /proc.
        let deadline = Instant::now() + Duration::from_secs(1);
        loop {
            let threads = threads()?;
            if threads.len() <= 1 || self.needs.contains(&Need::Threads) {
                return Ok(());
            }
            if Instant::now() > deadline {
                bail!(
                    "left {} threads running: {}",
                    threads.len() - 1,
                    threads[1..].join(", ")
                );
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// The names of this process's threads, the first one first.
fn threads() -> Result<Vec<String>> {
    let mut tasks = std::fs::read_dir("/proc/self/task")
        .and_then(|tasks| {
            tasks.map(|task| Ok(task?.path())).collect::<std::io::Result<Vec<_>>>()
        })
        .context("/proc/self/task")?;
    tasks.sort();
    // A thread that ends just now has no name any more, and is no longer of interest.
    let names =
        tasks.iter().filter_map(|task| std::fs::read_to_string(task.join("comm")).ok());
    Ok(names.map(|name| name.trim_end().to_owned()).collect())
}

fn tell_panics_in_one_line(whose: String) {
    std::panic::set_hook(Box::new(move |panic: &PanicHookInfo<'_>| {
        let message = panic.payload_as_str().unwrap_or("with a value that is no text");
        let place =
            panic.location().map_or_else(String::new, |place| format!(" at {place}"));
        eprintln!(
            "{whose}: {} panicked{place}: {}",
            crate::lane::current(),
            in_one_line(message)
        );
    }));
}

fn in_one_line(text: &str) -> String {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_has_notes_and_what_it_shows() {
        let notes =
            |ids: &[&str]| ids.iter().map(|&id| id.to_owned()).collect::<Vec<_>>();
        let parsed = parse_heading("//! N2.13, N5.3: every apple: eaten.");
        assert_eq!(
            parsed,
            Some((notes(&["N2.13", "N5.3"]), "every apple: eaten".to_owned()))
        );
        for bad in [
            "",
            "//! every apple is eaten.",
            "//! apples: eaten",
            "// N2.13: eaten",
            "//! N: eaten",
        ] {
            assert_eq!(parse_heading(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_scene_without_a_heading_is_an_error_that_names_it() {
        let scene = Scene::new("traffic_light", "use shared::say;", || Ok(()));
        let error = scene.describe().expect_err("no heading").to_string();
        assert!(
            error.starts_with(
                "scene traffic-light: its file begins with \"use shared::say;\""
            ),
            "{error}"
        );
    }

    #[test]
    fn the_command_line_is_well_formed() {
        let topic = Topic::new("apples", "Apples").scene(Scene::new(
            "eat",
            "//! N2.13: eaten.",
            || Ok(()),
        ));
        topic.flag("ask", "Ask").command_line().debug_assert();
    }

    #[test]
    fn a_command_takes_its_options_and_scenes_play_as_before() {
        let topic = Topic::new("apples", "Apples").scene(Scene::new(
            "eat",
            "//! N2.13: eaten.",
            || Ok(()),
        ));
        let serve = clap::Command::new("serve")
            .about("Serve")
            .arg(Arg::new("port").long("port"));
        let topic = topic.command(serve, |matches| {
            ensure!(
                matches.get_one::<String>("port").is_some_and(|port| port == "8081"),
                "another port"
            );
            Ok(())
        });
        topic.command_line().debug_assert();
        let parse = |words: &[&str]| topic.command_line().try_get_matches_from(words);

        let served = parse(&["apples", "serve", "--port", "8081"]).expect("a command");
        let (name, matches) = served.subcommand().expect("serve");
        assert!(topic.run(name, matches).is_ok());
        let (_, other) = parse(&["apples", "serve", "--port", "1"])
            .expect("a command")
            .remove_subcommand()
            .expect("it");
        assert_eq!(
            topic.run("serve", &other).expect_err("port 1").to_string(),
            "another port"
        );

        let played = parse(&["apples", "eat"]).expect("a scene");
        assert!(played.subcommand().is_none() && played.contains_id("SCENE"));
        assert!(
            parse(&["apples", "--list", "serve"]).is_err(),
            "a command goes with nothing else"
        );
        assert!(
            topic.command_line().render_help().to_string().contains("serve"),
            "the help names it"
        );
    }

    #[test]
    fn errors_of_many_lines_become_one() {
        assert_eq!(in_one_line("left: 1\n  right: 2\n\n"), "left: 1 right: 2");
    }
}
