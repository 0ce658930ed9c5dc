//! What a supervisor is to run, and how the runner has it run.

use std::io::Read as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};

use super::lifelines::{self, Interrupted, interrupted};
use super::report::Report;

/// What a supervisor is to run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Order {
    /// The program, and where it runs, if not where the runner does.
    pub(super) program: PathBuf,
    pub(super) folder: Option<PathBuf>,
    pub(super) args: Vec<String>,
    pub(super) env: Vec<(String, String)>,
    /// How long it may take.
    pub(super) deadline: Option<Duration>,
    /// A process of it that is killed on the way.
    pub(super) strike: Option<Strike>,
    /// How many bytes of its standard output are kept.
    pub(super) keep: usize,
    /// Whether its standard error is kept in the report. Otherwise it is the runner's.
    pub(super) keeps_errors: bool,
    /// Whether it runs in a sandbox: a TMPDIR and a trace of its own, nothing left
    /// behind. Otherwise it may leave processes (a compiler's cache).
    pub(super) sandboxed: bool,
}

/// SIGKILL to one of a program's processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strike {
    /// How long after the program was started.
    pub after: Duration,
    /// Which process: the remainder of this number by how many there are.
    pub choice: u64,
}

impl Order {
    /// A program that runs in a sandbox.
    pub fn sandboxed(program: &Path, deadline: Duration) -> Self {
        Self {
            sandboxed: true,
            keeps_errors: true,
            deadline: Some(deadline),
            keep: 256 * 1024,
            ..Self::plain(program)
        }
    }

    /// A program that needs no sandbox: a tool.
    pub fn plain(program: &Path) -> Self {
        Self {
            program: program.to_owned(),
            folder: None,
            args: Vec::new(),
            env: Vec::new(),
            deadline: None,
            strike: None,
            keep: 256 * 1024 * 1024,
            keeps_errors: false,
            sandboxed: false,
        }
    }

    pub fn args<S: Into<String>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    pub fn env(mut self, name: &str, value: &Path) -> Self {
        self.env.push((name.to_owned(), value.display().to_string()));
        self
    }

    pub fn folder(mut self, folder: &Path) -> Self {
        self.folder = Some(folder.to_owned());
        self
    }

    /// Kills one of its processes on the way.
    pub fn strike(mut self, strike: Strike) -> Self {
        self.strike = Some(strike);
        self
    }

    /// Keeps its standard error in the report, instead of showing it.
    pub fn keep_errors(mut self) -> Self {
        self.keeps_errors = true;
        self
    }

    /// Keeps so many bytes of its standard output.
    pub fn keep(mut self, bytes: usize) -> Self {
        self.keep = bytes;
        self
    }

    /// How many bytes of standard output are kept.
    pub fn kept(&self) -> usize {
        self.keep
    }

    /// Runs it and waits until nothing of it is left.
    pub fn run(&self) -> Result<Report> {
        let mut supervisor = Command::new("/proc/self/exe")
            .arg0("xtask-supervisor")
            .arg(SUBCOMMAND)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // A Ctrl-C in the terminal reaches the runner alone, which then drops the
            // lifelines.
            .process_group(0)
            .spawn()
            .context("cannot start a supervisor")?;

        let order = serde_json::to_string(self)?;
        let number = match supervisor
            .stdin
            .take()
            .map(|lifeline| lifelines::add(lifeline, &order))
        {
            Some(Ok(number)) => Some(number),
            // An interrupted runner starts nothing more: the supervisor finds no order,
            // and ends.
            None | Some(Err(_)) => None,
        };
        let mut report = String::new();
        let read = supervisor
            .stdout
            .take()
            .map(|mut stdout| stdout.read_to_string(&mut report))
            .transpose();
        let status = supervisor.wait().context("cannot wait for a supervisor")?;
        number.inspect(|number| lifelines::drop(*number));
        read.context("cannot read a supervisor's report")?;
        if interrupted() {
            bail!(Interrupted);
        }
        if report.is_empty() {
            bail!(
                "the supervisor of {} ended without a report ({status})",
                self.program.display()
            );
        }
        serde_json::from_str::<Result<Report, String>>(&report)?
            .map_err(anyhow::Error::msg)
    }
}

/// The hidden subcommand by which the runner starts its supervisors.
pub const SUBCOMMAND: &str = "supervise";
