//! The files of the workspace, without those that are built or hidden.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use tests::root;

/// A text file of the workspace.
pub struct Source {
    /// Its path below the workspace's folder.
    pub path: PathBuf,
    pub text: String,
}

impl Source {
    pub fn is_scene(&self) -> bool {
        self.path.parent().is_some_and(|folder| folder.ends_with("src/scenes"))
    }
}

/// All files whose names end in one of the extensions, in the order of their paths.
pub fn sources(extensions: &[&str]) -> Vec<Source> {
    let mut paths = Vec::new();
    list(root(), &mut paths);
    paths.retain(|path| {
        let extension = path.extension().and_then(OsStr::to_str).unwrap_or_default();
        extensions.contains(&extension)
    });
    paths.sort();
    let read = |path: PathBuf| Source {
        text: fs::read_to_string(&path).unwrap(),
        path: path.strip_prefix(root()).unwrap().to_owned(),
    };
    paths.into_iter().map(read).collect()
}

fn list(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            list(&path, paths);
        } else if path.is_file() {
            paths.push(path);
        }
    }
}

/// Fails with all faults at once, one in a line.
pub fn none(faults: &[String], rule: &str) {
    assert!(faults.is_empty(), "{rule}:\n{}", faults.join("\n"));
}
