//! What an exploration has found.

use std::fmt;
use std::path::Path;

use crate::schedule::{Place, Schedule};

/// What an exploration has found.
///
/// Printed, it is one line: `6 schedules, 4 fail`.
///
/// ```
/// use interleavings::{Limits, explore};
///
/// let report = explore(|| 1 + 1, Limits::default())?;
/// assert_eq!(report.to_string(), "1 schedule, 0 fail");
/// assert_eq!(report.outcomes[0].end.to_string(), "2");
/// # Ok::<(), interleavings::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// How many schedules were tried.
    pub schedules: u64,
    /// In how many of them the program panicked or deadlocked.
    pub failures: u64,
    /// How many were cut short, because they had too many steps.
    pub cut: u64,
    /// Whether every schedule was tried that was asked for, and to its end.
    pub complete: bool,
    /// The ends that the program came to, in the order in which they were found.
    pub outcomes: Vec<Outcome>,
    /// The schedules that were to be kept ([`Limits::keep`]), each with the number of
    /// its outcome.
    ///
    /// [`Limits::keep`]: crate::Limits::keep
    pub kept: Vec<(usize, Schedule)>,
}

/// An end of the program, and the schedules that lead to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// How the program ended.
    pub end: End,
    /// How many schedules lead there.
    pub schedules: u64,
    /// The shortest of them: with the fewest preemptions, and then the fewest steps.
    pub shortest: Schedule,
}

/// How the program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// It returned a value, which is shown as `{:?}` prints it.
    Returned(String),
    /// A thread panicked, and no other took its panic from its handle.
    Panicked(String),
    /// No thread could go on; these had not ended.
    Deadlocked(Vec<Stand>),
    /// There were too many steps. This is where the last one stood: most often in a
    /// loop that waits for another thread.
    Cut(Stand),
}

/// Where a thread stands that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stand {
    /// The name of the thread.
    pub thread: String,
    /// The operation that it called last, unless it has called none.
    pub place: Option<Place>,
    /// Why it does not go on.
    pub waits_for: WaitsFor,
}

/// What a thread waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaitsFor {
    /// Nothing: it runs, or could run.
    Nothing,
    /// A lock, and the thread that holds it, with the place where it was taken.
    Lock(Option<(String, Place)>),
    /// A notification.
    Notification,
    /// To be unparked.
    Token,
    /// The end of a thread.
    End(String),
    /// The end of a sleep.
    Time,
}

impl Report {
    /// The outcome with the shortest of all schedules in which the program failed.
    ///
    /// ```
    /// use interleavings::sync::Mutex;
    /// use interleavings::{End, Limits, explore};
    ///
    /// let program = || {
    ///     let lock = Mutex::new(());
    ///     let held = lock.lock().unwrap();
    ///     drop(lock.lock()); // It waits for itself.
    ///     drop(held);
    /// };
    /// let report = explore(program, Limits::default())?;
    /// let failure = report.shortest_failure().expect("it deadlocks");
    /// assert!(matches!(failure.end, End::Deadlocked(_)));
    /// # Ok::<(), interleavings::Error>(())
    /// ```
    #[must_use]
    pub fn shortest_failure(&self) -> Option<&Outcome> {
        let failed = self.outcomes.iter().filter(|outcome| outcome.end.is_failure());
        failed.min_by_key(|outcome| outcome.shortest.length())
    }

    /// The outcome in which the program returned this value, as `{:?}` prints it.
    #[must_use]
    pub fn returned(&self, value: &str) -> Option<&Outcome> {
        let is_it =
            |end: &End| matches!(end, End::Returned(returned) if returned == value);
        self.outcomes.iter().find(|outcome| is_it(&outcome.end))
    }

    /// Counts a schedule that has led to `end`; `schedule` gives its steps, if they are
    /// worth keeping, and `length` its preemptions and the number of its steps. The
    /// first schedules, `keep` of them, stay whole.
    pub(crate) fn add(
        &mut self,
        end: End,
        length: (u32, usize),
        keep: usize,
        schedule: impl Fn() -> Schedule,
    ) {
        self.schedules += 1;
        self.failures += u64::from(end.is_failure());
        self.cut += u64::from(matches!(end, End::Cut(_)));
        let number = self.outcomes.iter().position(|outcome| outcome.end == end);
        if self.kept.len() < keep {
            self.kept.push((number.unwrap_or(self.outcomes.len()), schedule()));
        }
        match number.map(|number| &mut self.outcomes[number]) {
            Some(known) => {
                known.schedules += 1;
                if length < known.shortest.length() {
                    known.shortest = schedule();
                }
            }
            None => {
                self.outcomes.push(Outcome { end, schedules: 1, shortest: schedule() });
            }
        }
    }
}

impl Outcome {
    /// The shortest schedule, as [`Schedule::lines`] gives it, and below it how the
    /// program ended; in a deadlock a line for each thread that waits.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = self.shortest.lines();
        match &self.end {
            End::Deadlocked(stands) => {
                lines.extend(stands.iter().map(Stand::to_string));
            }
            end => lines.push(end.to_string()),
        }
        lines
    }
}

impl Schedule {
    /// Shorter ones have fewer preemptions, and then fewer steps.
    fn length(&self) -> (u32, usize) {
        (self.preemptions, self.steps.len())
    }
}

impl End {
    /// Whether the program failed: it panicked or deadlocked.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        matches!(self, Self::Panicked(_) | Self::Deadlocked(_))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.schedules == 1 { "" } else { "s" };
        write!(f, "{} schedule{plural}, {} fail", self.schedules, self.failures)?;
        if self.cut > 0 {
            write!(f, ", {} cut short", self.cut)?;
        }
        if !self.complete {
            f.write_str(", not complete")?;
        }
        Ok(())
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Returned(nothing) if nothing == "()" => f.write_str("ends well"),
            Self::Returned(value) => f.write_str(value),
            Self::Panicked(message) => write!(f, "panic: {message}"),
            Self::Deadlocked(stands) => {
                let stands: Vec<_> = stands.iter().map(Stand::to_string).collect();
                write!(f, "deadlock: {}", stands.join("; "))
            }
            Self::Cut(stand) => write!(f, "cut short: {stand}"),
        }
    }
}

impl fmt::Display for Stand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { thread, place, waits_for } = self;
        let Some(place) = place else {
            return write!(f, "{thread} has not taken a step");
        };
        let place = short(place);
        match waits_for {
            WaitsFor::Nothing => write!(f, "{thread} is at {place}"),
            WaitsFor::Lock(None) => write!(f, "{thread} waits at {place} for a lock"),
            WaitsFor::Lock(Some((holder, taken))) => write!(
                f,
                "{thread} waits at {place} for the lock that {holder} took at {}",
                short(taken)
            ),
            WaitsFor::Notification => {
                write!(f, "{thread} waits at {place} for a notification")
            }
            WaitsFor::Token => write!(f, "{thread} waits at {place} to be unparked"),
            WaitsFor::End(other) => {
                write!(f, "{thread} waits at {place} for the end of {other}")
            }
            WaitsFor::Time => write!(f, "{thread} sleeps at {place}"),
        }
    }
}

/// `queue.rs:31`
fn short(place: Place) -> String {
    let file = Path::new(place.file()).file_name().unwrap_or_default();
    format!("{}:{}", file.display(), place.line())
}
