//! A map of jobs: the more tasks, the higher; the larger the share of waiting, the
//! further right.

use std::fmt::Display;
use std::time::Duration;

use crate::{Error, Job, Machine, Task, Way};

/// How many times as long as the best a way may be predicted to take, to be run.
const CANDIDATE: f64 = 2.5;

/// How long a cell is to be measured at least.
const SHORT: Duration = Duration::from_millis(20);

/// Jobs that differ in the number of tasks and in their share of waiting.
#[derive(Debug)]
pub struct Map {
    tasks: Vec<u32>,
    shares: Vec<f64>,
    /// Row by row, the most tasks first.
    cells: Vec<Cell>,
}

/// A job of the map.
#[derive(Debug)]
pub struct Cell {
    /// The job.
    pub job: Job,
    /// The way predicted to be the fastest.
    pub predicted: Way,
    /// The shortest run in each way that was predicted to be of the faster ones.
    times: Vec<(Way, Duration)>,
}

impl Map {
    /// Jobs of tasks of that length, with a prediction for each.
    ///
    /// # Panics
    /// If a share is not between 0 and 1.
    #[must_use]
    pub fn predict(
        machine: &Machine,
        length: Duration,
        tasks: &[u32],
        shares: &[f64],
    ) -> Self {
        let mut tasks = tasks.to_vec();
        tasks.sort_unstable_by(|a, b| b.cmp(a));
        let cell = |n, share| {
            let job = Job::new(n, Task::of(length, share));
            Cell { job, predicted: machine.best(&job), times: Vec::new() }
        };
        let row = |&n: &u32| shares.iter().map(move |&share| cell(n, share));
        let cells = tasks.iter().flat_map(row).collect();
        Self { tasks, shares: shares.to_vec(), cells }
    }

    /// Runs each job in the way that was predicted to be the fastest, and in those that
    /// were predicted to take at most 2.5 times as long.
    ///
    /// # Errors
    /// As [`Machine::run`].
    pub fn measure(&mut self, machine: &Machine) -> Result<(), Error> {
        for cell in &mut self.cells {
            let most = machine.predict(cell.predicted, &cell.job).mul_f64(CANDIDATE);
            for way in Way::CHOICE {
                if machine.predict(way, &cell.job) <= most {
                    cell.times.push((way, shortest(machine, way, &cell.job)?));
                }
            }
        }
        Ok(())
    }

    /// The jobs, row by row, the most tasks first.
    #[must_use]
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// The map in lines, with a word in each cell.
    pub fn draw<W: Display>(&self, word: impl Fn(&Cell) -> W) -> Vec<String> {
        let rows = self.cells.chunks(self.shares.len()).zip(&self.tasks);
        let mut lines: Vec<String> = rows
            .map(|(cells, tasks)| {
                let cells = cells.iter().map(|cell| format!("{:>11}", word(cell)));
                format!("{tasks:>5} |{}", cells.collect::<String>())
            })
            .collect();
        let percent =
            |share: &f64| format!("{:>11}", format!("{:.0} %", share * 100.0));
        let shares: String = self.shares.iter().map(percent).collect();
        lines.push(format!("tasks |{shares} waiting"));
        lines
    }
}

impl Cell {
    /// The way that was the fastest.
    #[must_use]
    pub fn fastest(&self) -> Option<Way> {
        let fastest = self.times.iter().min_by_key(|(_, time)| *time);
        fastest.map(|(way, _)| *way)
    }

    /// The shortest run in that way, if it was run.
    #[must_use]
    pub fn time(&self, way: Way) -> Option<Duration> {
        self.times.iter().find(|(it, _)| *it == way).map(|(_, time)| *time)
    }

    /// How many times as long as the fastest the way took that was predicted to be it;
    /// 1 if it was.
    #[must_use]
    pub fn excess(&self) -> f64 {
        let time = |way| self.time(way).unwrap_or(Duration::MAX).as_secs_f64();
        self.fastest().map_or(f64::INFINITY, |way| time(self.predicted) / time(way))
    }
}

/// The shortest of some runs, of the more the shorter they are.
fn shortest(machine: &Machine, way: Way, job: &Job) -> Result<Duration, Error> {
    let (mut shortest, mut total) = (Duration::MAX, Duration::ZERO);
    for _ in 0..5 {
        let time = machine.run(way, job)?.time;
        shortest = shortest.min(time);
        total += time;
        if total > SHORT {
            break;
        }
    }
    Ok(shortest)
}
