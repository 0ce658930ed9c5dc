//! How a scene fared.

use std::path::PathBuf;
use std::time::Duration;

use crate::play::reason::Reason;

/// How a scene fared.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Why it failed; nothing if it passed or was skipped.
    pub reasons: Vec<Reason>,
    /// The line by which it was skipped: the reason and the remedy.
    pub skipped: Option<String>,
    /// How many of its claims held.
    pub claims: usize,
    /// How long it played.
    pub time: Duration,
    /// What it printed, and what it wrote to standard error.
    pub stdout: String,
    pub stderr: String,
    /// The transcripts that were written.
    pub accepted: Vec<PathBuf>,
}
