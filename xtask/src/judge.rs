//! Whether a scene has passed, and if not, why.

use std::path::Path;

use nix::sys::signal::Signal;
use serde::{Serialize, Serializer};

use crate::guard::{Ended, Left, Report};
use crate::notes;
use crate::transcript::{self, Difference, Transcript};

/// In which language a scene has played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    Rust,
    /// In its topic's `twin.py`, where it asserts what it proves, and a broken
    /// assertion ends it.
    Python,
}

/// Why a scene has failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// It could not be played at all.
    NotPlayed { error: String },
    /// It has no counterpart in Python.
    NoTwin { error: String },
    /// It still ran when its time was up.
    Deadline { seconds: String },
    /// It ended with an exit code other than 0; the cause is the last line of its
    /// standard error.
    ExitCode { code: i32, cause: Option<String> },
    /// A signal ended it.
    Signal { name: String },
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
    /// It printed more than anybody would read.
    TooMuchOutput { bytes: usize, kept: usize },
    /// A process still ran when it had ended.
    LeftProcess { pid: i32, name: String },
    /// A process still listened on a port when it had ended.
    LeftPort { pid: i32, name: String, ports: Vec<u16> },
    /// A process had ended, but had not been waited for.
    LeftZombie { pid: i32, name: String },
    /// A file stayed in its TMPDIR.
    LeftFile { path: String },
    /// An entry stayed in /dev/shm.
    LeftShm { name: String },
}

/// A scene as it must have played.
pub struct Expected<'a> {
    /// Its topic's folder.
    pub folder: &'a Path,
    /// Its topic's name, and its own.
    pub topic: &'a str,
    pub scene: &'a str,
    pub side: Side,
    /// The entries of the notes that it names.
    pub notes: &'a [String],
    /// How long it might play, in seconds.
    pub deadline: f64,
    /// How many bytes it might print.
    pub most: usize,
}

impl Expected<'_> {
    /// All that is wrong with how the scene played; nothing, if it has passed.
    pub fn judge(&self, report: &Report) -> Vec<Reason> {
        let unknown = self.notes.iter().filter(|id| notes::position(id).is_none());
        let mut reasons: Vec<Reason> =
            unknown.map(|id| Reason::UnknownNote { id: id.clone() }).collect();
        reasons.extend(self.broken_claims(report));
        reasons.extend(self.ending(report));
        if report.stdout_bytes > self.most {
            reasons.push(Reason::TooMuchOutput {
                bytes: report.stdout_bytes,
                kept: self.most,
            });
        } else if report.ended == Ended::Code(0) {
            // Of a scene that was cut short the output is cut short too: that would
            // only be said twice.
            reasons.extend(self.output(report));
        }
        reasons.extend(report.left.iter().map(Reason::left_behind));
        reasons
    }

    fn broken_claims(&self, report: &Report) -> Vec<Reason> {
        // The line on standard error tells the condition and its place as well.
        let cause = self
            .cause(report)
            .and_then(|cause| Some(cause.strip_prefix("claim broken: ")?.to_owned()));
        let sentence = |broken: &String| {
            cause.clone().filter(|it| it.starts_with(broken)).unwrap_or(broken.clone())
        };
        report
            .broken
            .iter()
            .map(|broken| Reason::BrokenClaim { sentence: sentence(broken) })
            .collect()
    }

    fn ending(&self, report: &Report) -> Option<Reason> {
        let broken = !report.broken.is_empty();
        match report.ended {
            Ended::Code(0) => {
                let proves = self.side == Side::Python || report.claims > 0;
                (!proves && !broken).then_some(Reason::NoClaim)
            }
            // The exit code of a broken claim.
            Ended::Code(1) if broken => None,
            Ended::Code(_) if report.skipped().is_some() => {
                let claims = report.claims;
                (claims > 0 && !broken).then_some(Reason::SkippedLate { claims })
            }
            Ended::Code(code) => {
                Some(Reason::ExitCode { code, cause: self.cause(report) })
            }
            Ended::Signal(number) => {
                let name = Signal::try_from(number)
                    .map_or(format!("signal {number}"), |it| it.as_str().to_owned());
                Some(Reason::Signal { name })
            }
            Ended::Late => {
                Some(Reason::Deadline { seconds: format!("{} s", self.deadline) })
            }
            Ended::Interrupted => {
                Some(Reason::NotPlayed { error: "interrupted".to_owned() })
            }
        }
    }

    fn output(&self, report: &Report) -> Vec<Reason> {
        let cut_off = !report.stdout.is_empty() && !report.stdout.ends_with('\n');
        let mut reasons: Vec<Reason> =
            cut_off.then_some(Reason::NoNewline).into_iter().collect();
        let transcript = match self.side {
            Side::Rust => Transcript::of(self.folder, self.scene),
            Side::Python => Transcript::of_twin(self.folder, self.scene),
        };
        match transcript {
            Ok(Some(transcript)) => {
                let compared = transcript.compare(&transcript::told(&report.stdout));
                reasons.extend(
                    compared
                        .err()
                        .map(|difference| Reason::Differs(Box::new(difference))),
                );
            }
            Ok(None) => reasons.push(Reason::NoTranscript {
                error: format!(
                    "no transcript: neither {0}.txt nor {0}.unordered.txt",
                    self.scene
                ),
            }),
            Err(error) => {
                reasons.push(Reason::NoTranscript { error: format!("{error:#}") });
            }
        }
        reasons
    }

    /// The last line of standard error, without the scene's name before it.
    fn cause(&self, report: &Report) -> Option<String> {
        let line = report.stderr.lines().rfind(|line| !line.trim().is_empty())?;
        let prefix = format!("{}/{}: ", self.topic, self.scene);
        Some(line.strip_prefix(&prefix).unwrap_or(line).to_owned())
    }
}

impl Reason {
    fn left_behind(left: &Left) -> Self {
        match left.clone() {
            Left::Process { pid, name, ports } if ports.is_empty() => {
                Self::LeftProcess { pid, name }
            }
            Left::Process { pid, name, ports } => Self::LeftPort { pid, name, ports },
            Left::Zombie { pid, name } => Self::LeftZombie { pid, name },
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
            Self::Deadline { .. } => "deadline",
            Self::ExitCode { .. } => "exit-code",
            Self::Signal { .. } => "signal",
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
            Self::LeftZombie { .. } => "left-zombie",
            Self::LeftFile { .. } => "left-file",
            Self::LeftShm { .. } => "left-shm",
        }
    }
}

/// The reason in a line.
impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotPlayed { error }
            | Self::NoTwin { error }
            | Self::NoTranscript { error } => {
                write!(f, "{error}")
            }
            Self::Deadline { seconds } => {
                write!(f, "still running after {seconds}, its deadline")
            }
            Self::ExitCode { code, cause: Some(cause) } => {
                write!(f, "exit code {code}: {cause}")
            }
            Self::ExitCode { code, cause: None } => {
                write!(f, "exit code {code}, and no cause on standard error")
            }
            Self::Signal { name } => write!(f, "ended by {name}"),
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
            Self::LeftZombie { pid, name } => {
                write!(
                    f,
                    "left behind: process {pid} ({name}), a zombie: ended, but not \
                     waited for"
                )
            }
            Self::LeftFile { path } => write!(f, "left behind: file {path} in TMPDIR"),
            Self::LeftShm { name } => write!(f, "left behind: /dev/shm/{name}"),
        }
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap as _;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", self.kind())?;
        map.serialize_entry("text", &self.to_string())?;
        if let Self::Differs(difference) = self {
            map.serialize_entry(
                "difference",
                &difference.show(snapbox::report::Palette::plain()),
            )?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn judge(change: impl Fn(&mut Report)) -> Vec<String> {
        judge_side(Side::Rust, change)
    }

    fn judge_side(side: Side, change: impl Fn(&mut Report)) -> Vec<String> {
        let folder = tempfile::tempdir().expect("a folder");
        transcript::accept(folder.path(), "eat", None, "one\n").expect("a transcript");
        let mut report = Report {
            ended: Ended::Code(0),
            time: Duration::ZERO,
            cpu: Duration::ZERO,
            peak: 0,
            stdout: "── eat\none\n✓ eaten\n".to_owned(),
            stdout_bytes: 20,
            stderr: String::new(),
            claims: 1,
            broken: Vec::new(),
            records: Vec::new(),
            left: Vec::new(),
        };
        change(&mut report);
        let notes = ["N2.13".to_owned()];
        let (topic, scene) = ("apples", "eat");
        let expected = Expected {
            folder: folder.path(),
            topic,
            scene,
            side,
            notes: &notes,
            deadline: 60.0,
            most: 100,
        };
        expected.judge(&report).iter().map(Reason::to_string).collect()
    }

    #[test]
    fn a_scene_that_does_everything_right_passes() {
        assert_eq!(judge(|_| {}), Vec::<String>::new());
    }

    #[test]
    fn a_broken_claim_is_told_with_its_condition_and_is_the_only_reason() {
        let reasons = judge(|report| {
            report.ended = Ended::Code(1);
            report.broken = vec!["all eaten".to_owned()];
            report.stdout.clear();
            report.stderr =
                "apples/eat: claim broken: all eaten (n == 0 at eat.rs:7)\n".to_owned();
        });
        assert_eq!(reasons, ["claim broken: all eaten (n == 0 at eat.rs:7)"]);
        let swallowed = judge(|report| report.broken = vec!["all eaten".to_owned()]);
        assert_eq!(swallowed, ["claim broken: all eaten"], "though the exit code is 0");
    }

    #[test]
    fn endings_are_told_apart() {
        let ended = |ended| {
            judge(|report| {
                report.ended = ended;
                report.stderr = "a warning\napples/eat: no such apple\n\n".to_owned();
            })
        };
        assert_eq!(ended(Ended::Code(3)), ["exit code 3: no such apple"]);
        assert_eq!(ended(Ended::Signal(6)), ["ended by SIGABRT"]);
        assert_eq!(ended(Ended::Late), ["still running after 60 s, its deadline"]);
    }

    #[test]
    fn a_skipped_scene_neither_fails_nor_claims() {
        let skip = |report: &mut Report| {
            report.ended = Ended::Code(77);
            report.stdout = "── eat\n── skipped: no apples (remedy: plant)\n".into();
            report.claims = 0;
        };
        assert_eq!(judge(skip), Vec::<String>::new());
        let late = judge(|report| {
            skip(report);
            report.claims = 2;
        });
        assert_eq!(late, ["skipped after 2 claims, but a skipped scene has none"]);
    }

    #[test]
    fn what_is_wrong_with_the_output_is_told() {
        assert_eq!(judge(|report| report.claims = 0), ["no claim: it proves nothing"]);
        assert_eq!(
            judge(|report| report.stdout = "two\n".into()),
            ["its output differs from its transcript"]
        );
        assert_eq!(
            judge(|report| report.stdout = "one".into()),
            ["its output does not end with a newline"]
        );
        let too_much = "too much output: 101 bytes, where 100 are the most";
        assert_eq!(judge(|report| report.stdout_bytes = 101), [too_much]);
    }

    #[test]
    fn a_twin_makes_no_claims_but_must_print_the_same() {
        let python = |change: fn(&mut Report)| judge_side(Side::Python, change);
        assert_eq!(python(|report| report.claims = 0), Vec::<String>::new());
        assert_eq!(
            python(|report| report.stdout = "two\n".into()),
            ["its output differs from its transcript"]
        );
        let failed = python(|report| {
            report.ended = Ended::Code(1);
            report.stderr =
                "Traceback (most recent call last):\n  …\nAssertionError\n".to_owned();
        });
        assert_eq!(failed, ["exit code 1: AssertionError"]);
    }

    #[test]
    fn what_is_left_behind_is_told_beside_all_else() {
        let reasons = judge(|report| {
            report.claims = 0;
            report.left = vec![
                Left::Process { pid: 7, name: "sleep".into(), ports: vec![] },
                Left::Process { pid: 8, name: "nc".into(), ports: vec![80, 81] },
                Left::Zombie { pid: 9, name: "sh".into() },
                Left::File { path: "a/b".into() },
            ];
        });
        let expected = [
            "no claim: it proves nothing",
            "left behind: process 7 (sleep)",
            "left behind: process 8 (nc), which listens on port 80, 81",
            "left behind: process 9 (sh), a zombie: ended, but not waited for",
            "left behind: file a/b in TMPDIR",
        ];
        assert_eq!(reasons, expected);
    }
}
