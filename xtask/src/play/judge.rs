//! Whether a scene has passed, and if not, why.

use std::path::Path;

use serde::Serialize;
use shared::SceneDescription;

use super::reason::Reason;
use super::transcript::{self, Transcript};
use crate::notes;
use crate::programs::Program;
use crate::supervise::{Ended, Failed, Order, Report};

/// In which language a scene has played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    Rust,
    /// In its topic's `twin.py`, where it asserts what it proves, and a broken
    /// assertion ends it.
    Python,
}

/// A scene as it must have played.
pub struct Expected<'a> {
    /// Its topic's folder.
    pub folder: &'a Path,
    /// Its topic's name, and its own.
    pub topic: &'a str,
    pub scene: &'a str,
    pub language: Language,
    /// The entries of the notes that it names.
    pub notes: &'a [String],
    /// How many bytes it might print.
    pub most: usize,
}

impl<'a> Expected<'a> {
    /// A scene that plays in Rust, by this order.
    pub fn of(
        program: &'a Program,
        scene: &'a SceneDescription,
        order: &Order,
    ) -> Self {
        Self {
            folder: &program.topic.folder,
            topic: &program.topic.name,
            scene: &scene.name,
            language: Language::Rust,
            notes: &scene.notes,
            most: order.kept(),
        }
    }

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
        let cause = self.failed(report).and_then(|failed| failed.cause);
        let cause = cause
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
        let proves = self.language == Language::Python || report.claims > 0;
        if report.skipped().is_some() {
            let claims = report.claims;
            return (claims > 0).then_some(Reason::SkippedLate { claims });
        }
        match self.failed(report) {
            None => (!proves && !broken).then_some(Reason::NoClaim),
            // The exit code of a broken claim.
            Some(Failed { ended: Ended::Code(1), .. }) if broken => None,
            Some(failed) => Some(Reason::Ended(failed)),
        }
    }

    fn output(&self, report: &Report) -> Vec<Reason> {
        let cut_off = !report.stdout.is_empty() && !report.stdout.ends_with('\n');
        let mut reasons: Vec<Reason> =
            cut_off.then_some(Reason::NoNewline).into_iter().collect();
        let transcript = match self.language {
            Language::Rust => Transcript::of(self.folder, self.scene),
            Language::Python => Transcript::of_twin(self.folder, self.scene),
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

    fn failed(&self, report: &Report) -> Option<Failed> {
        report.failed().map(|failed| failed.of_scene(self.topic, self.scene))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::supervise::Left;

    fn judge(change: impl Fn(&mut Report)) -> Vec<String> {
        judge_in(Language::Rust, change)
    }

    fn judge_in(language: Language, change: impl Fn(&mut Report)) -> Vec<String> {
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
            struck: None,
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
            language,
            notes: &notes,
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
        assert_eq!(
            ended(Ended::Late(Duration::from_mins(1))),
            ["still running after 60 s, its deadline"]
        );
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
        let silent = judge(|report| report.ended = Ended::Code(77));
        assert_eq!(silent, ["exit code 77, and no cause on standard error"]);
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
        let python = |change: fn(&mut Report)| judge_in(Language::Python, change);
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
                Left::File { path: "a/b".into() },
            ];
        });
        let expected = [
            "no claim: it proves nothing",
            "left behind: process 7 (sleep)",
            "left behind: process 8 (nc), which listens on port 80, 81",
            "left behind: file a/b in TMPDIR",
        ];
        assert_eq!(reasons, expected);
    }
}
