//! Markdown for a chapter, and the files that it is made of.

use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

/// Markdown's code block around a text, whatever the text holds.
pub fn fenced(language: &str, text: &str) -> String {
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", text.trim_end())
}

/// Reads a file of the workspace.
pub fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path)
        .with_context(|| format!("cannot read {}", path.display()))
}

/// What may be in a path that a chapter names: a file in the topic's own folder.
pub fn inside(folder: &Path, path: &Path) -> Result<PathBuf> {
    let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    ensure!(plain, "{} is no path in the topic's folder", path.display());
    Ok(folder.join(path))
}

/// The class of the paragraph that a page has in place of a directive that cannot be
/// expanded.
pub const FAULT: &str = "fault";

/// The code of a line that rustdoc hides in an example, if it is one: `# use a::B;`.
pub fn hidden(line: &str) -> Option<&str> {
    let code = line.trim_start();
    if code == "#" { Some("") } else { code.strip_prefix("# ") }
}
