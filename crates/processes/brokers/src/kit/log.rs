//! What each process does with each apple, on record also if the process is killed.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use shared::Result;

/// A file with a line for each event, shared by a process and its children.
#[derive(Debug)]
pub struct Log {
    file: File,
    path: tempfile::TempPath,
    begun: Instant,
}

/// What has happened to an apple.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The broker has accepted it.
    Accepted,
    /// A consumer has got it.
    Got,
    /// The consumer has eaten it, and has yet to say so to the broker.
    Eaten,
}

/// A line of the log.
#[derive(Debug)]
pub struct Line {
    pub process: String,
    pub event: Event,
    pub apple: String,
    /// Since the log was begun.
    pub at: Duration,
}

impl Log {
    /// # Errors
    /// If there is no temporary file.
    pub fn new() -> Result<Self> {
        let path = tempfile::NamedTempFile::new()?.into_temp_path();
        let file = OpenOptions::new().append(true).open(&path)?;
        Ok(Self { file, path, begun: Instant::now() })
    }

    /// The time on the clock that all lines have.
    pub fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Appends a line by one write, so that a kill leaves all of it or nothing.
    ///
    /// # Errors
    /// If the disk is full.
    pub fn write(&self, process: &str, event: Event, apple: &str) -> Result {
        let nanos = self.now().as_nanos();
        let line = format!("{process} {} {nanos} {apple}\n", event.name());
        (&self.file).write_all(line.as_bytes()).context("the log")
    }

    /// All lines so far.
    ///
    /// # Errors
    /// If the file is gone, or is not a log.
    pub fn lines(&self) -> Result<Vec<Line>> {
        let text = std::fs::read_to_string(&self.path)?;
        let lines = text.lines().map(|line| parse(line).context("no line of a log"));
        lines.collect()
    }
}

impl Event {
    const ALL: [Self; 3] = [Self::Accepted, Self::Got, Self::Eaten];

    fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Got => "got",
            Self::Eaten => "eaten",
        }
    }
}

fn parse(line: &str) -> Option<Line> {
    let mut words = line.splitn(4, ' ');
    let process = words.next()?.to_owned();
    let event = words.next()?;
    let event = Event::ALL.into_iter().find(|it| it.name() == event)?;
    let at = Duration::from_nanos(words.next()?.parse().ok()?);
    Some(Line { process, event, apple: words.next()?.to_owned(), at })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let log = Log::new().unwrap();
        log.write("x1", Event::Got, "apple 7").unwrap();
        log.write("x1", Event::Eaten, "apple 7").unwrap();
        let lines = log.lines().unwrap();
        assert!(lines.iter().all(|it| it.process == "x1" && it.apple == "apple 7"));
        assert_eq!([lines[0].event, lines[1].event], [Event::Got, Event::Eaten]);
        assert!(lines[0].at < lines[1].at && lines[1].at < log.now());
    }
}
