//! `cargo xtask notes`: which scenes cover the entries of the notes, and which entries
//! are still to come.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Result;
use serde::Serialize;

use crate::notes::{self, Note};
use crate::print::note::note;
use crate::print::table::{BAD, Look};
use crate::programs::{self, Program};
use crate::workspace::Workspace;

/// Show which scenes cover each entry of the notes, and which entries are still to come
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print the entries as JSON
    #[arg(long)]
    json: bool,

    /// Fail if an entry is not covered
    #[arg(long)]
    all_covered: bool,
}

/// An entry, and the scenes that name it, as `topic/scene`.
#[derive(Debug, Serialize)]
struct Covered {
    #[serde(flatten)]
    note: Note,
    scenes: Vec<String>,
}

/// The exit code is 1 if a scene names an entry that the notes do not have.
pub fn coverage(args: &Args, workspace: &Workspace) -> Result<ExitCode> {
    let programs = programs::build(workspace, &workspace.asked(&[])?)?;
    let covered: Vec<Covered> = notes::ALL
        .iter()
        .map(|note| Covered {
            note: note.clone(),
            scenes: naming(&programs, |id| id == note.id),
        })
        .collect();
    let unknown = naming(&programs, |id| notes::position(id).is_none());
    let to_come = covered.iter().filter(|entry| entry.scenes.is_empty()).count();

    let mut stdout = std::io::stdout().lock();
    let look = Look::of(&stdout);
    if args.json {
        writeln!(stdout, "{}", serde_json::to_string_pretty(&covered)?)?;
    } else {
        writeln!(stdout, "{}", table(&covered, look))?;
        writeln!(
            stdout,
            "\n{} of {} covered, {to_come} to come",
            notes::ALL.len() - to_come,
            notes::ALL.len()
        )?;
    }
    let sign = Look::of(&std::io::stderr()).paint(BAD, "✗");
    for scene in &unknown {
        note(&format!("{sign} {scene} names an entry that the notes do not have"));
    }
    if args.all_covered && to_come > 0 {
        note(&format!("{sign} {to_come} entries are not covered"));
    }
    let good = unknown.is_empty() && (to_come == 0 || !args.all_covered);
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The scenes that name such an entry.
fn naming(programs: &[Program], such: impl Fn(&str) -> bool) -> Vec<String> {
    let scenes = programs
        .iter()
        .flat_map(|program| program.scenes.iter().map(move |scene| (program, scene)));
    let naming = scenes.filter(|(_, scene)| scene.notes.iter().any(|id| such(id)));
    naming
        .map(|(program, scene)| format!("{}/{}", program.topic.name, scene.name))
        .collect()
}

fn table(covered: &[Covered], look: Look) -> String {
    let rows = covered.iter().map(|Covered { note, scenes }| {
        let by = if scenes.is_empty() {
            format!("to come in {}", note.topic())
        } else {
            scenes.join(" ")
        };
        let sign = if scenes.is_empty() { ' ' } else { '✓' };
        [format!("{sign} {}", note.id), note.heading.clone(), note.shows.clone(), by]
    });
    look.table(["note", "heading", "shows", "scenes"], rows)
}
