//! `cargo xtask new`: writes the crate of a topic that passes, but for its one claim,
//! which is left to its author.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

use crate::notes::{self, Note};
use crate::print::save;
use crate::workspace::Workspace;

/// Write the crate of a new topic
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The topic's name: small letters, digits and dashes
    topic: String,

    /// The folder below crates/ in which it goes [default: what the list of the notes
    /// says]
    #[arg(long)]
    group: Option<String>,

    /// The topic in a line [default: what the first of its notes shows]
    #[arg(long)]
    about: Option<String>,

    /// The note that its first scene is the counterpart of [default: the first of its
    /// notes]
    #[arg(long, value_name = "ID")]
    note: Option<String>,
}

/// Names that Rust has taken: a crate cannot bear them.
const TAKEN: [&str; 51] = [
    "abstract", "alloc", "as", "async", "await", "become", "box", "break", "const",
    "continue", "core", "crate", "do", "dyn", "else", "enum", "extern", "false",
    "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match",
    "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static",
    "std", "struct", "super", "test", "trait", "true", "try", "type", "unsafe", "use",
    "where", "while",
];

/// The longest name with which every line of the files fits into [`WIDEST`] columns.
const LONGEST: usize = 32;

/// How wide a line of the workspace may be.
const WIDEST: usize = 88;

pub fn new(args: &Args, workspace: &Workspace) -> Result<()> {
    let Args { topic, .. } = args;
    check_name("topic", topic)?;
    ensure!(!workspace.packages.contains(topic), "there is a package {topic} already");
    let note = note_of(args)?;
    let group = match (&args.group, note.topic() == topic) {
        (Some(group), _) => group,
        (None, true) => {
            note.home.rsplit_once('/').map_or(topic.as_str(), |(group, _)| group)
        }
        (None, false) => {
            bail!(
                "the notes do not say where {topic} goes: name a folder below crates/ \
                 with --group"
            )
        }
    };
    check_name("group", group)?;
    let about = args.about.clone().unwrap_or_else(|| capitalised(&note.shows));
    let columns: usize =
        about.chars().map(|letter| if letter.is_ascii() { 1 } else { 2 }).sum();
    ensure!(
        !about.trim().is_empty()
            && !about.contains(['"', '\\', '\n'])
            && columns <= WIDEST - "//! .".len(),
        "--about is one line without quotes, and as `//! …` at most {WIDEST} columns"
    );

    let folder = workspace.crates.join(group).join(topic);
    let page = format!("{group}/{topic}.md");
    let chapter = workspace.root.join("docs/src").join(&page);
    for path in [&folder, &chapter] {
        ensure!(!path.exists(), "{} is there already", workspace.relative(path));
    }
    let about = about.trim_end_matches('.');
    let title = capitalised(&topic.replace('-', " "));
    write_whole(&workspace.root, &folder, &files(topic, about, note))
        .with_context(|| format!("cannot write {}", workspace.relative(&folder)))?;
    save::save(&chapter, &chapter_of(&title, about))?;
    let [scene, twin, chapter] =
        [folder.join("src/scenes/first.rs"), folder.join("twin.py"), chapter]
            .map(|path| workspace.relative(&path));
    writeln!(
        std::io::stdout(),
        "wrote {}\n\
         Its scene says what it shows; what must be true at its end is for you to \
         claim:\n  {scene}\n  cargo xtask play {topic}\n\
         and the same in Python:\n  {twin}\n  cargo xtask twin {topic}\n\
         Its chapter includes them, and lacks your words and a line in \
         docs/src/SUMMARY.md:\n  {chapter}\n  - [{title}]({page})",
        workspace.relative(&folder)
    )?;
    Ok(())
}

/// A name that cargo, the command line and a path can all bear.
fn check_name(what: &str, name: &str) -> Result<()> {
    let letters = name
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let words = name.split('-').all(|word| !word.is_empty());
    let begins = name.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
    ensure!(
        letters && words && begins && name.len() <= LONGEST,
        "{name:?} is no name for a {what}: small letters, digits and single dashes, a \
         letter first, {LONGEST} at most"
    );
    ensure!(
        !TAKEN.contains(&name),
        "{name} is no name for a {what}: Rust has taken it"
    );
    Ok(())
}

/// The note that the first scene is the counterpart of.
fn note_of(args: &Args) -> Result<&'static Note> {
    match &args.note {
        Some(id) => notes::ALL
            .iter()
            .find(|note| note.id == *id)
            .with_context(|| format!("the notes have no {id}")),
        None => notes::ALL.iter().find(|note| note.topic() == args.topic).with_context(
            || {
                format!(
                    "none of the notes belongs to {}: name the one that it shows with \
                     --note",
                    args.topic
                )
            },
        ),
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A chapter that shows all there is, and says nothing of it.
fn chapter_of(title: &str, about: &str) -> String {
    format!(
        "# {title}

{about}.

{{{{scene first}}}}

{{{{code first}}}}

{{{{prints first}}}}

{{{{picture first}}}}

## In your own program

Take this crate where a program needs what it shows.

## How it works

{{{{mechanism}}}}

## Python and Rust, measured

{{{{figures}}}}
"
    )
}

/// The files of a topic, by their paths in its folder.
fn files(topic: &str, about: &str, note: &Note) -> [(&'static str, String); 7] {
    let Note { id, shows, .. } = note;
    let manifest = format!(
        r#"[package]
name = "{topic}"
description = "{about}"
version.workspace = true
edition.workspace = true
rust-version.workspace = true
license.workspace = true
publish.workspace = true

[dependencies]
shared.workspace = true

[lints]
workspace = true
"#
    );
    let library = format!(
        "//! {about}.
//!
//! The counterpart of {id}.

#![forbid(unsafe_code)]
"
    );
    let program = format!(
        "//! The scenes of `{topic}`, in the notes' order.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use shared::scene;

mod scenes {{
    pub mod first;
}}

fn main() -> ExitCode {{
    shared::topic!().scene(scene!(first)).main()
}}
"
    );
    let scene = format!(
        "//! {id}: {shows}.

use shared::{{Result, claim, say}};

pub fn play() -> Result {{
    say!(\"{topic} begins\");
    claim!(false, \"{topic} has nothing to prove yet\");
    Ok(())
}}
"
    );
    let twin = format!(
        r#""""The scenes of {topic} in Python: python3 twin.py first"""

import os
from argparse import ArgumentParser


def say(line):
    """Print by one write, so that the lines of several processes never mix."""
    os.write(1, f"{{line}}\n".encode())


# ── first ──
def first():
    say("{topic} begins")
    assert False, "{topic} has nothing to prove yet"


SCENES = {{"first": first}}

if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("scene", choices=SCENES)
    SCENES[parser.parse_args().scene]()
"#
    );
    [
        ("twin.py", twin),
        ("breaks.toml", BREAKS.to_owned()),
        ("src/lib.rs", library),
        ("src/main.rs", program),
        ("src/scenes/first.rs", scene),
        ("transcript/first.txt", format!("{topic} begins\n")),
        ("Cargo.toml", manifest),
    ]
}

/// The `breaks.toml` of a new topic: an example to be written over.
const BREAKS: &str = "\
# Small changes to the code, and the claims that each turns red:
# `cargo xtask break` tries them, and `--coverage` lists the claims that have none.
#
# [[break]]
# scene = \"first\"
# name = \"no-join\"
# about = \"The parent does not wait for the child.\"
# file = \"src/scenes/first.rs\"
# find = \"child.join()?;\"
# replace = \"\"
# breaks = \"the child ended before the parent\"
# lesson = \"The parent goes on at once.\"
";

/// Writes the files into a folder of the workspace's own folder and then renames it, so
/// that the topic is there whole or not at all: whatever lies below crates/ is a member
/// to cargo, and half a member breaks the workspace.
fn write_whole(root: &Path, folder: &Path, files: &[(&str, String)]) -> Result<()> {
    let group = folder.parent().unwrap_or(root);
    let new_group = !group.exists();
    fs::create_dir_all(group)?;
    let beside = tempfile::Builder::new().prefix(".new-").tempdir_in(root)?;
    let written = files
        .iter()
        .try_for_each(|(path, text)| write_file(&beside.path().join(path), text));
    // Temporary folders are readable for their owner only; this one is for all users.
    let renamed = written
        .and_then(|()| {
            fs::set_permissions(beside.path(), fs::Permissions::from_mode(0o755))
        })
        .and_then(|()| fs::rename(beside.path(), folder));
    if renamed.is_ok() {
        // Renamed, it is not temporary any more.
        let _kept: PathBuf = beside.keep();
    } else if new_group {
        fs::remove_dir(group)?;
    }
    Ok(renamed?)
}

fn write_file(path: &Path, text: &str) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::write(path, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_small_letters_digits_and_single_dashes() {
        for good in ["a", "thread-local", "http2", "x-2"] {
            assert!(check_name("topic", good).is_ok(), "{good}");
        }
        for bad in [
            "", "-a", "a-", "a--b", "A", "a_b", "../a", "a/b", "2a", "ä", "match",
            "a b",
        ] {
            assert!(check_name("topic", bad).is_err(), "{bad}");
        }
        assert!(TAKEN.is_sorted(), "easier to look through");
    }

    #[test]
    fn every_file_of_a_topic_keeps_the_width_and_says_its_role() {
        let topic = "a".repeat(LONGEST);
        let about = "b".repeat(WIDEST - "//! .".len());
        for note in notes::ALL.iter() {
            for (path, text) in files(&topic, &about, note) {
                let is_rust = path.starts_with("src/");
                assert!(!is_rust || text.starts_with("//! "), "{path}: {text}");
                // The description of a manifest is data.
                let code = text.lines().filter(|line| !line.starts_with("description"));
                let widest = code.map(|line| line.chars().count()).max();
                assert!(widest <= Some(WIDEST), "{path} of {}: {text}", note.id);
            }
        }
    }

    #[test]
    fn nothing_is_left_when_the_folder_cannot_be_written() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = root.path().join("group/topic");
        let files =
            [("src/lib.rs", String::new()), ("src/lib.rs/below-a-file", String::new())];
        assert!(write_whole(root.path(), &folder, &files).is_err());
        assert_eq!(
            fs::read_dir(root.path()).expect("the folder").count(),
            0,
            "neither group nor topic"
        );
    }
}
