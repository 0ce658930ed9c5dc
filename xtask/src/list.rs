//! `cargo xtask list`: the topics and their scenes.

use std::io::Write as _;
use std::path::Path;

use anyhow::Result;
use serde::Serialize;
use shared::{Need, SceneDescription};

use crate::notes;
use crate::print::table::Look;
use crate::programs::{self, Program};
use crate::workspace::Workspace;

/// List the topics and their scenes, the notes they belong to and what they show
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The topics to list; all if none is named
    #[arg(value_name = "TOPIC")]
    what: Vec<String>,

    /// Print the list as JSON
    #[arg(long)]
    json: bool,
}

/// A topic and those of its scenes that were asked for.
#[derive(Debug, Serialize)]
struct Listed<'a> {
    topic: &'a str,
    group: &'a str,
    about: &'a str,
    /// Where its program lies.
    program: &'a Path,
    scenes: &'a [SceneDescription],
}

pub fn list(args: &Args, workspace: &Workspace) -> Result<()> {
    let programs = programs::build(workspace, &workspace.asked(&args.what)?)?;
    let mut stdout = std::io::stdout().lock();
    if args.json {
        let listed: Vec<Listed<'_>> = programs.iter().map(Listed::of).collect();
        writeln!(stdout, "{}", serde_json::to_string_pretty(&listed)?)?;
    } else {
        let rows = programs.iter().flat_map(rows);
        let table =
            Look::of(&stdout).table(["topic", "scene", "notes", "what it shows"], rows);
        writeln!(stdout, "{table}")?;
    }
    Ok(())
}

impl<'a> Listed<'a> {
    fn of(program: &'a Program) -> Self {
        Self {
            topic: &program.topic.name,
            group: &program.topic.group,
            about: &program.description.about,
            program: &program.path,
            scenes: &program.scenes,
        }
    }
}

/// The topic, and below it its scenes.
fn rows(program: &Program) -> Vec<[String; 4]> {
    let none = String::new;
    let mut rows = vec![[
        program.topic.name.clone(),
        none(),
        none(),
        program.description.about.clone(),
    ]];
    rows.extend(program.scenes.iter().map(|scene| {
        let alone = if scene.needs.contains(&Need::Alone) { " (alone)" } else { "" };
        let notes = notes::in_short(scene.notes.iter().map(String::as_str));
        [none(), scene.name.clone(), notes, format!("{}{alone}", scene.about)]
    }));
    rows
}
