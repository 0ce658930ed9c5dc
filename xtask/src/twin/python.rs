//! The Python that plays the twins: python3, in a virtual environment in the target
//! folder.
//!
//! An environment belongs to one interpreter and one content of `requirements.txt`,
//! which lies beside the topics, and is named after both: where one of them changes
//! there is another environment. It gets its name only when it is whole.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

use super::source;
use crate::print::note::note;
use crate::supervise::{Ended, Order, Report};
use crate::workspace::Workspace;

/// The oldest version in which the twins are written.
const OLDEST: (u32, u32) = (3, 11);

/// How to get Python where it is missing, or a part of it.
pub const REMEDY: &str =
    "sudo apt install python3 python3-venv, or what your system calls them";

/// How long pip may take, which brings things from far away.
const DEADLINE: Duration = Duration::from_mins(10);

/// The python3 of this machine.
#[derive(Debug)]
pub struct Python {
    /// The interpreter itself, wherever `python3` leads.
    program: PathBuf,
    /// `3.11.7`
    pub version: String,
}

impl Python {
    /// Finds it, and requires that it is new enough and can make virtual environments.
    pub fn find() -> Result<Self> {
        let Some(version) = ask(&["--version"])? else {
            bail!("python3 is missing, which plays the twins: {REMEDY}");
        };
        let version = version.strip_prefix("Python ").unwrap_or(&version).to_owned();
        let (major, minor) = OLDEST;
        ensure!(
            is_new_enough(&version),
            "python3 is {version}, and the twins need {major}.{minor} or later: \
             install a newer one, and let PATH lead to it first"
        );
        let program =
            ask(&["-c", "import ensurepip, venv, sys; print(sys.executable)"])?;
        let program = program.with_context(|| {
            format!(
                "python3 lacks its modules venv and ensurepip, which the twins need: \
                 {REMEDY}"
            )
        })?;
        Ok(Self { program: PathBuf::from(program), version })
    }

    /// The interpreter in the environment for the topics of this workspace, which is
    /// made if there is none yet.
    pub fn environment(&self, workspace: &Workspace) -> Result<PathBuf> {
        let path = workspace.crates.join("requirements.txt");
        let requirements = match fs::read_to_string(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            text => {
                Some(text.with_context(|| format!("cannot read {}", path.display()))?)
            }
        };
        let folder =
            workspace.target.join("twin").join(self.name(requirements.as_deref()));
        if !folder.exists() {
            note(&format!(
                "making {}, with what the twins import",
                workspace.relative(&folder)
            ));
            self.make(&folder, requirements.is_some().then_some(&path))?;
        }
        Ok(interpreter(&folder))
    }

    /// What the environment is called that has these requirements.
    fn name(&self, requirements: Option<&str>) -> String {
        let program = self.program.as_os_str().as_encoded_bytes();
        let hash =
            source::hash([program].into_iter().chain(requirements.map(str::as_bytes)));
        format!("{}-{}", self.version, &hash[..12])
    }

    /// Makes an environment under another name, which no other runner uses, and renames
    /// it when all is there.
    fn make(&self, folder: &Path, requirements: Option<&PathBuf>) -> Result<()> {
        let all = folder.parent().context("it is in no folder")?;
        fs::create_dir_all(all)
            .with_context(|| format!("cannot create {}", all.display()))?;
        let new = tempfile::Builder::new().prefix(".new-").tempdir_in(all)?;
        let unfinished = new.path().join("venv");
        let text =
            unfinished.to_str().context("the target folder's path is not Unicode")?;

        // Without requirements it is there at once: most of the time goes into pip.
        let pip = if requirements.is_some() { &[][..] } else { &["--without-pip"] };
        let made = Order::sandboxed(&self.program, DEADLINE)
            .args(["-m", "venv", text])
            .args(pip.iter().copied());
        check(&made.run()?)
            .with_context(|| format!("cannot make the virtual environment {text}"))?;
        if let Some(requirements) = requirements {
            install(&interpreter(&unfinished), requirements)?;
        }
        match fs::rename(&unfinished, folder) {
            // Another runner has made the same at the same time.
            Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => Ok(()),
            renamed => {
                renamed.with_context(|| format!("cannot create {}", folder.display()))
            }
        }
    }
}

fn interpreter(environment: &Path) -> PathBuf {
    environment.join("bin/python")
}

/// Asks python3 something; nothing if there is none, or if it fails.
fn ask(args: &[&str]) -> Result<Option<String>> {
    match Command::new("python3").args(args).stdin(Stdio::null()).output() {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).context("cannot run python3"),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            Ok(Some(said).filter(|_| output.status.success()))
        }
    }
}

/// Whether `3.11.7` is; also `3.15.0rc1`.
fn is_new_enough(version: &str) -> bool {
    let mut numbers = version.split('.').map(|number| number.parse::<u32>().ok());
    let (major, minor) = (numbers.next().flatten(), numbers.next().flatten());
    major.zip(minor).is_some_and(|version| version >= OLDEST)
}

/// Has pip install what the twins import: only what needs no compiler.
fn install(python: &Path, requirements: &Path) -> Result<()> {
    let path =
        requirements.to_str().context("the path of requirements.txt is not Unicode")?;
    let report = Order::sandboxed(python, DEADLINE)
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-input",
        ])
        .args(["--retries", "2", "--only-binary", ":all:", "--requirement", path])
        .run()?;
    check(&report).with_context(|| {
        format!(
            "cannot install what the twins import ({path}); is there a network? If \
             not, PIP_FIND_LINKS may name a folder with the wheels"
        )
    })
}

/// Requires that a tool has ended well, or says why not: pip and venv tell the error in
/// a line of its own, which need not be the last.
fn check(report: &Report) -> Result<()> {
    let lines = report.stderr.lines().chain(report.stdout.lines());
    match lines.filter_map(|line| line.strip_prefix("ERROR: ")).next_back() {
        Some(error) if report.ended != Ended::Code(0) => bail!("{error}"),
        _ => report.check(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        for new in ["3.11.0", "3.11.7", "3.15.0rc1", "4.0"] {
            assert!(is_new_enough(new), "{new}");
        }
        for old in ["3.9.2", "3.10.12", "2.7.18", "3", "", "three"] {
            assert!(!is_new_enough(old), "{old}");
        }
    }

    #[test]
    fn another_interpreter_or_other_requirements_have_another_environment() {
        let python = |program: &str, version: &str| Python {
            program: program.into(),
            version: version.into(),
        };
        let here = python("/usr/bin/python3", "3.11.7");
        let name = here.name(Some("gevent==1\n"));
        assert!(name.starts_with("3.11.7-"), "{name}");
        assert_eq!(name, here.name(Some("gevent==1\n")));
        let others = [
            here.name(Some("gevent==2\n")),
            here.name(Some("")),
            here.name(None),
            python("/opt/python3", "3.11.7").name(Some("gevent==1\n")),
            python("/usr/bin/python3", "3.12.1").name(Some("gevent==1\n")),
        ];
        assert!(!others.contains(&name), "{name}");
        assert_ne!(others[1], others[2], "with pip, and without");
    }
}
