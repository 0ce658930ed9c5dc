//! `docs/figures/twins.json`: what each scene cost in Rust and in Python when it was
//! last measured.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::print::save::save;
use crate::print::summary::Summary;

/// Where the figures of the workspace are, below its folder.
pub const FILE: &str = "docs/figures/twins.json";

/// The figures of all scenes that have been measured, by `TOPIC/SCENE`.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Figures {
    scenes: BTreeMap<String, Figure>,
}

/// What a scene cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    #[serde(flatten)]
    pub measured: Comparison,
    pub setting: Setting,
    /// The state of the scene that was measured, see
    /// [`fingerprint`](super::source::fingerprint).
    pub fingerprint: String,
}

/// Both sides of a scene, and how they compare.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// How often each side was measured.
    pub rounds: usize,
    pub rust: Cost,
    pub python: Cost,
    /// How many times as much Python took as Rust: the median of each round's ratio.
    pub ratio: Ratio,
}

/// What one side cost.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Seconds from its start to its end.
    pub wall_s: Summary,
    /// Seconds of CPU time, user's and system's, of all its processes.
    pub cpu_s: Summary,
    /// Bytes of memory that its largest process had at its peak (its resident set).
    pub peak_bytes: Summary,
}

/// Python by Rust.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Ratio {
    pub wall: f64,
    pub cpu: f64,
    pub peak: f64,
}

/// When and on what a scene was measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// `2026-11-21`, in UTC.
    pub date: String,
    /// The model of its CPU, and how many cores there were for the scene.
    pub cpu: String,
    pub cores: usize,
    /// `6.1.0`, as the kernel calls its release.
    pub kernel: String,
    /// `3.11.7` and `1.95.0`.
    pub python: String,
    pub rust: String,
}

impl Figures {
    /// Reads the file; where there is none, nothing has been measured.
    pub fn read(path: &Path) -> Result<Self> {
        let text = match fs::read_to_string(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            text => text.with_context(|| format!("cannot read {}", path.display()))?,
        };
        serde_json::from_str(&text)
            .with_context(|| format!("{} is no file of figures", path.display()))
    }

    /// The figure of a scene, if it has been measured.
    pub fn of(&self, topic: &str, scene: &str) -> Option<&Figure> {
        self.scenes.get(&format!("{topic}/{scene}"))
    }

    /// All of them, by `TOPIC/SCENE`.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Figure)> {
        self.scenes.iter().map(|(name, figure)| (name.as_str(), figure))
    }

    /// Takes in the figure of a scene, in place of the last one.
    pub fn insert(&mut self, topic: &str, scene: &str, figure: Figure) {
        self.scenes.insert(format!("{topic}/{scene}"), figure);
    }

    /// Writes the file.
    pub fn write(&self, path: &Path) -> Result<()> {
        save(path, &(serde_json::to_string_pretty(self)? + "\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(rounds: usize) -> Figure {
        let summary = Summary { median: 2.0, least: 1.0, most: 3.0 };
        let cost = Cost { wall_s: summary, cpu_s: summary, peak_bytes: summary };
        let ratio = Ratio { wall: 1.0, cpu: 1.0, peak: 1.0 };
        let text = || "x".to_owned();
        Figure {
            measured: Comparison { rounds, rust: cost, python: cost, ratio },
            setting: Setting {
                date: text(),
                cpu: text(),
                cores: 2,
                kernel: text(),
                python: text(),
                rust: text(),
            },
            fingerprint: text(),
        }
    }

    #[test]
    fn what_is_written_is_read_again_and_only_what_is_inserted_changes() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("figures/twins.json");
        assert_eq!(Figures::read(&path).expect("no file"), Figures::default());
        let mut figures = Figures::default();
        figures.insert("apples", "eat", figure(5));
        figures.insert("apples", "grow", figure(5));
        figures.write(&path).expect("written");

        let mut figures = Figures::read(&path).expect("read");
        figures.insert("apples", "grow", figure(1));
        figures.write(&path).expect("written");
        let figures = Figures::read(&path).expect("read");
        assert_eq!(figures.of("apples", "eat"), Some(&figure(5)));
        assert_eq!(figures.of("apples", "grow"), Some(&figure(1)));
        assert_eq!(figures.of("apples", "drink"), None);
        assert_eq!(
            figures.iter().map(|(name, _)| name).collect::<Vec<_>>(),
            ["apples/eat", "apples/grow"]
        );
    }

    #[test]
    fn a_file_of_something_else_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("twins.json");
        fs::write(&path, "[]").expect("written");
        let error = Figures::read(&path).expect_err("no figures").to_string();
        assert!(error.ends_with("twins.json is no file of figures"), "{error}");
    }
}
