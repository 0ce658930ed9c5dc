//! A topic's program: its command line, and what it does with it.

use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Command, ExitCode};

use anyhow::Context as _;
use clap::builder::PossibleValue;
use clap::{Arg, ArgAction, ArgMatches};
use nix::sys::signal::Signal;

use crate::play::{self, in_one_line};
use crate::skip::SKIPPED;
use crate::topic::{Description, Scene, SceneDescription, Topic};
use crate::{Result, explore, line, pace, seed, signals, trace};

impl Topic {
    /// Does what the command line says: lists, describes, or plays.
    ///
    /// One scene plays in this very process; several play one after the other, each in
    /// a process of its own, so that none sees another's threads, signals or runtime.
    /// The exit code is 0 if every claim held, 1 if one broke or a scene failed (the
    /// cause stands on standard error, in a line), 2 if the command line or the
    /// environment is wrong, and 77 if no scene could run here.
    #[must_use]
    pub fn main(self) -> ExitCode {
        line::begin();
        if let Err(error) = signals::restore() {
            eprintln!("{}: cannot restore SIGCHLD: {error}", self.name);
            return ExitCode::FAILURE;
        }
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
                [scene] => play::play(self.name, scene),
                ref scenes => self.play_each(scenes),
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
                    .help("The scenes to play; by default all, in the notes' order")
                    .num_args(0..)
                    .value_parser(scenes.collect::<Vec<_>>()),
            )
            .arg(
                switch("list", "List the scenes, their notes and what they show")
                    .conflicts_with("SCENE"),
            )
            .arg(
                switch("describe", "The same as JSON, for the runner")
                    .conflicts_with_all(["SCENE", "list"]),
            )
            .subcommands(self.commands.iter().map(|(command, _)| command.clone()))
            .subcommands(explore::command(self))
            .disable_help_subcommand(true)
            .args_conflicts_with_subcommands(true)
            // A scene is a word as well; without this the first word would be taken for
            // one.
            .subcommand_precedence_over_arg(true)
            .after_help(format!(
                "Environment:\n  \
                 PACE=SECONDS      the length of a second of the notes (default 0.1; \
                 PACE=1 is their own pace)\n  \
                 SEED=NUMBER       the seed of all randomness (default 1)\n  \
                 NO_COLOR=1        no colours on a terminal\n  \
                 SCENE_TRACE=FILE  append every event to FILE, as a line of JSON\n\n\
                 Example:\n  cargo run -p {name} -- {example}"
            ))
    }

    fn run(&self, name: &str, matches: &ArgMatches) -> Result<ExitCode> {
        if name == explore::COMMAND {
            explore::explore(self, matches)?;
            return Ok(ExitCode::SUCCESS);
        }
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
    fn play_each(&self, scenes: &[&Scene]) -> Result<ExitCode> {
        let (mut all_held, mut all_skipped) = (true, true);
        for (place, scene) in scenes.iter().enumerate() {
            if place > 0 {
                line::write("");
            }
            let status = Command::new("/proc/self/exe")
                .arg0(self.name)
                .arg(&scene.name)
                .env(play::PARENT, std::process::id().to_string())
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
            let is_skipped = status.code() == Some(i32::from(SKIPPED));
            all_skipped &= is_skipped;
            all_held &= status.success() || is_skipped;
        }
        Ok(match (all_held, all_skipped) {
            (false, _) => ExitCode::FAILURE,
            (true, true) => ExitCode::from(SKIPPED),
            (true, false) => ExitCode::SUCCESS,
        })
    }
}

#[cfg(test)]
mod tests {
    use anyhow::ensure;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        let topic = Topic::new("apples", "Apples").scene(Scene::new(
            "eat",
            "//! N2.13: eaten.",
            || Ok(()),
        ));
        topic.command_line().debug_assert();
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
}
