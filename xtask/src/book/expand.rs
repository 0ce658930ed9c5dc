//! The preprocessor: mdbook gives it the whole book as JSON, and it gives the book back with all directives expanded.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use super::directive::{self, Directive, Piece};
use super::{documentation, index, scene};
use crate::house::House;
use crate::programs::{self, Program};

/// The hidden subcommand by which mdbook calls the preprocessor; `docs/book.toml` names it.
pub const SUBCOMMAND: &str = "expand";

/// What chapters are expanded with.
pub struct Shelf<'a> {
    pub house: &'a House,
    /// All topics, in reading order.
    pub programs: Vec<Program>,
    /// The chapters that the book has, by their paths in `docs/src`.
    pub chapters: Vec<PathBuf>,
}

/// The exit code is 1 if a directive cannot be expanded. Each that cannot is told in a line.
pub fn expand(house: &House) -> Result<ExitCode> {
    let mut input = String::new();
    std::io::stdin().read_to_string(&mut input)?;
    let (_context, mut book): (Value, Value) =
        serde_json::from_str(&input).context("standard input is no book: it is mdbook that calls this")?;
    let programs = programs::build(house, &house.asked(&[])?)?;

    let mut chapters = Vec::new();
    each_chapter(&mut book, &mut |path, _| chapters.push(path.to_owned()));
    let shelf = Shelf { house, programs, chapters };
    let mut faults = Vec::new();
    each_chapter(&mut book, &mut |path, content| *content = shelf.chapter(path, content, &mut faults));
    for fault in &faults {
        eprintln!("{fault}");
    }
    if !faults.is_empty() {
        return Ok(ExitCode::FAILURE);
    }
    std::io::stdout().write_all(book.to_string().as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// Visits all chapters that have a file, with their paths and contents.
fn each_chapter(book: &mut Value, visit: &mut impl FnMut(&Path, &mut String)) {
    for key in ["items", "sub_items"] {
        for item in book.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten() {
            let Some(chapter) = item.get_mut("Chapter") else { continue };
            let path = chapter["source_path"].as_str().map(PathBuf::from);
            if let (Some(path), Value::String(content)) = (path, &mut chapter["content"]) {
                visit(&path, content);
            }
            each_chapter(chapter, visit);
        }
    }
}

impl Shelf<'_> {
    fn chapter(&self, path: &Path, content: &str, faults: &mut Vec<String>) -> String {
        let topic = self.programs.iter().find(|program| chapter_of(program) == path);
        let place = Place { shelf: self, path, topic };
        let mut expanded = String::new();
        for piece in directive::pieces(content) {
            match piece {
                Piece::Text(text) => expanded += text,
                Piece::Directive(directive) => match place.expand(&directive) {
                    Ok(markdown) => expanded += &format!("\n{}\n\n", markdown.trim_end()),
                    Err(error) => faults.push(format!(
                        "docs/src/{}:{}: {{{{{}}}}}: {error:#}",
                        path.display(),
                        directive.line,
                        directive.name
                    )),
                },
            }
        }
        expanded
    }
}

/// The path of a topic's chapter in `docs/src`.
pub fn chapter_of(program: &Program) -> PathBuf {
    Path::new(&program.topic.group).join(format!("{}.md", program.topic.name))
}

/// A chapter that is being expanded.
pub struct Place<'a> {
    pub shelf: &'a Shelf<'a>,
    /// Its path in `docs/src`.
    pub path: &'a Path,
    /// Its topic, if it is a topic's chapter.
    topic: Option<&'a Program>,
}

impl<'a> Place<'a> {
    fn expand(&self, directive: &Directive<'_>) -> Result<String> {
        match (directive.name, &directive.args[..]) {
            ("scene", [name]) => scene::heading(self, self.topic()?, self.scene(name)?),
            ("code", [name]) => scene::code(self, self.topic()?, self.scene(name)?),
            ("prints", [name]) => scene::prints(self.topic()?, self.scene(name)?),
            ("picture", [name]) => self.scene(name).map(|_| String::new()),
            ("refused", [path, code]) => documentation::refused(&self.topic()?.topic, Path::new(path), code),
            ("mechanism", []) => documentation::mechanism(&self.topic()?.topic),
            ("figures", []) => Ok(String::new()),
            ("notes", []) => Ok(index::notes(self)),
            ("topics", []) => Ok(index::topics(self)),
            ("scene" | "code" | "prints" | "picture", _) => bail!("wants the name of a scene"),
            ("refused", _) => {
                bail!("wants a file of the topic and an error: {{{{refused src/lib.rs E0277}}}}")
            }
            ("mechanism" | "figures" | "notes" | "topics", _) => bail!("wants nothing more"),
            _ => bail!("there is no such directive"),
        }
    }

    fn topic(&self) -> Result<&'a Program> {
        self.topic.context("belongs in the chapter of a topic")
    }

    fn scene(&self, name: &str) -> Result<&'a shared::SceneDescription> {
        let program = self.topic()?;
        let known = program.scenes.iter().map(|scene| scene.name.as_str()).collect::<Vec<_>>().join(", ");
        let scene = program.scenes.iter().find(|scene| scene.name == name);
        scene.with_context(|| format!("no scene {name} in {}; there are: {known}", program.topic.name))
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

/// Markdown's code block around a text, whatever the text holds.
pub fn fenced(language: &str, text: &str) -> String {
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", text.trim_end())
}

/// Reads a file of the workspace.
pub fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// What may be in a path that a chapter names: a file in the topic's own folder.
pub fn inside(folder: &Path, path: &Path) -> Result<PathBuf> {
    let plain = path.components().all(|part| matches!(part, std::path::Component::Normal(_)));
    ensure!(plain, "{} is no path in the topic's folder", path.display());
    Ok(folder.join(path))
}
