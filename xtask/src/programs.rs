//! The topics' programs: built together, and asked what they play.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel};
use cargo_metadata::{Message, Target};
use shared::{Description, SceneDescription};

use crate::notes;
use crate::supervise::{Ended, Order, Report};
use crate::workspace::{Asked, Topic, Unknown, Workspace};

/// The book's table of contents, which says in which order the topics are read.
const CONTENTS: &str = "docs/src/SUMMARY.md";

/// A topic's program.
#[derive(Debug, Clone)]
pub struct Program {
    /// The topic that it plays.
    pub topic: Topic,
    /// The program itself.
    pub path: PathBuf,
    /// What it says of itself.
    pub description: Description,
    /// The scenes asked for.
    pub scenes: Vec<SceneDescription>,
}

/// Builds the programs of the topics asked for, and puts them in reading order: that of
/// the book's table of contents. Topics without a chapter come last, in the order in
/// which the notes first come to them, and by name where they are at the same place.
pub fn build(workspace: &Workspace, asked: &Asked) -> Result<Vec<Program>> {
    let topics: Vec<&Topic> = workspace
        .topics
        .iter()
        .filter(|topic| asked.contains_key(&topic.name))
        .collect();
    let built = cargo(workspace, &["build"], &topics)?;
    let mut programs = Vec::new();
    for topic in topics {
        let of_topic = built.iter().find(|(of, ..)| of.name == topic.name);
        let (_, _, path) =
            of_topic.with_context(|| format!("{} has no program", topic.name))?;
        let description =
            describe(path).with_context(|| format!("{} --describe", topic.name))?;
        let scenes = choose(&description, &asked[&topic.name])?;
        programs.push(Program {
            topic: topic.clone(),
            path: path.clone(),
            description,
            scenes,
        });
    }
    let contents = contents(&workspace.root)?;
    programs.sort_by_key(|Program { topic, description, .. }| {
        (place(&contents, topic), first_note(description), topic.name.clone())
    });
    Ok(programs)
}

/// What cargo builds for these topics, in their order. Cargo's progress is shown.
pub fn cargo(
    workspace: &Workspace,
    command: &[&str],
    topics: &[&Topic],
) -> Result<Vec<(Topic, Target, PathBuf)>> {
    ensure!(
        !topics.is_empty(),
        "there are no topics in {}",
        workspace.crates.display()
    );
    let report = Order::plain(&cargo_program())
        .args(command.iter().copied())
        .args(["--message-format=json-render-diagnostics"])
        .args(topics.iter().flat_map(|topic| ["-p", &topic.name]))
        .folder(&workspace.root)
        .run()?;
    ensure!(report.ended == Ended::Code(0), "cargo {} failed", command.join(" "));

    let mut built = Vec::new();
    for message in Message::parse_stream(report.stdout.as_bytes()) {
        let Message::CompilerArtifact(artifact) = message? else { continue };
        let folder = artifact.manifest_path.as_std_path().parent();
        let topic =
            topics.iter().position(|topic| Some(topic.folder.as_path()) == folder);
        if let (Some(executable), Some(topic)) = (artifact.executable, topic) {
            built.push((topic, artifact.target, executable.into_std_path_buf()));
        }
    }
    built.sort_by(|(one, target, _), (other, next, _)| {
        (one, &target.name).cmp(&(other, &next.name))
    });
    Ok(built
        .into_iter()
        .map(|(topic, target, program)| (topics[topic].clone(), target, program))
        .collect())
}

/// The cargo that runs this program, or else the first on PATH.
pub fn cargo_program() -> PathBuf {
    std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from)
}

/// The compiler's errors in what `cargo build --message-format=json` has printed.
pub fn errors(built: &Report) -> Result<Vec<Diagnostic>> {
    let mut errors = Vec::new();
    for message in Message::parse_stream(built.stdout.as_bytes()) {
        if let Message::CompilerMessage(message) = message?
            && matches!(message.message.level, DiagnosticLevel::Error)
        {
            errors.push(message.message);
        }
    }
    Ok(errors)
}

fn describe(program: &Path) -> Result<Description> {
    let report = Order::sandboxed(program, Duration::from_secs(10))
        .args(["--describe"])
        .run()?;
    report.check()?;
    Ok(serde_json::from_str(&report.stdout)?)
}

/// The scenes of that name, in the topic's order; all if none is named.
pub fn choose(
    description: &Description,
    names: &[String],
) -> Result<Vec<SceneDescription>> {
    let known: Vec<&str> =
        description.scenes.iter().map(|scene| scene.name.as_str()).collect();
    if let Some(unknown) = names.iter().find(|name| !known.contains(&name.as_str())) {
        let place = format!(" in {}", description.topic);
        return Err(Unknown::of("scene", unknown, &place, &known).into());
    }
    let chosen = description
        .scenes
        .iter()
        .filter(|scene| names.is_empty() || names.contains(&scene.name));
    Ok(chosen.cloned().collect())
}

/// The table of contents of the book, empty if there is no book.
fn contents(root: &Path) -> Result<String> {
    match fs::read_to_string(root.join(CONTENTS)) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        read => read.context(CONTENTS),
    }
}

/// Where the chapter of a topic is in the table of contents; behind all others if it is
/// not there.
fn place(contents: &str, topic: &Topic) -> usize {
    let link = Path::new(&topic.group).join(format!("{}.md)", topic.name));
    contents.find(&format!("({}", link.display())).unwrap_or(usize::MAX)
}

/// The first of the notes' entries that a topic has, by its place in the notes.
fn first_note(description: &Description) -> usize {
    let ids = description.scenes.iter().flat_map(|scene| &scene.notes);
    ids.filter_map(|id| notes::position(id)).min().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_a_topic_is_that_of_its_chapter() {
        let contents = "- [Pears](fruit/pears.md)\n- [Apples](fruit/apples.md)\n";
        let topic = |name: &str| Topic {
            name: name.to_owned(),
            group: "fruit".to_owned(),
            folder: PathBuf::new(),
        };
        let mut topics = ["apples", "plums", "pears"].map(topic);
        topics.sort_by_key(|topic| place(contents, topic));
        assert_eq!(topics.map(|topic| topic.name), ["pears", "apples", "plums"]);
    }

    #[test]
    fn a_workspace_without_a_book_has_no_contents() -> Result<()> {
        let folder = tempfile::tempdir()?;
        assert_eq!(contents(folder.path())?, "");
        Ok(())
    }
}
