//! A scene and its twin, played in turn.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use shared::SceneDescription;

use super::figures::{Comparison, Cost, Ratio};
use super::source::Twin;
use crate::play::judge::{Expected, Language};
use crate::play::reason::Reason;
use crate::play::shm;
use crate::print::summary::Summary;
use crate::programs::Program;
use crate::supervise::{Interrupted, Order, Report};

/// A scene in both languages.
#[derive(Debug)]
pub struct Pair<'a> {
    pub program: &'a Program,
    pub scene: &'a SceneDescription,
    pub twin: &'a Twin,
    /// The Python interpreter.
    pub python: &'a Path,
    /// How many seconds each may take.
    pub deadline: f64,
}

/// What came of playing it.
#[derive(Debug, Default)]
pub struct Played {
    /// How each side failed that did.
    pub failed: Vec<FailedSide>,
    /// The line by which a side was skipped: the reason and the remedy.
    pub skipped: Option<String>,
    /// What it cost in each round that passed, Rust's and Python's.
    rounds: Vec<[Sample; 2]>,
    /// How many claims the Rust side made, and how long both played in all.
    pub claims: usize,
    pub time: Duration,
}

/// How a side failed.
#[derive(Debug)]
pub struct FailedSide {
    pub side: Language,
    pub reasons: Vec<Reason>,
    pub stdout: String,
    pub stderr: String,
}

/// What a run cost: seconds, seconds of CPU time, bytes.
#[derive(Debug, Clone, Copy)]
struct Sample {
    wall: f64,
    cpu: f64,
    peak: f64,
}

impl Pair<'_> {
    /// Plays Rust, Python, Rust, Python…, so that whatever else the machine does
    /// meanwhile meets both; no further round after one in which a side fails or is
    /// skipped.
    pub fn play(&self, rounds: usize) -> Result<Played> {
        let mut played = Played::default();
        while played.failed.is_empty()
            && played.skipped.is_none()
            && played.rounds.len() < rounds
        {
            let samples = [
                self.play_side(Language::Rust, &mut played)?,
                self.play_side(Language::Python, &mut played)?,
            ];
            played.rounds.push(samples);
        }
        Ok(played)
    }

    fn play_side(&self, side: Language, played: &mut Played) -> Result<Sample> {
        let order = self.order(side);
        let (report, left) = match watched(&order) {
            Err(error) if !error.is::<Interrupted>() => {
                played.fail(side, Reason::NotPlayed { error: format!("{error:#}") });
                return Ok(Sample { wall: 0.0, cpu: 0.0, peak: 0.0 });
            }
            watched => watched?,
        };
        let mut reasons = self.expected(side, &order).judge(&report);
        reasons.extend(left);
        if let Some(line) = report.skipped().filter(|_| reasons.is_empty()) {
            played.skipped = Some(line);
        }
        if side == Language::Rust {
            played.claims = report.claims;
        }
        played.time += report.time;
        let sample = Sample {
            wall: report.time.as_secs_f64(),
            cpu: report.cpu.as_secs_f64(),
            peak: report.peak as f64,
        };
        if !reasons.is_empty() {
            played.failed.push(FailedSide {
                side,
                reasons,
                stdout: report.stdout,
                stderr: report.stderr,
            });
        }
        Ok(sample)
    }

    fn order(&self, side: Language) -> Order {
        let deadline = Duration::from_secs_f64(self.deadline);
        match side {
            Language::Rust => {
                Order::sandboxed(&self.program.path, deadline).args([&self.scene.name])
            }
            Language::Python => Order::sandboxed(self.python, deadline)
                .args([self.twin.path.display().to_string(), self.scene.name.clone()])
                // Nothing is to be left among the sources.
                .env("PYTHONDONTWRITEBYTECODE", Path::new("1")),
        }
    }

    fn expected(&self, side: Language, order: &Order) -> Expected<'_> {
        Expected {
            folder: &self.program.topic.folder,
            topic: &self.program.topic.name,
            scene: &self.scene.name,
            language: side,
            notes: &self.scene.notes,
            most: order.kept(),
        }
    }
}

/// Runs it, and tells what it leaves in /dev/shm. Other programs on the machine use
/// that folder too: an entry is laid to this one only if a second run leaves one, too.
fn watched(order: &Order) -> Result<(Report, Vec<Reason>)> {
    let (report, first) = shm::left_by(|| order.run());
    let report = report?;
    if first.is_empty() {
        return Ok((report, Vec::new()));
    }
    let (again, second) = shm::left_by(|| order.run());
    again?;
    if second.is_empty() {
        return Ok((report, Vec::new()));
    }
    for name in first.iter().chain(&second) {
        shm::remove(name)?;
    }
    Ok((report, first.into_iter().map(|name| Reason::LeftShm { name }).collect()))
}

impl Played {
    /// Of a scene that has no counterpart in Python nothing is played.
    pub fn no_twin(error: String) -> Self {
        let mut played = Self::default();
        played.fail(Language::Python, Reason::NoTwin { error });
        played
    }

    /// A side cannot be played at all.
    fn fail(&mut self, side: Language, reason: Reason) {
        let (stdout, stderr) = Default::default();
        self.failed.push(FailedSide { side, reasons: vec![reason], stdout, stderr });
    }

    /// What each side cost; nothing if one has failed.
    pub fn measured(&self) -> Option<Comparison> {
        if !self.failed.is_empty() || self.skipped.is_some() {
            return None;
        }
        let cost = |side: usize| {
            let of = |value: fn(&Sample) -> f64| {
                Summary::of(self.rounds.iter().map(|round| value(&round[side])))
            };
            Some(Cost {
                wall_s: of(|it| it.wall)?,
                cpu_s: of(|it| it.cpu)?,
                peak_bytes: of(|it| it.peak)?,
            })
        };
        let ratio = |value: fn(&Sample) -> f64| {
            let ratios =
                self.rounds.iter().map(|[rust, python]| value(python) / value(rust));
            // The clock of CPU time may stand still for a program that does nothing.
            Some(Summary::of(ratios.filter(|ratio| ratio.is_finite()))?.median)
        };
        Some(Comparison {
            rounds: self.rounds.len(),
            rust: cost(0)?,
            python: cost(1)?,
            ratio: Ratio {
                wall: ratio(|it| it.wall)?,
                cpu: ratio(|it| it.cpu)?,
                peak: ratio(|it| it.peak)?,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn played(walls: &[(f64, f64)]) -> Played {
        let sample = |wall: f64| Sample { wall, cpu: wall / 10.0, peak: 1e6 };
        Played {
            rounds: walls
                .iter()
                .map(|&(rust, python)| [sample(rust), sample(python)])
                .collect(),
            ..Played::default()
        }
    }

    #[test]
    fn the_ratio_is_the_median_of_the_rounds_ratios() {
        let measured =
            played(&[(1.0, 3.0), (2.0, 2.0), (8.0, 40.0)]).measured().expect("figures");
        assert_eq!(
            (
                measured.rounds,
                measured.rust.wall_s.median,
                measured.python.wall_s.median
            ),
            (3, 2.0, 3.0)
        );
        assert_eq!(
            (measured.python.wall_s.least, measured.python.wall_s.most),
            (2.0, 40.0)
        );
        assert!(
            (measured.ratio.wall - 3.0).abs() < 1e-9,
            "of 3, 1 and 5: {}",
            measured.ratio.wall
        );
        assert!((measured.ratio.peak - 1.0).abs() < 1e-9);
        assert!((measured.rust.cpu_s.median - 0.2).abs() < 1e-9);
    }

    #[test]
    fn what_failed_has_no_figures() {
        let mut played = played(&[(1.0, 3.0)]);
        played.failed.push(FailedSide {
            side: Language::Python,
            reasons: vec![Reason::NoClaim],
            stdout: String::new(),
            stderr: String::new(),
        });
        assert!(played.measured().is_none());
    }
}
