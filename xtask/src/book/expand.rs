//! The preprocessor: mdbook gives it the whole book as JSON, and it gives the book back
//! with all directives expanded.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::directive::{self, Directive, Piece};
use super::markdown::FAULT;
use super::pictures::Pictures;
use super::place::{Place, Shelf, chapter_of};
use super::{documentation, exercise, index, measured, scene, schedules};
use crate::programs::{self, Program};
use crate::twin::figures::{self, Figures};
use crate::workspace::Workspace;

/// The hidden subcommand by which mdbook calls the preprocessor; `docs/book.toml` names
/// it.
pub const SUBCOMMAND: &str = "expand";

/// A directive that cannot be expanded is told in a line, and the page shows that line
/// in its place: the author of a chapter sees the rest of it, and the other chapters.
pub fn expand(workspace: &Workspace) -> Result<()> {
    let mut input = String::new();
    std::io::stdin().read_to_string(&mut input)?;
    let (_context, mut book): (Value, Value) = serde_json::from_str(&input)
        .context("standard input is no book: it is mdbook that calls this")?;
    let programs = programs::build(workspace, &workspace.asked(&[])?)?;

    let (mut chapters, mut shown) = (Vec::new(), Vec::new());
    each_chapter(&mut book, &mut |path, content| {
        let topic = programs.iter().find(|program| chapter_of(program) == path);
        let scenes = topic
            .iter()
            .flat_map(|program| scenes_pictured(program, content))
            .collect::<Vec<_>>();
        shown.extend(topic.map(|program| (program, scenes)));
        chapters.push(path.to_owned());
    });
    let mut pictures = Pictures::of(workspace);
    pictures.draw(&shown)?;

    let figures = Figures::read(&workspace.root.join(figures::FILE))?;
    let shelf = Shelf { workspace, programs: &programs, chapters, pictures, figures };
    each_chapter(&mut book, &mut |path, content| {
        *content = shelf.chapter(path, content);
    });
    std::io::stdout().write_all(book.to_string().as_bytes())?;
    Ok(())
}

/// The scenes of a topic whose pictures its chapter shows.
fn scenes_pictured<'a>(program: &'a Program, chapter: &str) -> Vec<&'a str> {
    let wanted: Vec<_> =
        directive::directives(chapter).filter(|it| it.name == "picture").collect();
    let is_wanted =
        |scene: &&str| wanted.iter().any(|directive| directive.args == [*scene]);
    program.scenes.iter().map(|scene| scene.name.as_str()).filter(is_wanted).collect()
}

/// Visits all chapters that have a file, with their paths and contents.
fn each_chapter(book: &mut Value, visit: &mut impl FnMut(&Path, &mut String)) {
    for key in ["items", "sub_items"] {
        for item in
            book.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten()
        {
            let Some(chapter) = item.get_mut("Chapter") else { continue };
            let path = chapter["source_path"].as_str().map(PathBuf::from);
            if let (Some(path), Value::String(content)) =
                (path, &mut chapter["content"])
            {
                visit(&path, content);
            }
            each_chapter(chapter, visit);
        }
    }
}

impl Shelf<'_> {
    fn chapter(&self, path: &Path, content: &str) -> String {
        let topic = self.programs.iter().find(|program| chapter_of(program) == path);
        let place = Place { shelf: self, path, topic };
        let mut expanded = String::new();
        let mut styled = false;
        for piece in directive::pieces(content) {
            let directive = match piece {
                Piece::Text(text) => {
                    expanded += text;
                    continue;
                }
                Piece::Directive(directive) => directive,
            };
            // What pictures and runs look like stands once in a page that has some.
            if matches!(directive.name, "picture" | "prints") && !styled {
                expanded += "\n<style>\n";
                expanded += timeline::STYLE;
                expanded += "</style>\n";
                styled = true;
            }
            let markdown = place.expand(&directive).unwrap_or_else(|error| {
                let Directive { name, line, .. } = directive;
                let fault = format!(
                    "docs/src/{}:{line}: {{{{{name}}}}}: {error:#}",
                    path.display()
                );
                format!("<p class=\"{FAULT}\">{}</p>", escaped(&fault))
            });
            // A blank line on both sides, so that it is a paragraph of its own.
            expanded.extend(["\n", markdown.trim_end(), "\n\n"]);
        }
        expanded
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

impl Place<'_> {
    fn expand(&self, directive: &Directive<'_>) -> Result<String> {
        match (directive.name, &directive.args[..]) {
            ("scene", [name]) => {
                Ok(scene::heading(self, self.topic()?, self.scene(name)?))
            }
            ("code", [name]) => scene::code(self, self.topic()?, self.scene(name)?),
            ("prints", [name]) => scene::prints(self, self.topic()?, self.scene(name)?),
            ("picture", [name]) => self.picture(self.topic()?, self.scene(name)?),
            ("schedules", [name]) => {
                schedules::schedules(self.topic()?, self.scene(name)?)
            }
            ("breaks", [name]) => {
                exercise::breaks(self, self.topic()?, self.scene(name)?)
            }
            ("refused", [path, code]) => {
                let topic = &self.topic()?.topic;
                documentation::refused(
                    self.shelf.workspace,
                    topic,
                    Path::new(path),
                    code,
                )
            }
            ("mechanism", []) => documentation::mechanism(&self.topic()?.topic),
            ("figures", []) => self.figures(),
            ("notes", []) => Ok(index::notes(self)),
            ("topics", []) => Ok(index::topics(self)),
            ("scene" | "code" | "prints" | "picture" | "schedules" | "breaks", _) => {
                bail!("wants the name of a scene")
            }
            ("refused", _) => {
                bail!(
                    "wants a file of the topic and an error: {{{{refused src/lib.rs \
                     E0277}}}}"
                )
            }
            ("mechanism" | "figures" | "notes" | "topics", _) => {
                bail!("wants nothing more")
            }
            _ => bail!("there is no such directive"),
        }
    }

    fn picture(
        &self,
        program: &Program,
        scene: &shared::SceneDescription,
    ) -> Result<String> {
        if let Some(line) = self.shelf.pictures.skipped(program, &scene.name) {
            return Ok(format!("<p class=\"skipped\">{}</p>\n", escaped(line)));
        }
        let picture = self.shelf.pictures.read(program, &scene.name)?;
        // To Markdown a blank line ends what is HTML.
        let lines = picture
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect::<Vec<_>>()
            .join("\n");
        Ok(format!("<div class=\"picture\" tabindex=\"0\">\n{lines}\n</div>\n"))
    }

    /// The figures of the topic; in a chapter that is no topic's, those of all.
    fn figures(&self) -> Result<String> {
        let figures = &self.shelf.figures;
        if let Some(program) = self.topic {
            return measured::of_topic(figures, program, "");
        }
        let tables = self.shelf.programs.iter().map(|program| {
            let chapter = self.to(&chapter_of(program).display().to_string());
            let topic = &program.topic.name;
            Ok(format!(
                "## {topic}\n\n{}\n",
                measured::of_topic(figures, program, &chapter)?
            ))
        });
        tables.collect()
    }
}
