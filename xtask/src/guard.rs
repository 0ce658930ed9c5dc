//! Runs a program so that nothing of it outlives it, or outlives the runner.
//!
//! Each program that the runner starts has a guard: a process of the runner's own
//! executable that starts the program, watches it, and ends when nothing of it is left.
//! A guard is a subreaper (prctl(2), `PR_SET_CHILD_SUBREAPER`): whatever the program
//! starts stays below it in the tree of processes, however it detaches itself, so
//! everything it leaves behind is found, and never taken for what another scene left.
//!
//! The guard's standard input is its lifeline. When the runner drops it, by Ctrl-C or
//! by dying itself, the guard kills and reaps everything below it and removes the
//! temporary files.

mod output;
mod processes;
mod procfs;
mod stage;

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};
use shared::SKIPPED;
use shared::line::MARK;
use shared::trace::Record;

/// What a guard is to run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Order {
    /// The program, and where it runs, if not where the runner does.
    program: PathBuf,
    folder: Option<PathBuf>,
    args: Vec<String>,
    env: Vec<(String, String)>,
    /// How long it may take.
    deadline: Option<Duration>,
    /// How many bytes of its standard output are kept.
    keep: usize,
    /// Whether it plays on a stage: a TMPDIR and a trace of its own, its errors kept,
    /// nothing left behind. Otherwise it may leave processes (a compiler's cache), and
    /// its errors are the runner's.
    staged: bool,
}

/// What came of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    /// How it ended.
    pub ended: Ended,
    /// How long it ran.
    pub time: Duration,
    /// The CPU time, user's and system's, of all its processes.
    pub cpu: Duration,
    /// How many bytes of memory the largest of its processes had at its peak (its
    /// resident set).
    pub peak: u64,
    /// What it wrote to standard output, as far as it was kept.
    pub stdout: String,
    /// How many bytes that was in all.
    pub stdout_bytes: usize,
    /// The end of what it wrote to standard error.
    pub stderr: String,
    /// How many of its claims held.
    pub claims: usize,
    /// The sentences of those that broke.
    pub broken: Vec<String>,
    /// All that its processes recorded, in no particular order.
    pub records: Vec<Record>,
    /// What it left behind.
    pub left: Vec<Left>,
}

impl Report {
    /// Why the program skipped its scene, if it did: the line that says so.
    pub fn skipped(&self) -> Option<String> {
        if self.ended != Ended::Code(i32::from(SKIPPED)) {
            return None;
        }
        let line = self.stdout.lines().rfind(|line| line.starts_with(MARK));
        Some(line.map_or("skipped", |line| &line[MARK.len()..]).to_owned())
    }
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ended {
    /// By itself, with this exit code.
    Code(i32),
    /// By this signal.
    Signal(i32),
    /// It was killed because its time was up.
    Late,
    /// It was killed because the runner was interrupted.
    Interrupted,
}

/// Something that a program left behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Left {
    /// A process that still ran, and the TCP ports on which it listened.
    Process { pid: i32, name: String, ports: Vec<u16> },
    /// A process that had ended, but that nobody had waited for.
    Zombie { pid: i32, name: String },
    /// A file in its TMPDIR.
    File { path: String },
}

impl Order {
    /// A program that plays on a stage.
    pub fn staged(program: &Path, deadline: Duration) -> Self {
        Self {
            staged: true,
            deadline: Some(deadline),
            keep: 256 * 1024,
            ..Self::plain(program)
        }
    }

    /// A program that needs no stage: a tool.
    pub fn plain(program: &Path) -> Self {
        Self {
            program: program.to_owned(),
            folder: None,
            args: Vec::new(),
            env: Vec::new(),
            deadline: None,
            keep: 256 * 1024 * 1024,
            staged: false,
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

    /// How many bytes of standard output are kept.
    pub fn kept(&self) -> usize {
        self.keep
    }

    /// Runs it and waits until nothing of it is left.
    pub fn run(&self) -> Result<Report> {
        let mut guard = Command::new("/proc/self/exe")
            .arg0("xtask-guard")
            .arg(SUBCOMMAND)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // A Ctrl-C in the terminal reaches the runner alone, which then drops the
            // lifelines.
            .process_group(0)
            .spawn()
            .context("cannot start a guard")?;

        let order = serde_json::to_string(self)?;
        let number =
            match guard.stdin.take().map(|lifeline| Lifelines::add(lifeline, &order)) {
                Some(Ok(number)) => Some(number),
                // An interrupted runner starts nothing more: the guard finds no order,
                // and ends.
                None | Some(Err(_)) => None,
            };
        let mut report = String::new();
        let read = guard
            .stdout
            .take()
            .map(|mut stdout| stdout.read_to_string(&mut report))
            .transpose();
        let status = guard.wait().context("cannot wait for a guard")?;
        number.inspect(|number| Lifelines::drop(*number));
        read.context("cannot read a guard's report")?;
        if interrupted() {
            bail!(Interrupted);
        }
        if report.is_empty() {
            bail!(
                "the guard of {} ended without a report ({status})",
                self.program.display()
            );
        }
        serde_json::from_str::<Result<Report, String>>(&report)?
            .map_err(anyhow::Error::msg)
    }
}

/// The hidden subcommand by which the runner starts its guards.
pub const SUBCOMMAND: &str = "guard";

/// What a guard does: takes the order from its standard input, and reports on its
/// standard output.
pub fn serve() -> Result<()> {
    let Some(order) = read_order()? else { return Ok(()) };
    let report = stage::carry_out(&order).map_err(|error| format!("{error:#}"));
    std::io::stdout().write_all(serde_json::to_string(&report)?.as_bytes())?;
    Ok(())
}

/// The order; nothing if the runner is gone already.
fn read_order() -> Result<Option<Order>> {
    let mut order = String::new();
    std::io::stdin().read_line(&mut order)?;
    if order.is_empty() {
        return Ok(None);
    }
    Ok(Some(serde_json::from_str(&order)?))
}

/// The runner was interrupted.
#[derive(Debug)]
pub struct Interrupted;

impl std::fmt::Display for Interrupted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("interrupted")
    }
}

impl std::error::Error for Interrupted {}

/// Has all guards end what they guard, and refuses new ones.
pub fn interrupt() {
    *Lifelines::lock() = Lifelines::Cut;
}

/// Whether [`interrupt`] has been called.
pub fn interrupted() -> bool {
    matches!(*Lifelines::lock(), Lifelines::Cut)
}

/// The guards' standard inputs, by number.
enum Lifelines {
    Held(BTreeMap<u64, ChildStdin>),
    Cut,
}

static LIFELINES: Mutex<Lifelines> = Mutex::new(Lifelines::Held(BTreeMap::new()));

impl Lifelines {
    fn lock() -> MutexGuard<'static, Self> {
        // The map is whole at every moment, so a panic elsewhere has done it no harm.
        LIFELINES.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends the order, and keeps the lifeline until it is dropped or cut.
    fn add(mut lifeline: ChildStdin, order: &str) -> Result<u64> {
        let mut lines = Self::lock();
        let Self::Held(held) = &mut *lines else { bail!(Interrupted) };
        writeln!(lifeline, "{order}").context("cannot give a guard its order")?;
        let number = held.last_key_value().map_or(0, |(last, _)| last + 1);
        held.insert(number, lifeline);
        Ok(number)
    }

    fn drop(number: u64) {
        if let Self::Held(held) = &mut *Self::lock() {
            held.remove(&number);
        }
    }
}
