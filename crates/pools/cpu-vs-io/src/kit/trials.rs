//! A job that is predicted in several ways, and then run in them in turn.

use std::time::{Duration, Instant};

use shared::trace;

use super::tell;
use crate::{Error, Job, Machine, Way};

/// How long the turns take at most, but for the last. A broken scene may take longer.
const LONGEST: Duration = Duration::from_secs(4);

/// A job in several ways: what was predicted for each, and its shortest run.
#[derive(Debug)]
pub struct Trials<'m> {
    machine: &'m Machine,
    job: Job,
    tried: Vec<Trial>,
}

#[derive(Debug)]
struct Trial {
    way: Way,
    predicted: Duration,
    time: Duration,
    sum: u64,
}

impl<'m> Trials<'m> {
    /// Predicts the job in each of the ways, and says the predictions.
    #[must_use]
    pub fn predict(machine: &'m Machine, job: Job, ways: &[Way]) -> Self {
        let trial = |&way: &Way| {
            let predicted = machine.predict(way, &job);
            tell::predicted(&way.to_string(), predicted);
            Trial { way, predicted, time: Duration::MAX, sum: 0 }
        };
        Self { machine, job, tried: ways.iter().map(trial).collect() }
    }

    /// Runs the job in each of the ways, in turn, keeps the shortest run of each, and
    /// says it. The first turn is in the trace.
    ///
    /// After so many turns it goes on until it is `enough`, or four seconds are over:
    /// other programs may take the cores meanwhile. Then only threads are run, and
    /// serial until it is undisturbed.
    ///
    /// # Errors
    /// As [`Machine::run`].
    pub fn measure(
        &mut self,
        turns: u32,
        enough: impl Fn(&Self) -> bool,
    ) -> Result<(), Error> {
        let begin = Instant::now();
        for turn in 0.. {
            if turn >= turns && (enough(self) || begin.elapsed() > LONGEST) {
                break;
            }
            let job = if turn == 0 { self.job.traced() } else { self.job };
            for trial in &mut self.tried {
                let has_done = match trial.way {
                    Way::Serial => trial.is_undisturbed(),
                    Way::Threads | Way::Gil => false,
                    Way::Processes | Way::Coroutines => true,
                };
                if turn >= turns && has_done {
                    continue;
                }
                let _span = (turn == 0).then(|| trace::span(&trial.way.to_string()));
                let run = self.machine.run(trial.way, &job)?;
                trial.time = trial.time.min(run.time);
                trial.sum = run.sum;
            }
        }
        for Trial { way, predicted, time, .. } in &self.tried {
            tell::compared(&way.to_string(), *predicted, *time);
        }
        Ok(())
    }

    /// The shortest run in a way; no end if it was not run.
    #[must_use]
    pub fn time(&self, way: Way) -> Duration {
        let of = self.tried.iter().find(|trial| trial.way == way);
        of.map_or(Duration::MAX, |trial| trial.time)
    }

    /// How many times as fast one way was as another.
    #[must_use]
    pub fn ratio(&self, way: Way, than: Way) -> f64 {
        self.time(than).as_secs_f64() / self.time(way).as_secs_f64()
    }

    /// Whether a run in that way took as long as predicted but for a tenth, so that no
    /// other program has disturbed it.
    #[must_use]
    pub fn undisturbed(&self, way: Way) -> bool {
        self.tried.iter().any(|trial| trial.way == way && trial.is_undisturbed())
    }

    /// Whether what was computed is the same in all ways.
    #[must_use]
    pub fn same_sums(&self) -> bool {
        self.tried.windows(2).all(|pair| pair[0].sum == pair[1].sum)
    }
}

impl Trial {
    fn is_undisturbed(&self) -> bool {
        tell::error(self.predicted, self.time).abs() <= 0.1
    }
}
