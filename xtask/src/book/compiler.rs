//! The compiler's own words about an example that it refuses.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel};

use super::markdown::{hidden, read};
use crate::print::save;
use crate::workspace::Workspace;

/// The name of the file as which an example is compiled.
const EXAMPLE: &str = "example.rs";

/// An example that does not compile.
#[derive(Debug, Hash)]
pub struct Example {
    /// Its lines, those that rustdoc hides included.
    pub code: String,
    /// The error: `E0382`.
    pub error: String,
    /// Rust's edition: `2024`.
    pub edition: String,
}

impl Example {
    /// A block of code with such an error, by the words after its fence.
    pub fn of(info: &str, code: String, error: &str) -> Option<Self> {
        let mut words = info.split(',').map(str::trim);
        let edition = words.clone().find_map(|word| word.strip_prefix("edition"));
        let edition = edition.unwrap_or("2024").to_owned();
        let error = words.find(|word| *word == error)?.to_owned();
        Some(Self { code, error, edition })
    }
}

/// What rustc says of an example of a topic's documentation: its errors, as they stand
/// on a terminal, with the numbers of the lines that the book shows.
///
/// It is asked once for each state of the example and of the topics' libraries.
///
/// # Errors
/// If it accepts the example, or refuses it for another reason.
pub fn complaint(workspace: &Workspace, example: &Example) -> Result<String> {
    let libraries = libraries(workspace);
    let mut state = DefaultHasher::new();
    example.hash(&mut state);
    for (name, path) in &libraries {
        let metadata = fs::metadata(path)?;
        (name, metadata.len(), metadata.modified()?).hash(&mut state);
    }
    let folder =
        workspace.target.join("refused").join(format!("{:016x}", state.finish()));
    let kept = folder.join("errors.txt");
    if !kept.exists() {
        let path = folder.join(EXAMPLE);
        let (program, before) = program(&example.code);
        save::save(&path, &program)?;
        let rendered = ask(workspace, &path, &libraries, example)?;
        let path = path.display().to_string();
        save::save(&kept, &as_shown(&rendered, &path, &example.code, before))?;
    }
    read(&kept)
}

/// The libraries of the topics, which have just been built with the programs, by their
/// names.
fn libraries(workspace: &Workspace) -> Vec<(String, PathBuf)> {
    let names = workspace.topics.iter().map(|topic| topic.name.replace('-', "_"));
    let library = |name: String| {
        let path = workspace.target.join(format!("debug/lib{name}.rlib"));
        (name, path)
    };
    names.map(library).filter(|(_, path)| path.exists()).collect()
}

fn ask(
    workspace: &Workspace,
    path: &Path,
    libraries: &[(String, PathBuf)],
    example: &Example,
) -> Result<String> {
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(compiler);
    command
        // Where the paths in the libraries begin.
        .current_dir(&workspace.root)
        .arg(format!("--edition={}", example.edition))
        .args(["--error-format=json", "--emit=metadata", "-o"])
        .arg(path.with_extension("rmeta"))
        .arg(path)
        .arg("-L")
        .arg(format!("dependency={}", workspace.target.join("debug/deps").display()));
    for (name, path) in libraries {
        command.arg("--extern").arg(format!("{name}={}", path.display()));
    }
    let output = command.output().context("cannot start rustc")?;
    let errors: Vec<Diagnostic> = String::from_utf8_lossy(&output.stderr)
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .filter(|it: &Diagnostic| {
            it.level == DiagnosticLevel::Error && !it.spans.is_empty()
        })
        .collect();
    let codes: Vec<&str> = errors
        .iter()
        .map(|error| error.code.as_ref().map_or("no code", |code| code.code.as_str()))
        .collect();
    let expected = &example.error;
    if codes.is_empty() {
        bail!("rustc accepts it, and does not say {expected}");
    }
    if codes.iter().any(|code| code != expected) {
        bail!("rustc says {} of it, not {expected}", codes.join(", "));
    }
    Ok(errors.iter().filter_map(|it| it.rendered.as_deref()).collect())
}

/// The example as a program, as rustdoc makes one of it, and the number of lines before
/// the example's first.
fn program(example: &str) -> (String, usize) {
    let lines = example.lines().map(|line| hidden(line).unwrap_or(line));
    let code = lines.collect::<Vec<_>>().join("\n");
    if code.contains("fn main()") {
        return (code, 0);
    }
    let returned = if code.trim_end().ends_with("(())") {
        " -> Result<(), impl std::fmt::Debug>"
    } else {
        ""
    };
    let main = if returned.is_empty() { "example()" } else { "example().unwrap()" };
    let program =
        format!("fn main() {{ {main}; }} fn example(){returned} {{\n{code}\n}}\n");
    (program, 1)
}

/// The text with the example's name for its path, and the numbers of its lines as they
/// are shown. The example has `before` lines before its first.
fn as_shown(rendered: &str, path: &str, example: &str, before: usize) -> String {
    let numbers = numbers(example);
    let shown = |line: &str| -> Option<usize> {
        let place = line.parse::<usize>().ok()?.checked_sub(1 + before)?;
        *numbers.get(place)?
    };
    let mut of_example = true;
    let lines = rendered.lines().map(|line| {
        if let Some(end) = ["--> ", "::: "].iter().find_map(|it| end_of(line, it)) {
            let (arrow, place) = line.split_at(end);
            let place = place.strip_prefix(path).and_then(|it| it.strip_prefix(':'));
            of_example = place.is_some();
            let Some(place) = place else { return line.to_owned() };
            let number = place.split(':').next().and_then(shown);
            let number = number.map_or_else(String::new, |number| format!(":{number}"));
            return format!("{arrow}{EXAMPLE}{number}");
        }
        let margin = line.find(['|', '~', '+', '-']).unwrap_or_default();
        let (digits, rest) = line.split_at(margin);
        if !of_example || digits.trim().parse::<usize>().is_err() {
            return line.to_owned();
        }
        let number = shown(digits.trim()).map(|number| number.to_string());
        format!("{:<margin$}{rest}", number.unwrap_or_default())
    });
    let lines = lines.map(|line| without_hash(&line.replace(path, EXAMPLE)));
    lines.collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

/// The number under which each line of an example is shown; hidden lines have none.
fn numbers(example: &str) -> Vec<Option<usize>> {
    let mut shown = 0;
    let number = |line: &str| {
        let is_shown = hidden(line).is_none();
        shown += usize::from(is_shown);
        is_shown.then_some(shown)
    };
    example.lines().map(number).collect()
}

/// Where a part of a line ends.
fn end_of(line: &str, part: &str) -> Option<usize> {
    line.find(part).map(|begin| begin + part.len())
}

/// A line without the folder in which Rust's own libraries were built.
fn without_hash(line: &str) -> String {
    let cut = line.split_once("/rustc/").and_then(|(before, built)| {
        let (_hash, path) = built.split_once('/')?;
        Some(format!("{before}{path}"))
    });
    cut.unwrap_or_else(|| line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_the_numbers_that_are_shown() {
        let example = "# use a::B;\nlet b = B;\n# let c = 1;\ndrop(b);";
        let rendered = [
            "error[E0382]: use of moved value: `b`",
            " --> /target/x/example.rs:4:6",
            "  |",
            "1 | use a::B;",
            "2 | let b = B;",
            "  |     - here",
            "4 | drop(b);",
            "  |      ^",
            " --> /rustc/59807616/library/std/src/a.rs:4:1",
            "4 | fn a() {",
            "",
        ];
        let shown = [
            "error[E0382]: use of moved value: `b`",
            " --> example.rs:2",
            "  |",
            "  | use a::B;",
            "1 | let b = B;",
            "  |     - here",
            "2 | drop(b);",
            "  |      ^",
            " --> library/std/src/a.rs:4:1",
            "4 | fn a() {",
        ];
        assert_eq!(
            as_shown(&rendered.join("\n"), "/target/x/example.rs", example, 0),
            shown.join("\n")
        );
    }

    #[test]
    fn an_example_is_wrapped_as_rustdoc_wraps_it() {
        assert_eq!(
            program("# let a = 1;\nb(a)"),
            (
                "fn main() { example(); } fn example() {\nlet a = 1;\nb(a)\n}\n".into(),
                1
            )
        );
        assert_eq!(program("fn main() {}"), ("fn main() {}".into(), 0));
        assert!(program("f()?;\n# Ok::<(), E>(())").0.contains("Result<(), impl"));
    }

    #[test]
    fn an_example_names_its_error_and_its_edition() {
        let example = |info| Example::of(info, String::new(), "E0597");
        assert_eq!(example("compile_fail,E0597").expect("one").edition, "2024");
        let old = example("compile_fail,E0597,edition2021").expect("one");
        assert_eq!(old.edition, "2021");
        assert!(example("compile_fail,E0382").is_none());
    }
}
