//! The sandbox of a program: a TMPDIR and a trace of its own.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use shared::trace::Record;
use tempfile::TempDir;
use walkdir::WalkDir;

use super::report::Left;

/// A folder with a TMPDIR for the program, and beside it the trace of what it does.
pub struct Sandbox(TempDir);

impl Sandbox {
    pub fn create() -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("scene-")
            .tempdir()
            .context("no temporary folder")?;
        let sandbox = Self(folder);
        fs::create_dir(sandbox.tmp())
            .with_context(|| format!("cannot create {}", sandbox.tmp().display()))?;
        Ok(sandbox)
    }

    pub fn tmp(&self) -> PathBuf {
        self.0.path().join("tmp")
    }

    pub fn trace(&self) -> PathBuf {
        self.0.path().join("trace")
    }

    /// Collects the records and the files left behind, and removes the folder.
    pub fn clear(self) -> Result<(Vec<Record>, Vec<Left>)> {
        let mut records = Vec::new();
        if let Ok(trace) = fs::File::open(self.trace()) {
            for line in BufReader::new(trace).lines() {
                // A process killed as it writes leaves half a line, which is no
                // record.
                records.extend(serde_json::from_str::<Record>(&line?));
            }
        }
        let files =
            list_files(&self.tmp()).context("cannot list what is left in TMPDIR")?;
        self.0.close().context("cannot remove the temporary folder")?;
        Ok((records, files))
    }
}

/// Lists the files of a folder and its empty folders, by their paths in it.
fn list_files(root: &Path) -> Result<Vec<Left>> {
    let mut left = Vec::new();
    for entry in WalkDir::new(root).min_depth(1).sort_by_file_name() {
        let entry = entry?;
        let path = entry.path().strip_prefix(root)?.display();
        if !entry.file_type().is_dir() {
            left.push(Left::File { path: path.to_string() });
        } else if fs::read_dir(entry.path())?.next().is_none() {
            left.push(Left::File { path: format!("{path}/") });
        }
    }
    Ok(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_empty_folders_are_listed_by_their_paths() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(folder.path().join("a/b")).expect("folders");
        fs::write(folder.path().join("a/x"), "").expect("a file");
        let files = list_files(folder.path()).expect("listed");
        let file = |path: &str| Left::File { path: path.to_owned() };
        assert_eq!(files, [file("a/b/"), file("a/x")]);
    }
}
