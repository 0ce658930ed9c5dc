//! The pictures of the scenes: each is played when the book is built, unless its
//! picture is of the same program.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use timeline::Picture;

use super::markdown::read;
use crate::picture;
use crate::print::note::note;
use crate::print::{bar, save};
use crate::programs::Program;
use crate::workspace::Workspace;

/// What the environment changes in a run.
const ENVIRONMENT: [&str; 2] = ["PACE", "SEED"];

/// The pictures, below the target folder: `pictures/TOPIC/STATE/SCENE.svg`, and beside
/// each the lines of the same run, `SCENE.html`.
pub struct Pictures {
    folder: PathBuf,
    /// The scenes that cannot run on this machine, as `TOPIC/SCENE`, and why.
    skipped: BTreeMap<String, String>,
}

impl Pictures {
    pub fn of(workspace: &Workspace) -> Self {
        let folder = workspace.target.join("pictures");
        Self { folder, skipped: BTreeMap::new() }
    }

    /// Draws those of these scenes that have no picture yet. One scene plays at a time:
    /// others would be seen in its picture, as the time that it waits for a core.
    pub fn draw(&mut self, scenes: &[(&Program, Vec<&str>)]) -> Result<()> {
        let scenes = scenes.iter().flat_map(|(program, scenes)| {
            scenes.iter().map(move |scene| (*program, *scene))
        });
        let missing: Vec<_> = scenes
            .filter(|(program, scene)| !self.path(program, scene).exists())
            .collect();
        let bar = bar::of(missing.len());
        if bar.is_hidden() && !missing.is_empty() {
            note(&format!("drawing {} scenes", missing.len()));
        }
        for (program, scene) in missing {
            let name = format!("{}/{scene}", program.topic.name);
            bar.set_message(format!("drawing {name}"));
            let played = picture::play(program, scene)?;
            // It has no picture then, and its chapter says so.
            if let Some(line) = played.skipped {
                self.skipped.insert(name, line);
            } else if let Some(failed) = played.failed {
                note(&format!("{name}: {failed}"));
            } else {
                let picture =
                    timeline::draw(&program.topic.name, scene, &played.records);
                self.keep(program, scene, &picture)?;
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// Why a scene has no picture on this machine, if it was skipped.
    pub fn skipped(&self, program: &Program, scene: &str) -> Option<&str> {
        let name = format!("{}/{scene}", program.topic.name);
        self.skipped.get(&name).map(String::as_str)
    }

    /// The picture of a scene, to be put into a page.
    pub fn read(&self, program: &Program, scene: &str) -> Result<String> {
        let path = self.path(program, scene);
        ensure!(path.exists(), "the scene failed when it was played");
        read(&path)
    }

    /// The lines of the run that the picture shows, to be put into a page.
    pub fn run(&self, program: &Program, scene: &str) -> Result<String> {
        let path = self.path(program, scene).with_extension("html");
        ensure!(path.exists(), "the scene failed when it was played");
        read(&path)
    }

    /// Keeps a picture and its lines, and those of other states of the program no
    /// longer.
    fn keep(&self, program: &Program, scene: &str, picture: &Picture) -> Result<()> {
        let path = self.path(program, scene);
        let folder = path.parent().context("a picture has a folder")?;
        if !folder.exists() {
            let topic = self.folder.join(&program.topic.name);
            if topic.exists() {
                fs::remove_dir_all(&topic)
                    .with_context(|| format!("cannot remove {}", topic.display()))?;
            }
        }
        save::save(&path.with_extension("html"), picture.run())?;
        save::save(&path, &picture.inline())
    }

    fn path(&self, program: &Program, scene: &str) -> PathBuf {
        let mut state = DefaultHasher::new();
        let drawn_by = std::env::current_exe().unwrap_or_default();
        for file in [program.path.as_path(), &drawn_by] {
            written(file).hash(&mut state);
        }
        ENVIRONMENT.map(std::env::var_os).hash(&mut state);
        let state = format!("{:016x}", state.finish());
        self.folder.join(&program.topic.name).join(state).join(format!("{scene}.svg"))
    }
}

/// When a program was written and how long it is: cargo writes it anew whenever it has
/// changed.
fn written(program: &Path) -> Option<(std::time::SystemTime, u64)> {
    let metadata = fs::metadata(program).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}
