//! `cargo xtask book --check`: what is missing from the chapters, stale, or dead.

mod pages;
mod summary;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::directive;
use super::expand::{chapter_of, read};
use crate::house::House;
use crate::programs::{self, Program};
use crate::twin::figures::{self, Figures};
use crate::twin::source;

/// What a chapter has once for each scene, and once for the topic.
const OF_SCENE: [&str; 4] = ["scene", "code", "prints", "picture"];
const OF_TOPIC: [&str; 2] = ["mechanism", "figures"];

/// What is wrong with the chapters and the figures, a line each.
pub fn sources(house: &House) -> Result<Vec<String>> {
    let programs = programs::build(house, &house.asked(&[])?)?;
    let docs = house.root.join("docs/src");
    let mut faults =
        summary::faults(&read(&docs.join("SUMMARY.md"))?, &programs, &files(&docs)?);
    for program in &programs {
        let chapter = chapter_of(program);
        if docs.join(&chapter).exists() {
            let lacks = lacks(program, &read(&docs.join(&chapter))?);
            faults.extend(
                lacks
                    .into_iter()
                    .map(|what| format!("docs/src/{}: {what}", chapter.display())),
            );
        }
    }
    faults.extend(stale(&programs, &Figures::read(&house.root.join(figures::FILE))?)?);
    Ok(faults)
}

pub use pages::faults as pages;

/// The chapters' files, by their paths in `docs/src`.
fn files(docs: &Path) -> Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    let mut folders = vec![docs.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)
            .with_context(|| format!("cannot read {}", folder.display()))?
        {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "md")
                && !path.ends_with("SUMMARY.md")
            {
                found.insert(path.strip_prefix(docs)?.to_owned());
            }
        }
    }
    Ok(found)
}

/// What a topic's chapter has not once.
fn lacks(program: &Program, chapter: &str) -> Vec<String> {
    let directives: Vec<_> = directive::directives(chapter).collect();
    let of_scenes = program
        .scenes
        .iter()
        .flat_map(|scene| OF_SCENE.map(|name| (name, vec![scene.name.as_str()])));
    let wanted = of_scenes.chain(OF_TOPIC.map(|name| (name, vec![])));
    let faults = wanted.filter_map(|(name, args)| {
        let directive = format!("{{{{{}}}}}", [&[name], &args[..]].concat().join(" "));
        match directives.iter().filter(|it| it.name == name && it.args == args).count()
        {
            0 => Some(format!("{directive} is missing")),
            1 => None,
            times => Some(format!("{directive} stands there {times} times")),
        }
    });
    faults.collect()
}

/// Figures that are missing, of other code than stands there now, or of no scene.
fn stale(programs: &[Program], figures: &Figures) -> Result<Vec<String>> {
    let (mut faults, mut known) = (Vec::new(), BTreeSet::new());
    for program in programs {
        let topic = &program.topic.name;
        for scene in &program.scenes {
            let name = format!("{topic}/{}", scene.name);
            let why = match figures.of(topic, &scene.name) {
                None => Some("has not been measured"),
                Some(figure)
                    if figure.fingerprint
                        != source::fingerprint(&program.topic.folder, &scene.name)? =>
                {
                    Some("has changed since it was measured")
                }
                Some(_) => None,
            };
            faults.extend(
                why.map(|why| {
                    format!("{name} {why}: cargo xtask twin {name} --record")
                }),
            );
            known.insert(name);
        }
    }
    let unknown = figures.iter().filter(|(name, _)| !known.contains(*name));
    faults.extend(unknown.map(|(name, _)| {
        format!("{} has figures of {name}, and there is no such scene", figures::FILE)
    }));
    Ok(faults)
}
