//! The figures of benches: of each side the median over the rounds, and the ratio to
//! ours.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Serialize;
use shared::bench::Measured;

use crate::print::summary::Summary;
use crate::print::table::Look;
use crate::print::units::{nanoseconds, per_second, ratio};
use crate::supervise::Interrupted;

/// What an operation cost in one round, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
struct PerOp {
    wall: f64,
    cpu: f64,
}

/// All figures, in the order in which the sides were first measured.
#[derive(Debug, Default)]
pub struct Measurements {
    round: usize,
    sides: Vec<Side>,
    /// What could not be measured, why, and whether that matters.
    failures: BTreeMap<String, (String, bool)>,
}

/// One side of a case, and what it cost in each round.
#[derive(Debug)]
struct Side {
    topic: String,
    bench: String,
    case: String,
    name: String,
    rounds: BTreeMap<usize, PerOp>,
}

/// What is said of a side.
#[derive(Debug, Serialize)]
pub struct SideSummary {
    topic: String,
    bench: String,
    case: String,
    side: String,
    rounds: usize,
    /// Nanoseconds of an operation: the median over the rounds, the least, the most.
    ns: f64,
    ns_min: f64,
    ns_max: f64,
    /// How many times as long as the first side of its case: the median of each round's
    /// ratio.
    ratio: Option<f64>,
    /// Nanoseconds of CPU time of an operation, over all cores: the median.
    cpu_ns: f64,
}

/// The figures as `--json` gives them.
#[derive(Debug, Serialize)]
pub struct Json {
    figures: Vec<SideSummary>,
    failures: BTreeMap<String, String>,
}

impl Measurements {
    /// What is added from now on was measured side by side.
    pub fn begin_round(&mut self) {
        self.round += 1;
    }

    /// Adds what a bench has measured in this round. Its id is `CASE/SIDE`.
    pub fn add(&mut self, topic: &str, bench: &str, measured: &[Measured]) {
        let mut sums: Vec<(&str, Measured)> = Vec::new();
        for run in measured {
            match sums.iter_mut().find(|(id, _)| *id == run.bench) {
                None => sums.push((&run.bench, run.clone())),
                Some((_, sum)) => {
                    sum.ops += run.ops;
                    sum.seconds += run.seconds;
                    sum.cpu_seconds += run.cpu_seconds;
                }
            }
        }
        for (id, sum) in sums {
            let (case, side) = id.rsplit_once('/').unwrap_or((id, ""));
            let per_op = |seconds: f64| seconds * 1e9 / sum.ops.max(1) as f64;
            let cost =
                PerOp { wall: per_op(sum.seconds), cpu: per_op(sum.cpu_seconds) };
            let round = self.round;
            self.side(topic, bench, case, side).rounds.insert(round, cost);
        }
    }

    fn side(&mut self, topic: &str, bench: &str, case: &str, side: &str) -> &mut Side {
        let known = self.sides.iter().position(|it| {
            (&*it.topic, &*it.bench, &*it.case, &*it.name) == (topic, bench, case, side)
        });
        let at = known.unwrap_or_else(|| {
            // Beside the others of its case, of which the first is ours.
            let case_of =
                |it: &Side| (&*it.topic, &*it.bench, &*it.case) == (topic, bench, case);
            let at = self
                .sides
                .iter()
                .rposition(case_of)
                .map_or(self.sides.len(), |last| last + 1);
            let [topic, bench, case, name] =
                [topic, bench, case, side].map(str::to_owned);
            self.sides
                .insert(at, Side { topic, bench, case, name, rounds: BTreeMap::new() });
            at
        });
        &mut self.sides[at]
    }

    /// Notes that something could not be measured; an interrupted run goes no further.
    pub fn fail(
        &mut self,
        what: &str,
        error: &anyhow::Error,
        matters: bool,
    ) -> Result<()> {
        if error.is::<Interrupted>() {
            return Err(Interrupted.into());
        }
        self.failures.insert(what.to_owned(), (format!("{error:#}"), matters));
        Ok(())
    }

    /// Whether something could not be measured that should have been.
    pub fn failed(&self) -> bool {
        self.failures.values().any(|(_, matters)| *matters)
    }

    pub fn json(&self) -> Json {
        let failures =
            self.failures.iter().map(|(what, (why, _))| (what.clone(), why.clone()));
        Json { figures: self.rows(), failures: failures.collect() }
    }

    fn rows(&self) -> Vec<SideSummary> {
        self.sides.iter().map(|side| side.row(self.ours(side))).collect()
    }

    /// The first side of the same case.
    fn ours(&self, side: &Side) -> &Side {
        let of = |it: &Side| (it.topic.clone(), it.bench.clone(), it.case.clone());
        self.sides.iter().find(|it| of(it) == of(side)).unwrap_or(&self.sides[0])
    }

    /// A table, and below it what could not be measured.
    pub fn in_words(&self, look: Look) -> String {
        let rows = self.rows();
        let cells = rows.iter().map(|row| {
            [
                format!("{}/{}", row.topic, row.bench),
                row.case.clone(),
                row.side.clone(),
                nanoseconds(row.ns),
                format!("{} – {}", nanoseconds(row.ns_min), nanoseconds(row.ns_max)),
                row.ratio.map_or_else(String::new, ratio),
                nanoseconds(row.cpu_ns),
                per_second(row.ns),
            ]
        });
        let header = [
            "bench", "case", "side", " median", " range", " of ours", " CPU", " ops/s",
        ];
        let failures = self.failures.iter();
        let failures = failures.map(|(what, (why, matters))| {
            format!("{} {what}: {why}", if *matters { '✗' } else { '–' })
        });
        std::iter::once(look.table(header, cells))
            .chain(failures)
            .collect::<Vec<_>>()
            .join("\n")
    }
}

impl Side {
    fn row(&self, ours: &Self) -> SideSummary {
        let wall = Summary::of(self.rounds.values().map(|cost| cost.wall));
        let cpu = Summary::of(self.rounds.values().map(|cost| cost.cpu));
        let ratios = self
            .rounds
            .iter()
            .filter_map(|(round, cost)| Some(cost.wall / ours.rounds.get(round)?.wall));
        SideSummary {
            topic: self.topic.clone(),
            bench: self.bench.clone(),
            case: self.case.clone(),
            side: self.name.clone(),
            rounds: self.rounds.len(),
            ns: wall.map_or(0.0, |wall| wall.median),
            ns_min: wall.map_or(0.0, |wall| wall.least),
            ns_max: wall.map_or(0.0, |wall| wall.most),
            ratio: Summary::of(ratios).map(|ratio| ratio.median),
            cpu_ns: cpu.map_or(0.0, |cpu| cpu.median),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(bench: &str, ops: u64, seconds: f64) -> Measured {
        Measured { bench: bench.to_owned(), ops, seconds, cpu_seconds: seconds / 2.0 }
    }

    #[test]
    fn a_round_is_what_all_runs_took_by_all_they_did() {
        let mut measurements = Measurements::default();
        measurements.begin_round();
        measurements.add(
            "apples",
            "eat",
            &[run("one/ours", 10, 1e-6), run("one/ours", 30, 1e-6)],
        );
        let row = &measurements.rows()[0];
        assert_eq!(
            (row.case.as_str(), row.side.as_str(), row.rounds),
            ("one", "ours", 1)
        );
        assert!((row.ns - 50.0).abs() < 1e-9, "2000 ns for 40");
        assert!((row.cpu_ns - 25.0).abs() < 1e-9);
        assert_eq!(row.ratio, Some(1.0));
    }

    #[test]
    fn the_ratio_is_the_median_of_the_rounds_ratios_not_the_ratio_of_the_medians() {
        let mut measurements = Measurements::default();
        for (ours, theirs) in [(1.0, 3.0), (2.0, 2.0), (8.0, 40.0)] {
            measurements.begin_round();
            measurements.add(
                "apples",
                "eat",
                &[run("one/ours", 1, ours), run("two/ours", 1, 7.0)],
            );
            measurements.add("apples", "eat", &[run("one/theirs", 1, theirs)]);
        }
        let rows = measurements.rows();
        let sides: Vec<_> =
            rows.iter().map(|row| format!("{}/{}", row.case, row.side)).collect();
        assert_eq!(
            sides,
            ["one/ours", "one/theirs", "two/ours"],
            "sides of a case stand together"
        );
        assert_eq!(
            rows[1].ratio,
            Some(3.0),
            "of 3, 1 and 5; the medians, 2 and 3, would give 1.5"
        );
        assert!(
            (rows[1].ns_min - 2e9).abs() < 1.0 && (rows[1].ns_max - 40e9).abs() < 1.0
        );
    }

    #[test]
    fn only_what_matters_fails_a_run() {
        let mut measurements = Measurements::default();
        measurements
            .fail("eat.py", &anyhow::anyhow!("no python3"), false)
            .expect("goes on");
        assert!(!measurements.failed());
        measurements
            .fail("eat", &anyhow::anyhow!("exit code 101"), true)
            .expect("goes on");
        assert!(measurements.failed());
        assert!(
            measurements.fail("eat", &Interrupted.into(), true).is_err(),
            "Ctrl-C ends it"
        );
    }
}
