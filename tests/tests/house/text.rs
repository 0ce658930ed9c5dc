//! Lines, lengths and first lines.

use unicode_width::UnicodeWidthStr as _;

use crate::tree::{Source, none, sources};

const COLUMNS: usize = 88;

/// The most lines of a file, and the most lines of a scene that are not blank.
const LINES: usize = 400;
const SCENE_LINES: usize = 70;

#[test]
fn every_line_fits_88_columns() {
    let code = sources(&["rs", "py", "toml", "css", "js"]);
    let wide = code.iter().flat_map(|source| wide_lines(source, false));
    let prose = sources(&["md"]);
    let wide: Vec<_> =
        wide.chain(prose.iter().flat_map(|source| wide_lines(source, true))).collect();
    none(&wide, "a line has at most 88 columns");
}

/// The lines that are too wide. Apart from the rule are the rows of tables, which
/// cannot be broken, and in prose also code blocks, which show real output, and links.
fn wide_lines(source: &Source, is_prose: bool) -> Vec<String> {
    let mut in_block = false;
    let mut wide = Vec::new();
    for (line, number) in source.text.lines().zip(1..) {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        }
        let content = line.trim_start_matches(['/', '!', ' ']);
        let is_table = content.starts_with('|');
        let is_link = content.split_whitespace().any(|word| word.contains("](http"));
        let is_apart = is_table || (is_prose && (in_block || is_link));
        let width = line.width();
        if width > COLUMNS && !is_apart {
            wide.push(format!("{}:{number}: {width} columns", source.path.display()));
        }
    }
    wide
}

#[test]
fn every_source_begins_with_its_role() {
    let without: Vec<_> = sources(&["rs"])
        .iter()
        .filter(|source| !source.text.starts_with("//! "))
        .map(|source| source.path.display().to_string())
        .collect();
    none(&without, "a source file begins with a `//!` line that says its role");
}

#[test]
fn no_file_is_long() {
    let lengths = sources(&["rs", "py"]).into_iter().filter_map(|source| {
        let (lines, most) = if source.is_scene() {
            let full = source.text.lines().filter(|line| !line.trim().is_empty());
            (full.count(), SCENE_LINES)
        } else {
            (source.text.lines().count(), LINES)
        };
        (lines > most).then(|| {
            format!("{}: {lines} lines, at most {most}", source.path.display())
        })
    });
    none(&lengths.collect::<Vec<_>>(), "a file tells one thing");
}

#[test]
fn no_module_is_a_lumber_room() {
    let lumber = ["common", "helper", "helpers", "misc", "util", "utils"];
    let named: Vec<_> = sources(&["rs", "py"])
        .iter()
        .filter(|source| {
            source.path.components().any(|part| {
                let name = part.as_os_str().to_string_lossy();
                lumber.contains(&name.trim_end_matches(".rs").trim_end_matches(".py"))
            })
        })
        .map(|source| source.path.display().to_string())
        .collect();
    none(&named, "a module's name says what it holds");
}
