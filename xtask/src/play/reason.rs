//! Why a scene has failed.

use std::fmt::{self, Display, Formatter};

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::transcript::Difference;
use crate::supervise::{Ended, Failed, Left};

/// Why a scene has failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// It could not be played at all.
    NotPlayed { error: String },
    /// It has no counterpart in Python.
    NoTwin { error: String },
    /// It did not end well.
    Ended(Failed),
    /// One of its claims did not hold.
    BrokenClaim { sentence: String },
    /// It claimed nothing.
    NoClaim,
    /// It was skipped, though nothing may be.
    Skipped { line: String },
    /// It was skipped after it had made claims.
    SkippedLate { claims: usize },
    /// It names an entry that the notes do not have.
    UnknownNote { id: String },
    /// It has no transcript, or too many.
    NoTranscript { error: String },
    /// It printed something else than its transcript says.
    Differs(Box<Difference>),
    /// Its output ends in the middle of a line.
    NoNewline,
    /// It printed more than the runner keeps.
    TooMuchOutput { bytes: usize, kept: usize },
    /// A process still ran when it had ended.
    LeftProcess { pid: i32, name: String },
    /// A process still listened on a port when it had ended.
    LeftPort { pid: i32, name: String, ports: Vec<u16> },
    /// A file stayed in its TMPDIR.
    LeftFile { path: String },
    /// An entry stayed in /dev/shm.
    LeftShm { name: String },
}

impl Reason {
    pub fn left_behind(left: &Left) -> Self {
        match left.clone() {
            Left::Process { pid, name, ports } if ports.is_empty() => {
                Self::LeftProcess { pid, name }
            }
            Left::Process { pid, name, ports } => Self::LeftPort { pid, name, ports },
            Left::File { path } => Self::LeftFile { path },
        }
    }

    /// Whether writing down what the scene printed would do away with it.
    pub fn is_of_transcript(&self) -> bool {
        matches!(self, Self::Differs(_) | Self::NoTranscript { .. })
    }

    /// The reason's kind, in a word or two, for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NotPlayed { .. } => "not-played",
            Self::NoTwin { .. } => "no-twin",
            Self::Ended(Failed { ended, .. }) => match ended {
                Ended::Code(_) => "exit-code",
                Ended::Signal(_) => "signal",
                Ended::Late(_) => "deadline",
                Ended::Interrupted => "interrupted",
            },
            Self::BrokenClaim { .. } => "broken-claim",
            Self::NoClaim => "no-claim",
            Self::Skipped { .. } => "skipped",
            Self::SkippedLate { .. } => "skipped-late",
            Self::UnknownNote { .. } => "unknown-note",
            Self::NoTranscript { .. } => "no-transcript",
            Self::Differs(_) => "differs",
            Self::NoNewline => "no-newline",
            Self::TooMuchOutput { .. } => "too-much-output",
            Self::LeftProcess { .. } => "left-process",
            Self::LeftPort { .. } => "left-port",
            Self::LeftFile { .. } => "left-file",
            Self::LeftShm { .. } => "left-shm",
        }
    }
}

/// The reason in a line.
impl Display for Reason {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPlayed { error }
            | Self::NoTwin { error }
            | Self::NoTranscript { error } => {
                write!(f, "{error}")
            }
            Self::Ended(failed) => write!(f, "{failed}"),
            Self::BrokenClaim { sentence } => write!(f, "claim broken: {sentence}"),
            Self::NoClaim => write!(f, "no claim: it proves nothing"),
            Self::Skipped { line } => write!(f, "{line}"),
            Self::SkippedLate { claims } => {
                write!(f, "skipped after {claims} claims, but a skipped scene has none")
            }
            Self::UnknownNote { id } => write!(f, "unknown note {id}"),
            Self::Differs(_) => write!(f, "its output differs from its transcript"),
            Self::NoNewline => write!(f, "its output does not end with a newline"),
            Self::TooMuchOutput { bytes, kept } => {
                write!(f, "too much output: {bytes} bytes, where {kept} are the most")
            }
            Self::LeftProcess { pid, name } => {
                write!(f, "left behind: process {pid} ({name})")
            }
            Self::LeftPort { pid, name, ports } => {
                let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
                write!(
                    f,
                    "left behind: process {pid} ({name}), which listens on port {}",
                    ports.join(", ")
                )
            }
            Self::LeftFile { path } => write!(f, "left behind: file {path} in TMPDIR"),
            Self::LeftShm { name } => write!(f, "left behind: /dev/shm/{name}"),
        }
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", self.kind())?;
        map.serialize_entry("text", &self.to_string())?;
        if let Self::Differs(difference) = self {
            map.serialize_entry("difference", &difference.show(false))?;
        }
        map.end()
    }
}
