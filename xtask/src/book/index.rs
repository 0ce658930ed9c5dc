//! The book's tables: the topics, and the entries of the notes.

use std::fmt::Write as _;

use super::place::{Place, chapter_of};
use crate::notes::{self, Note};
use crate::programs::Program;

/// A table of the topics, in reading order.
pub fn topics(place: &Place<'_>) -> String {
    let mut table = "| topic | what it is about | notes |\n|---|---|---|\n".to_owned();
    for program in place.shelf.programs {
        let ids =
            program.scenes.iter().flat_map(|scene| &scene.notes).map(String::as_str);
        let (topic, about) = (to_topic(place, program), &program.description.about);
        // Writing to a string never fails.
        let _ = writeln!(table, "| {topic} | {about} | {} |", notes::in_short(ids));
    }
    table
}

/// All entries of the notes, a table for each note.
pub fn notes(place: &Place<'_>) -> String {
    let mut tables = String::new();
    let of = |note: &Note| note.id.split('.').next().unwrap_or_default().to_owned();
    for entries in notes::ALL.chunk_by(|one, next| of(one) == of(next)) {
        let note = of(&entries[0]);
        let title = notes::title(&note).unwrap_or_default();
        let _ = write!(
            tables,
            "## {note} · {title}\n\n| entry | heading | what it shows | scenes |\n\
             |---|---|---|---|\n"
        );
        for entry in entries {
            let Note { id, heading, shows, .. } = entry;
            let scenes = scenes(place, entry);
            let _ = writeln!(
                tables,
                "| <span id=\"{id}\">{id}</span> | {heading} | {shows} | {scenes} |"
            );
        }
        tables.push('\n');
    }
    tables
}

/// The scenes that cover an entry, linked to their places.
fn scenes(place: &Place<'_>, entry: &Note) -> String {
    let mut links = Vec::new();
    for program in place.shelf.programs {
        for scene in
            program.scenes.iter().filter(|scene| scene.notes.contains(&entry.id))
        {
            let name = format!("{}/{}", program.topic.name, scene.name);
            links.push(link(place, program, &name, &format!("#{}", scene.name)));
        }
    }
    if links.is_empty() {
        format!("to come in {}", entry.topic())
    } else {
        links.join("<br>")
    }
}

fn to_topic(place: &Place<'_>, program: &Program) -> String {
    link(place, program, &program.topic.name, "")
}

/// A link into a topic's chapter, if the book has it.
fn link(place: &Place<'_>, program: &Program, text: &str, anchor: &str) -> String {
    let chapter = chapter_of(program);
    if place.shelf.chapters.contains(&chapter) {
        format!("[{text}]({}{anchor})", place.to(&chapter.display().to_string()))
    } else {
        text.to_owned()
    }
}
