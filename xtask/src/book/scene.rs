//! What stands in a chapter of a scene: its heading, its code in Python and in Rust,
//! and what it prints.

use std::path::Path;

use anyhow::{Context as _, Result};
use shared::SceneDescription;

use super::markdown::{fenced, read};
use super::place::Place;
use crate::play::transcript::Transcript;
use crate::programs::Program;
use crate::twin::source::{self, Twin};

/// The name, the entries of the notes, what is shown, and the command that plays it.
pub fn heading(
    place: &Place<'_>,
    program: &Program,
    scene: &SceneDescription,
) -> String {
    let SceneDescription { name, about, notes, .. } = scene;
    let topic = &program.topic.name;
    let command = fenced("sh", &format!("cargo run -p {topic} -- {name}"));
    let notes = place.notes(notes);
    format!("## {name} {{ #{name} .scene }}\n\n{notes} · {about}\n\n{command}")
}

/// Python and Rust, side by side where there is room. Under the first scene lies what
/// `twin.py` begins with.
pub fn code(
    place: &Place<'_>,
    program: &Program,
    scene: &SceneDescription,
) -> Result<String> {
    let SceneDescription { name, .. } = scene;
    let folder = &program.topic.folder;
    let relative = |path: &Path| place.shelf.workspace.relative(path);
    let file = source::scene_file(folder, name);
    let whole = read(&file)?;
    let twin = Twin::of(folder)?.with_context(|| {
        format!("there is no {}", relative(&folder.join("twin.py")))
    })?;
    let twin_path = relative(&twin.path);
    let section = twin
        .section(name)
        .with_context(|| format!("{twin_path} has no section # ── {name} ──"))?;
    let mut block = columns([
        (&caption("Python", &twin_path), &fenced("python", section)),
        (
            &format!(
                "<span>Rust</span> <code data-first=\"{}\">{}</code>",
                first_line(&whole),
                relative(&file)
            ),
            &fenced("rust", &shown_whole(&without_heading(&whole))),
        ),
    ]);
    if program.scenes.first().is_some_and(|first| first.name == *name) {
        let summary = format!("How <code>{twin_path}</code> begins");
        let opening = fenced("python", &twin.opening);
        block.extend([
            "\n<details>\n<summary>",
            &summary,
            "</summary>\n\n",
            &opening,
            "\n</details>\n",
        ]);
    }
    Ok(block)
}

fn caption(language: &str, path: &str) -> String {
    format!("<span>{language}</span> <code>{path}</code>")
}

/// Two figures, which the stylesheet puts side by side where there is room for both. It
/// shares the room out by the longest line of each.
fn columns(sides: [(&str, &str); 2]) -> String {
    let longest = |text: &str| {
        text.lines().map(|line| line.chars().count()).max().unwrap_or(0).clamp(40, 120)
    };
    let widths = sides.map(|(_, content)| longest(content));
    let figures = sides.iter().zip(widths).map(|((caption, content), width)| {
        format!(
            "<figure style=\"--columns: {width}\">\n\
             <figcaption>{caption}</figcaption>\n\n{content}\n</figure>\n"
        )
    });
    let figures: String = figures.collect();
    format!(
        "<div class=\"twins\" style=\"--both: {}\">\n{figures}</div>\n",
        widths.iter().sum::<usize>()
    )
}

/// A scene's file without the `//!` lines, which the chapter shows as the scene's
/// heading.
fn without_heading(file: &str) -> String {
    file.lines().skip(first_line(file) - 1).collect::<Vec<_>>().join("\n")
}

/// The number, from 1, of the line with which a scene begins in its chapter.
fn first_line(file: &str) -> usize {
    let is_heading = |line: &&str| line.starts_with("//!") || line.trim().is_empty();
    file.lines().take_while(is_heading).count() + 1
}

/// Mdbook leaves out of Rust what begins with `# `, as rustdoc does. A second # keeps
/// such a line.
fn shown_whole(rust: &str) -> String {
    let line = |line: &str| {
        let code = line.trim_start();
        let hidden = code == "#" || code.starts_with("# ") || code.starts_with("##");
        if hidden { line.replacen('#', "##", 1) } else { line.to_owned() }
    };
    rust.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// The lines of one run, that of the picture. Beside it Python's transcript, where
/// Python prints something else.
pub fn prints(
    place: &Place<'_>,
    program: &Program,
    scene: &SceneDescription,
) -> Result<String> {
    let (folder, name) = (&program.topic.folder, &scene.name);
    let of = |transcript: Option<Transcript>| {
        transcript.with_context(|| format!("{name} has no transcript"))
    };
    let (rust, python) =
        (of(Transcript::of(folder, name)?)?, of(Transcript::of_twin(folder, name)?)?);
    let run = match place.shelf.pictures.skipped(program, name) {
        // It cannot run here, so there is no run to be shown.
        Some(_) => fenced("text", &rust.text),
        None => place.shelf.pictures.run(program, name)?,
    };
    let caption = |speaker: &str, transcript: &Transcript| {
        format!("<span>{speaker}</span>{}", varies(transcript))
    };
    if rust == python {
        let caption = caption("One run; Python prints the same lines", &rust);
        return Ok(format!(
            "<figure class=\"prints\">\n<figcaption>{caption}</figcaption>\n\n{run}\n\
             </figure>\n"
        ));
    }
    Ok(columns([
        (&caption("Python prints", &python), &fenced("text", &python.text)),
        (&caption("One run of Rust", &rust), &run),
    ]))
}

/// What may be otherwise in another run.
fn varies(Transcript { text, unordered, .. }: &Transcript) -> String {
    let parts = [
        (*unordered, "the order of the lines"),
        (text.contains("[..]"), "some numbers and names"),
        (text.lines().any(|line| line == "..."), "how often some lines come"),
    ];
    let varies: Vec<&str> =
        parts.iter().filter(|(does, _)| *does).map(|(_, what)| *what).collect();
    if varies.is_empty() {
        return String::new();
    }
    format!(" · differs from run to run: {}", varies.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scene_loses_its_heading_and_nothing_else() {
        assert_eq!(
            without_heading("//! N1.1: eats.\n//! More.\n\nuse a;\n// b\n"),
            "use a;\n// b"
        );
        assert_eq!(
            shown_whole("#[a]\n  # b\n#\n## c\nd # e"),
            "#[a]\n  ## b\n##\n### c\nd # e"
        );
    }
}
