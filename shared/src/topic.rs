//! A topic and its scenes: what a program consists of, and what it says of itself.

use std::collections::BTreeSet;

use anyhow::Context as _;
use clap::ArgMatches;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::exploration::Program;

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
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) scenes: Vec<Scene>,
    pub(crate) commands: Vec<(clap::Command, Run)>,
}

/// What a topic's own command does with what its command line says.
type Run = fn(&ArgMatches) -> Result;

/// One short function that shows one thing, the counterpart of a program in the notes.
#[derive(Debug)]
pub struct Scene {
    pub(crate) name: String,
    source: &'static str,
    pub(crate) play: fn() -> Result,
    pub(crate) needs: BTreeSet<Need>,
    pub(crate) programs: Vec<Program>,
}

/// What a scene needs of its runner.
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
    /// What it needs of its runner.
    pub needs: BTreeSet<Need>,
    /// The names of its programs that can be run under every schedule.
    pub programs: Vec<String>,
}

impl Scene {
    /// A scene by the name of its function, the source that begins with its heading,
    /// and the function itself.
    #[must_use]
    pub fn new(name: &str, source: &'static str, play: fn() -> Result) -> Self {
        Self {
            name: name.replace('_', "-"),
            source,
            play,
            needs: BTreeSet::new(),
            programs: Vec::new(),
        }
    }

    /// Says that the scene needs something of its runner.
    #[must_use]
    pub fn needs(mut self, need: Need) -> Self {
        self.needs.insert(need);
        self
    }

    /// Adds a program that can be run under every schedule, by the command `explore`.
    #[must_use]
    pub fn explores(mut self, program: Program) -> Self {
        self.programs.push(program);
        self
    }

    pub(crate) fn describe(&self) -> Result<SceneDescription> {
        let heading = self.source.lines().next().unwrap_or_default();
        let (notes, about) = parse_heading(heading).with_context(|| {
            format!(
                "scene {}: its file begins with {heading:?}, not with a heading such \
                 as `//! N2.13: what it shows.`",
                self.name
            )
        })?;
        Ok(SceneDescription {
            name: self.name.clone(),
            about,
            notes,
            needs: self.needs.clone(),
            programs: self.programs.iter().map(|it| it.name.clone()).collect(),
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
        Self { name, about, scenes: Vec::new(), commands: Vec::new() }
    }

    /// Adds the next scene.
    #[must_use]
    pub fn scene(mut self, scene: Scene) -> Self {
        self.scenes.push(scene);
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
}
