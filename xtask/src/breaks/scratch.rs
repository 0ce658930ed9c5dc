//! Copies of the workspace in which breaks are applied.
//!
//! A copy has a target folder of its own and is kept from one call to the next, so that
//! only the crates that a break changes are compiled. A break is never applied in the
//! workspace itself, nor built in its target folder: a reader would run broken code.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use walkdir::WalkDir;

use super::change::Change;
use crate::supervise::Order;
use crate::workspace::Workspace;

/// How many copies there may be: more calls than that at the same time are a mistake.
const MOST: usize = 64;

/// A copy of the workspace, this process's alone until it is dropped.
pub struct Scratch {
    /// Its folder: `target/break/N/workspace`.
    pub root: PathBuf,
    original: PathBuf,
    /// The file in which a break has been applied.
    changed: Option<PathBuf>,
    /// Locked while the copy is in use.
    _lock: File,
}

impl Scratch {
    /// Takes the first copy that is not in use, and brings it up to date.
    pub fn open(workspace: &Workspace) -> Result<Self> {
        let folder = workspace.target.join("break");
        for number in 0..MOST {
            let folder = folder.join(number.to_string());
            fs::create_dir_all(&folder)
                .with_context(|| format!("cannot create {}", folder.display()))?;
            let lock = File::create(folder.join("lock"))
                .with_context(|| format!("cannot create {}/lock", folder.display()))?;
            if lock.try_lock().is_err() {
                continue;
            }
            let root = folder.join("workspace");
            let original = workspace.root.clone();
            let scratch = Self { root, original, changed: None, _lock: lock };
            scratch.update(workspace)?;
            return Ok(scratch);
        }
        bail!("{MOST} copies of the workspace are in use in {}", folder.display())
    }

    /// The folder in which the copy is built.
    pub fn target(&self) -> PathBuf {
        self.root.join("target")
    }

    /// Takes over what another copy has built, unless this one has built something: to
    /// copy is faster than to compile.
    pub fn take_over(&self, other: &Self) -> Result<()> {
        if self.target().exists() {
            return Ok(());
        }
        // With the times of the files: by them cargo knows what is up to date.
        let order = Order::plain(Path::new("cp"))
            .args(["--archive", "--reflink=auto"])
            .args([other.target().display().to_string()])
            .args([self.target().display().to_string()]);
        order.run()?.check().context("cannot copy the target folder")
    }

    /// Applies a change, and undoes the one before.
    pub fn apply(&mut self, file: &Path, change: &Change) -> Result<()> {
        if self.changed.as_deref().is_some_and(|changed| changed != file) {
            self.restore()?;
        }
        self.changed = Some(file.to_owned());
        write(&self.root.join(file), change.after().as_bytes())
    }

    /// Undoes the change.
    fn restore(&mut self) -> Result<()> {
        let Some(file) = self.changed.take() else { return Ok(()) };
        copy(&self.original.join(&file), &self.root.join(&file))
    }

    /// Makes the copy the same as the workspace. Files that are the same already keep
    /// their times.
    fn update(&self, workspace: &Workspace) -> Result<()> {
        let files = files(workspace)?;
        for file in &files {
            copy(&workspace.root.join(file), &self.root.join(file))?;
        }
        let kept = WalkDir::new(&self.root)
            .into_iter()
            .filter_entry(|entry| entry.path() != self.target());
        for entry in kept {
            let entry = entry?;
            let inside = entry.path().strip_prefix(&self.root)?;
            if !entry.file_type().is_dir() && !files.contains(inside) {
                fs::remove_file(entry.path())
                    .with_context(|| entry.path().display().to_string())?;
                // To cargo a folder without a manifest would be a member all the same.
                let mut folder = entry.path().parent();
                while let Some(empty) = folder.filter(|it| fs::remove_dir(it).is_ok()) {
                    folder = empty.parent();
                }
            }
        }
        Ok(())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A change that stays is undone when the copy is opened again.
        let _ = self.restore();
    }
}

/// The files that make up the workspace, relative to its folder: those beside its
/// manifest, cargo's configuration, and those of its members.
fn files(workspace: &Workspace) -> Result<BTreeSet<PathBuf>> {
    let root = &workspace.root;
    let mut files = BTreeSet::new();
    let mut add = |walk: WalkDir| -> Result<()> {
        let outside =
            |path: &Path| path == workspace.target || path.ends_with("__pycache__");
        for entry in walk.into_iter().filter_entry(|entry| !outside(entry.path())) {
            let entry = entry?;
            if entry.file_type().is_file() {
                files.insert(entry.path().strip_prefix(root)?.to_owned());
            }
        }
        Ok(())
    };
    add(WalkDir::new(root).max_depth(1))?;
    if root.join(".cargo").exists() {
        add(WalkDir::new(root.join(".cargo")))?;
    }
    for folder in &workspace.folders {
        add(WalkDir::new(folder))?;
    }
    Ok(files)
}

/// Copies a file unless it is the same already.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let text =
        fs::read(from).with_context(|| format!("cannot read {}", from.display()));
    write(to, &text?)
}

fn write(path: &Path, text: &[u8]) -> Result<()> {
    let written = || match fs::read(path) {
        Ok(old) if old == text => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            fs::create_dir_all(path.parent().unwrap_or(Path::new("")))?;
            fs::write(path, text)
        }
        _ => fs::write(path, text),
    };
    written().with_context(|| format!("cannot write {}", path.display()))
}
