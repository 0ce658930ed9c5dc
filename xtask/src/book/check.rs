//! `cargo xtask book --check`: what is missing from the chapters, stale, or dead.

mod contents;
mod files;
mod pages;

use std::collections::BTreeSet;

use anyhow::Result;
use shared::SceneDescription;

use super::directive;
use super::markdown::read;
use super::place::chapter_of;
use crate::breaks::catalog::{self, Break};
use crate::programs::{self, Program};
use crate::twin::figures::{self, Figures};
use crate::twin::source;
use crate::workspace::Workspace;

/// What a chapter has once for each scene, and once for the topic; `breaks` it has for
/// each scene with a break that has a lesson, `schedules` for each that is explored.
const OF_SCENE: [&str; 4] = ["scene", "code", "prints", "picture"];
const OF_TOPIC: [&str; 2] = ["mechanism", "figures"];

/// What is wrong with the chapters and the figures, a line each.
pub fn sources(workspace: &Workspace) -> Result<Vec<String>> {
    let programs = programs::build(workspace, &workspace.asked(&[])?)?;
    let docs = workspace.root.join("docs/src");
    let mut chapters = files::files(&docs)?;
    chapters.retain(|path| {
        path.extension().is_some_and(|it| it == "md") && !path.ends_with("SUMMARY.md")
    });
    let mut faults =
        contents::faults(&read(&docs.join("SUMMARY.md"))?, &programs, &chapters);
    for program in &programs {
        let chapter = chapter_of(program);
        if docs.join(&chapter).exists() {
            let topic = &program.topic;
            let breaks = catalog::read(workspace, &topic.name, &topic.folder)?;
            let lacks = lacks(program, &breaks, &read(&docs.join(&chapter))?);
            faults.extend(
                lacks
                    .into_iter()
                    .map(|what| format!("docs/src/{}: {what}", chapter.display())),
            );
        }
    }
    faults.extend(stale(
        &programs,
        &Figures::read(&workspace.root.join(figures::FILE))?,
    )?);
    Ok(faults)
}

pub use pages::faults as pages;

/// What a topic's chapter has not once.
fn lacks(program: &Program, breaks: &[Break], chapter: &str) -> Vec<String> {
    let directives: Vec<_> = directive::directives(chapter).collect();
    let of_scenes = program
        .scenes
        .iter()
        .flat_map(|scene| OF_SCENE.map(|name| (name, vec![scene.name.as_str()])));
    let has_lesson = |scene: &&SceneDescription| {
        breaks.iter().any(|one| one.scene == scene.name && one.lesson.is_some())
    };
    let with_lesson = program.scenes.iter().filter(has_lesson);
    let exercises = with_lesson.map(|scene| ("breaks", vec![scene.name.as_str()]));
    let explored = program.scenes.iter().filter(|scene| !scene.programs.is_empty());
    let schedules = explored.map(|scene| ("schedules", vec![scene.name.as_str()]));
    let wanted = of_scenes.chain(exercises).chain(schedules);
    let wanted = wanted.chain(OF_TOPIC.map(|name| (name, vec![])));
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
