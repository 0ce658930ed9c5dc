//! The table of contents: every chapter is in it, those of topics in the part of their
//! group. Their order is the reading order.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use crate::book::place::chapter_of;
use crate::programs::Program;

/// A line of the table.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    /// The part in which it stands: `Processes`.
    part: String,
    name: String,
    /// Nothing if it is a draft.
    path: PathBuf,
}

/// What is wrong with the table, given the files that there are.
pub fn faults(
    summary: &str,
    programs: &[Program],
    files: &BTreeSet<PathBuf>,
) -> Vec<String> {
    let entries = entries(summary);
    let named: BTreeSet<&Path> =
        entries.iter().map(|entry| entry.path.as_path()).collect();
    let unnamed = files.iter().filter(|file| !named.contains(file.as_path()));
    let mut faults: Vec<String> = unnamed
        .map(|file| format!("docs/src/SUMMARY.md does not name {}", file.display()))
        .collect();
    let drafts = entries.iter().filter(|entry| entry.path.as_os_str().is_empty());
    faults
        .extend(drafts.map(|entry| {
            format!("docs/src/SUMMARY.md: {} has no chapter", entry.name)
        }));

    for program in programs {
        let chapter = chapter_of(program);
        let shown = chapter.display();
        let (topic, group) = (&program.topic.name, &program.topic.group);
        match entries.iter().position(|entry| entry.path == chapter) {
            None if !files.contains(&chapter) => {
                faults.push(format!("{topic} has no chapter docs/src/{shown}"));
            }
            Some(place) if !entries[place].part.eq_ignore_ascii_case(group) => {
                faults.push(format!(
                    "docs/src/SUMMARY.md: {shown} does not stand in the part of {group}"
                ));
            }
            None | Some(_) => {}
        }
    }
    faults
}

fn entries(summary: &str) -> Vec<Entry> {
    let (mut entries, mut part, mut text) = (Vec::new(), String::new(), String::new());
    let mut path = PathBuf::new();
    for event in Parser::new(summary) {
        match event {
            Event::Start(Tag::Heading { .. }) => text.clear(),
            Event::Start(Tag::Link { dest_url, .. }) => {
                text.clear();
                path = PathBuf::from(dest_url.as_ref());
            }
            Event::Text(more) | Event::Code(more) => text += &more,
            Event::End(TagEnd::Heading(_)) => part.clone_from(&text),
            Event::End(TagEnd::Link) => {
                entries.push(Entry {
                    part: part.clone(),
                    name: text.clone(),
                    path: path.clone(),
                });
            }
            _ => {}
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use shared::Description;

    use super::*;
    use crate::workspace::Topic;

    const SUMMARY: &str = "# Summary\n\n[Begin](begin.md)\n\n# Fruit\n\n\
                           - [Apples](fruit/apples.md)\n- [Pears](fruit/pears.md)\n\n\
                           # More\n\n- [Plums]()\n";

    fn program(name: &str) -> Program {
        let topic =
            Topic { name: name.into(), group: "fruit".into(), folder: PathBuf::new() };
        let description = Description {
            topic: name.into(),
            about: String::new(),
            scenes: Vec::new(),
        };
        Program { topic, path: PathBuf::new(), description, scenes: Vec::new() }
    }

    fn of(programs: &[&str], files: &[&str]) -> Vec<String> {
        let programs: Vec<Program> =
            programs.iter().map(|name| program(name)).collect();
        faults(SUMMARY, &programs, &files.iter().map(PathBuf::from).collect())
    }

    #[test]
    fn a_chapter_has_its_line_in_the_part_of_its_group() {
        let draft = "docs/src/SUMMARY.md: Plums has no chapter";
        let files = ["begin.md", "fruit/apples.md", "fruit/pears.md"];
        assert_eq!(of(&["apples", "pears"], &files), [draft]);
        let plums = "plums has no chapter docs/src/fruit/plums.md";
        assert_eq!(of(&["apples", "plums"], &files), [draft, plums]);
        let unnamed = "docs/src/SUMMARY.md does not name fruit/plums.md";
        assert_eq!(of(&["plums"], &["fruit/plums.md"]), [unnamed, draft]);
    }

    #[test]
    fn a_chapter_in_another_part_is_told() {
        let elsewhere = SUMMARY.replace("[Plums]()", "[Plums](fruit/plums.md)");
        let files = ["begin.md", "fruit/apples.md", "fruit/pears.md", "fruit/plums.md"]
            .map(PathBuf::from);
        let faults = faults(&elsewhere, &[program("plums")], &files.into());
        assert_eq!(
            faults,
            ["docs/src/SUMMARY.md: fruit/plums.md does not stand in the part of fruit"]
        );
    }
}
