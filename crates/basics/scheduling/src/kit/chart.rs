//! Schedules as text: the Gantt chart and the table of times.

use crate::schedule::{Metrics, Schedule};

/// The widest chart, in columns.
const WIDEST: u64 = 60;

/// A column in which the job has the core, waits for its device, or waits for the core.
const RUNS: char = '█';
const IO: char = '~';
const READY: char = '░';

impl Schedule {
    /// The Gantt chart, line by line: a row for each job, in which `█` means that the
    /// job has the core, `░` that it is ready and waits for the core, and `~` that it
    /// waits for its device. If there are too many units for the line, a column stands
    /// for several; then it shows whatever happens in any of them.
    ///
    /// ```
    /// use scheduling::{Job, Policy};
    ///
    /// let jobs = [Job::new("a", 0, 5), Job::new("b", 2, 3)];
    /// let chart = Policy::round_robin(4).schedule(&jobs)?.chart();
    /// assert_eq!(chart, ["   0    5", "a  ████░░░█", "b    ░░███"]);
    /// # Ok::<(), scheduling::Error>(())
    /// ```
    #[must_use]
    pub fn chart(&self) -> Vec<String> {
        let begin = self.jobs.iter().map(|job| job.arrival).min().unwrap_or_default();
        let unit = round((self.end() - begin).div_ceil(WIDEST));
        let columns = ((self.end() - begin).div_ceil(unit)) as usize;
        let column = |at: u64| ((at - begin) / unit) as usize;
        // The column behind the last one that has a part of the stretch.
        let behind = |at: u64| (at - begin).div_ceil(unit) as usize;

        let mut rows = vec![vec![' '; columns]; self.jobs.len()];
        for (row, job) in rows.iter_mut().zip(&self.jobs) {
            row[column(job.arrival)..behind(job.end)].fill(READY);
        }
        for wait in &self.io {
            rows[wait.job][column(wait.begin)..behind(wait.end)].fill(IO);
        }
        for slice in &self.slices {
            rows[slice.job][column(slice.begin)..behind(slice.end)].fill(RUNS);
        }

        let names = self.jobs.iter().map(|job| job.name.chars().count());
        let width = names.max().unwrap_or_default();
        let mut lines = vec![format!("{:width$}  {}", "", axis(begin, unit, columns))];
        lines.extend(self.jobs.iter().zip(rows).map(|(job, row)| {
            let row: String = row.into_iter().collect();
            format!("{:width$}  {}", job.name, row.trim_end())
        }));
        if unit > 1 {
            lines.push(format!("{:width$}  (a column is {unit} units)", ""));
        }
        lines
    }

    /// The times of each job and their means, line by line.
    ///
    /// ```
    /// use scheduling::{Job, Policy};
    ///
    /// let jobs = [Job::new("a", 0, 5), Job::new("b", 2, 3)];
    /// let table = Policy::ShortestJobFirst.schedule(&jobs)?.table();
    /// assert!(table[0].starts_with("job   arrival  burst  end  turnaround"));
    /// assert!(table[2].starts_with("b           2      3    8           6"));
    /// # Ok::<(), scheduling::Error>(())
    /// ```
    #[must_use]
    pub fn table(&self) -> Vec<String> {
        let head = ["arrival", "burst", "end", "turnaround", "waiting", "response"];
        let mut rows = vec![("job".to_owned(), head.map(str::to_owned))];
        for job in &self.jobs {
            let times = [
                job.arrival,
                job.burst,
                job.end,
                job.turnaround(),
                job.waiting(),
                job.response(),
            ];
            let late = if job.is_late() { " late" } else { "" };
            rows.push((
                format!("{}{late}", job.name),
                times.map(|time| time.to_string()),
            ));
        }
        let mean = |time| self.mean(time).to_string();
        let [turnaround, waiting, response] =
            [Metrics::turnaround, Metrics::waiting, Metrics::response].map(mean);
        let none = String::new;
        rows.push((
            "mean".to_owned(),
            [none(), none(), none(), turnaround, waiting, response],
        ));

        let names = rows.iter().map(|(name, _)| name.chars().count());
        let first = names.max().unwrap_or_default();
        let widths: Vec<usize> = (0..head.len())
            .map(|at| rows.iter().map(|(_, cells)| cells[at].len()).max().unwrap_or(0))
            .collect();
        let line = |(name, cells): (String, [String; 6])| {
            let cells = cells.iter().zip(&widths);
            cells.fold(format!("{name:first$}"), |line, (cell, &width)| {
                format!("{line}  {cell:>width$}")
            })
        };
        rows.into_iter().map(line).collect()
    }
}

/// The next 1, 2 or 5 with zeros behind it.
fn round(least: u64) -> u64 {
    let mut tens = 1;
    loop {
        for unit in [tens, 2 * tens, 5 * tens] {
            if unit >= least {
                return unit;
            }
        }
        tens *= 10;
    }
}

/// The numbers above the chart, at every fifth column or, if they are long, farther
/// apart.
fn axis(begin: u64, unit: u64, columns: usize) -> String {
    let longest = (u128::from(begin) + u128::from(unit) * columns as u128).to_string();
    let step = (longest.len() + 1).next_multiple_of(5);
    let mut axis = String::new();
    for column in (0..=columns).step_by(step) {
        let at = u128::from(begin) + u128::from(unit) * column as u128;
        axis = format!("{axis:column$}{at}");
    }
    axis
}

#[cfg(test)]
mod tests {
    use crate::{Job, Policy};

    #[test]
    fn a_column_may_stand_for_many_units() -> Result<(), crate::Error> {
        let at = 1_000_000_000_000;
        let jobs = [Job::new("a", at, 600), Job::new("bee", at + 300, 600)];
        let chart = Policy::FirstComeFirstServed.schedule(&jobs)?.chart();
        let (full, empty) = ("█".repeat(30), " ".repeat(15));
        assert_eq!(
            chart,
            [
                format!(
                    "     {at}  {}  {}  {}  {}",
                    at + 300,
                    at + 600,
                    at + 900,
                    at + 1200
                ),
                format!("a    {full}"),
                format!("bee  {empty}{}{full}", "░".repeat(15)),
                "     (a column is 20 units)".to_owned(),
            ]
        );
        Ok(())
    }

    #[test]
    fn io_and_waiting_are_told_apart() -> Result<(), crate::Error> {
        let jobs = [Job::new("a", 0, 4).io(1, 2), Job::new("b", 1, 4)];
        let chart = Policy::FirstComeFirstServed.schedule(&jobs)?.chart();
        assert_eq!(chart, ["   0    5    10", "a  █~~░░█~~█~~█", "b   ████"]);
        Ok(())
    }

    #[test]
    fn the_last_moment_of_all_has_a_chart() -> Result<(), crate::Error> {
        let jobs = [Job::new("a", u64::MAX - 70, 70)];
        let chart = Policy::FirstComeFirstServed.schedule(&jobs)?.chart();
        assert_eq!(chart[1], format!("a  {}", "█".repeat(35)));
        Ok(())
    }
}
