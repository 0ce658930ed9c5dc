//! How a program ended, what it printed and recorded, and what it left behind.

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use anyhow::{Result, bail};
use nix::sys::signal::Signal;
use serde::{Deserialize, Serialize};
use shared::SKIPPED;
use shared::line::MARK;
use shared::trace::Record;

use super::lifelines::Interrupted;

/// What came of running a program.
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
    /// The name of the process that was killed on the way, by order.
    pub struck: Option<String>,
    /// How many of its claims held.
    pub claims: usize,
    /// The sentences of those that broke.
    pub broken: Vec<String>,
    /// All that its processes recorded, in no particular order.
    pub records: Vec<Record>,
    /// What it left behind.
    pub left: Vec<Left>,
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ended {
    /// By itself, with this exit code.
    Code(i32),
    /// By this signal.
    Signal(i32),
    /// It was killed because its time was up, which was so long.
    Late(Duration),
    /// It was killed because the runner was interrupted.
    Interrupted,
}

/// Something that a program left behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Left {
    /// A process that still ran, and the TCP ports on which it listened.
    Process { pid: i32, name: String, ports: Vec<u16> },
    /// A file in its TMPDIR.
    File { path: String },
}

/// A program did not end well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    pub ended: Ended,
    /// The last line of its standard error.
    pub cause: Option<String>,
}

impl Report {
    /// The line by which the program skipped its scene, with the reason and the remedy.
    pub fn skipped(&self) -> Option<String> {
        let is_skipped = self.ended == Ended::Code(i32::from(SKIPPED));
        let mut marks = self.stdout.lines().filter_map(|line| line.strip_prefix(MARK));
        let line = marks.rfind(|line| line.starts_with("skipped: ")).map(str::to_owned);
        line.filter(|_| is_skipped)
    }

    /// How the program failed; nothing if its exit code is 0 or it was skipped.
    pub fn failed(&self) -> Option<Failed> {
        if self.skipped().is_some() {
            return None;
        }
        let line = self.stderr.lines().rfind(|line| !line.trim().is_empty());
        let failed = Failed { ended: self.ended, cause: line.map(str::to_owned) };
        (self.ended != Ended::Code(0)).then_some(failed)
    }

    /// Requires that the exit code is 0, or says why it is not.
    pub fn check(&self) -> Result<()> {
        match self.failed() {
            None => Ok(()),
            Some(Failed { ended: Ended::Interrupted, .. }) => bail!(Interrupted),
            Some(failed) => bail!("{failed}"),
        }
    }
}

impl Failed {
    /// A scene names itself before the cause, `apples/eat: `; the cause alone stays.
    pub fn of_scene(self, topic: &str, scene: &str) -> Self {
        let prefix = format!("{topic}/{scene}: ");
        let cause = self.cause.map(|cause| {
            cause.strip_prefix(&prefix).map_or(cause.clone(), str::to_owned)
        });
        Self { cause, ..self }
    }
}

impl Display for Failed {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.ended)?;
        match (self.ended, &self.cause) {
            (Ended::Code(_), Some(cause)) => write!(f, ": {cause}"),
            (Ended::Code(_), None) => write!(f, ", and no cause on standard error"),
            _ => Ok(()),
        }
    }
}

impl Display for Ended {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit code {code}"),
            Self::Signal(number) => match Signal::try_from(*number) {
                Ok(signal) => write!(f, "ended by {signal}"),
                Err(_unknown) => write!(f, "ended by signal {number}"),
            },
            Self::Late(after) => {
                write!(f, "still running after {} s, its deadline", after.as_secs_f64())
            }
            Self::Interrupted => write!(f, "interrupted"),
        }
    }
}
