//! mdbook, which makes pages of chapters: found, or installed once.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::print::note::note;
use crate::supervise::{Ended, Order};
use crate::workspace::Workspace;

/// The version that the book is built with: others number their headings and name their
/// files otherwise.
pub const VERSION: &str = "0.5.4";

/// Where mdbook is: on PATH or below the target folder.
pub fn find(workspace: &Workspace) -> Option<PathBuf> {
    [PathBuf::from("mdbook"), installed(workspace)]
        .into_iter()
        .find(|program| is_that_version(program))
}

/// Finds mdbook, or installs it.
pub fn find_or_install(workspace: &Workspace) -> Result<PathBuf> {
    if let Some(program) = find(workspace) {
        return Ok(program);
    }
    let folder = folder(workspace);
    note(&format!(
        "installing mdbook {VERSION} into {}, once: this takes about three minutes",
        workspace.relative(&folder)
    ));
    let cargo =
        std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
    let root = folder.display().to_string();
    let report = Order::plain(&cargo)
        .args(["install", "mdbook", "--version", VERSION, "--locked", "--root", &root])
        .folder(&workspace.root)
        .run()?;
    ensure!(report.ended == Ended::Code(0), "cargo install mdbook failed");
    find(workspace).context("cargo install mdbook has not installed it")
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target.join(format!("mdbook-{VERSION}"))
}

fn installed(workspace: &Workspace) -> PathBuf {
    folder(workspace).join("bin/mdbook")
}

fn is_that_version(program: &Path) -> bool {
    let output = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    output.is_ok_and(|output| {
        String::from_utf8_lossy(&output.stdout).trim() == format!("mdbook v{VERSION}")
    })
}
