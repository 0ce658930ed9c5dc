//! A chapter and its place in the book: what a directive in it is expanded with.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use shared::SceneDescription;

use super::pictures::Pictures;
use crate::programs::Program;
use crate::twin::figures::Figures;
use crate::workspace::Workspace;

/// What chapters are expanded with.
pub struct Shelf<'a> {
    pub workspace: &'a Workspace,
    /// All topics, in reading order.
    pub programs: &'a [Program],
    /// The chapters that the book has, by their paths in `docs/src`.
    pub chapters: Vec<PathBuf>,
    pub pictures: Pictures,
    pub figures: Figures,
}

/// A chapter that is being expanded.
pub struct Place<'a> {
    pub shelf: &'a Shelf<'a>,
    /// Its path in `docs/src`.
    pub path: &'a Path,
    /// Its topic, if it is a topic's chapter.
    pub topic: Option<&'a Program>,
}

impl<'a> Place<'a> {
    pub fn topic(&self) -> Result<&'a Program> {
        self.topic.context("belongs in the chapter of a topic")
    }

    pub fn scene(&self, name: &str) -> Result<&'a SceneDescription> {
        let program = self.topic()?;
        let known = program
            .scenes
            .iter()
            .map(|scene| scene.name.as_str())
            .collect::<Vec<_>>()
            .join(", ");
        let scene = program.scenes.iter().find(|scene| scene.name == name);
        scene.with_context(|| {
            format!("no scene {name} in {}; there are: {known}", program.topic.name)
        })
    }

    /// The way from this chapter to a page of the book.
    pub fn to(&self, page: &str) -> String {
        let up = self.path.components().count().saturating_sub(1);
        format!("{}{page}", "../".repeat(up))
    }

    /// Links to the entries of the notes.
    pub fn notes(&self, ids: &[String]) -> String {
        let index = self.to("notes.md");
        let links = ids.iter().map(|id| format!("[{id}]({index}#{id})"));
        links.collect::<Vec<_>>().join(" ")
    }
}

/// The path of a topic's chapter in `docs/src`.
pub fn chapter_of(program: &Program) -> PathBuf {
    Path::new(&program.topic.group).join(format!("{}.md", program.topic.name))
}
