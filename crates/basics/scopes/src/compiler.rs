//! The compiler as a judge: does it accept a program, and if not, why?

use std::io::{self, Write as _};
use std::process::{Command, Stdio};

use serde_json::Value;

/// Why there is no verdict.
///
/// ```
/// let missing = scopes::CompilerError::Missing(std::io::ErrorKind::NotFound.into());
/// assert_eq!(missing.to_string(), "cannot start rustc: entity not found");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompilerError {
    /// The compiler could not be started.
    #[error("cannot start rustc: {0}")]
    Missing(io::Error),
    /// The compiler could not be given the program, or its answer not be read.
    #[error("cannot talk to rustc: {0}")]
    Broken(#[from] io::Error),
    /// The compiler failed without a word about the program.
    #[error("rustc failed: {0}")]
    Failed(String),
}

/// A complaint of the compiler.
///
/// ```
/// let verdict = scopes::check("fn main() { x }")?;
/// assert_eq!(verdict[0].code, "E0425");
/// assert_eq!(verdict[0].line, 1);
/// assert!(verdict[0].rendered.starts_with("error[E0425]: "));
/// # Ok::<(), scopes::CompilerError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The code of the error, such as `E0425`; empty if it has none.
    pub code: String,
    /// The line of the program, from 1; 0 if the error belongs to no line.
    pub line: u64,
    /// The whole text, as it stands on a terminal.
    pub rendered: String,
}

/// Checks a program of the edition 2024, without running it, and returns the errors; no
/// error means that the program is accepted.
///
/// The compiler is the one that `RUSTC` names, or else `rustc`.
///
/// # Errors
/// If the compiler cannot be asked.
///
/// ```
/// assert_eq!(scopes::check("fn main() {}")?, []);
/// # Ok::<(), scopes::CompilerError>(())
/// ```
pub fn check(program: &str) -> Result<Vec<Complaint>, CompilerError> {
    let folder = tempfile::tempdir()?;
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut child = Command::new(compiler)
        .args(["--edition=2024", "--crate-name=program", "--emit=metadata"])
        .args(["--error-format=json", "--out-dir"])
        .arg(folder.path())
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(CompilerError::Missing)?;
    // The pipe is closed at the end of the line, so the compiler sees the end.
    let written = child.stdin.take().map(|mut pipe| pipe.write_all(program.as_bytes()));
    let output = child.wait_with_output()?;
    written.transpose()?;

    let said = String::from_utf8_lossy(&output.stderr);
    let complaints: Vec<Complaint> = said.lines().filter_map(complaint).collect();
    if output.status.success() == complaints.is_empty() {
        Ok(complaints)
    } else {
        let said = said.trim().replace('\n', " ");
        Err(CompilerError::Failed(format!("{}; it said {said:?}", output.status)))
    }
}

/// The error in a line of JSON, unless it is a warning, or only counts the errors.
fn complaint(line: &str) -> Option<Complaint> {
    let line: Value = serde_json::from_str(line).ok()?;
    let spans = line["spans"].as_array().filter(|spans| !spans.is_empty());
    let is_error = line["level"] == "error" && spans.is_some();
    is_error.then(|| Complaint {
        code: line["code"]["code"].as_str().unwrap_or_default().to_owned(),
        line: line["spans"][0]["line_start"].as_u64().unwrap_or_default(),
        rendered: line["rendered"].as_str().unwrap_or_default().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_are_no_complaints() {
        let unused = check("fn main() { let x = 1; }").expect("a verdict");
        assert_eq!(unused, []);
    }

    #[test]
    fn each_error_is_a_complaint_with_its_line() {
        let verdict = check("fn main() {\n    x;\n    y;\n}").expect("a verdict");
        let codes: Vec<_> =
            verdict.iter().map(|it| (it.code.as_str(), it.line)).collect();
        assert_eq!(codes, [("E0425", 2), ("E0425", 3)]);
    }

    #[test]
    fn a_program_that_cannot_be_read_is_a_complaint() {
        let verdict = check("fn main() {").expect("a verdict");
        assert_eq!(verdict.len(), 1);
        assert_eq!(verdict[0].code, "");
    }
}
