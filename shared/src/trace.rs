//! The trace of a run: what happened, when, and in which lane.
//!
//! With `SCENE_TRACE=FILE` each [`Record`] is appended to FILE as one line of JSON, by
//! one write, from every process of the scene. Without it nothing is written, and a
//! record costs one look at a flag.

use std::fs::File;
use std::io::Write as _;
use std::sync::OnceLock;
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};
use nix::unistd::{getpid, getppid, gettid};
use serde::{Deserialize, Serialize};

use crate::{explored, lane};

/// A line of the trace: what happened, when, and in which lane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Nanoseconds on the monotonic clock, the same for all processes.
    pub ns: i64,
    /// The process.
    pub pid: i32,
    /// The thread.
    pub tid: i32,
    /// The lane: the name of the process, the thread or the coroutine.
    pub lane: String,
    /// Whether the lane is a coroutine, and not the thread that runs it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub coroutine: bool,
    /// What happened.
    pub kind: Kind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The lane printed a line with [`say!`](crate::say!).
    Say {
        /// The line.
        text: String,
        /// The source file that says it, relative to the workspace's folder.
        file: String,
        /// The line of that file, from 1.
        line: u32,
    },
    /// A [`claim!`](crate::claim!) was checked.
    Claim {
        /// Whether it held.
        held: bool,
        /// The sentence as it was printed.
        text: String,
        /// The sentence as it stands in the source.
        sentence: String,
        /// The source file, relative to the workspace's folder.
        file: String,
        /// The line of that file, from 1.
        line: u32,
    },
    /// The lane sleeps from now on; see [`pace::sleep`](crate::pace::sleep).
    Sleep {
        /// For how long, in nanoseconds.
        ns: u64,
    },
    /// The pace was asked for; written by the first call of
    /// [`pace::secs`](crate::pace::secs).
    Pace {
        /// How long a second of the notes lasts, in seconds.
        seconds: f64,
    },
    /// A [`span`] begins.
    Begin {
        /// What the lane does.
        text: String,
    },
    /// A wait begins; see [`waiting`].
    Wait {
        /// What the lane waits for: `for the lock`.
        text: String,
    },
    /// A span or a wait ends.
    End {
        /// The text with which it began.
        text: String,
    },
    /// The process or the thread begins to run.
    Birth {
        /// Its name.
        name: String,
        /// The parent of a process; nothing for a thread.
        parent: Option<i32>,
    },
    /// The process or the thread is about to end.
    Exit {
        /// How: `ended well`.
        how: String,
    },
    /// A process has ended, as another one saw it.
    Death {
        /// Its name.
        name: String,
        /// Its pid.
        pid: i32,
        /// How it ended: `killed by SIGTERM`.
        how: String,
    },
    /// The lane sends a signal to a process.
    Signal {
        /// Its name: `SIGTERM`.
        signal: String,
        /// The name of the receiver.
        to: String,
        /// The pid of the receiver.
        pid: i32,
    },
}

/// Records that something happened here and now, unless it did in an explored program.
/// The kind is made only if a trace is written.
pub fn record(kind: impl FnOnce() -> Kind) {
    if is_written() && !explored::is_explored() {
        append(kind());
    }
}

/// Records something of the whole process.
pub(crate) fn append(kind: Kind) {
    if !is_written() {
        return;
    }
    // The thread-local is gone where the destructor of another one records something:
    // by then the birth has been recorded.
    let _ = LIFE.try_with(|_born| ());
    Record::now(kind).write();
}

/// Records that the lane sleeps from now on for so long.
pub fn sleep(time: Duration) {
    record(|| Kind::Sleep { ns: time.as_nanos() as u64 });
}

/// Records that this process or thread begins to run under that name.
pub fn birth(name: &str) {
    let is_process = gettid() == getpid();
    let parent = is_process.then(|| getppid().as_raw());
    record(|| Kind::Birth { name: name.to_owned(), parent });
}

/// Records that this process or thread is about to end, and how.
pub fn exit(how: &str) {
    record(|| Kind::Exit { how: how.to_owned() });
}

/// Records that the process of that name and pid has ended, and how.
pub fn death(name: &str, pid: i32, how: &str) {
    record(|| Kind::Death { name: name.to_owned(), pid, how: how.to_owned() });
}

/// Records that a signal is sent to the process of that name and pid.
pub fn signal(signal: &str, name: &str, pid: i32) {
    record(|| Kind::Signal { signal: signal.to_owned(), to: name.to_owned(), pid });
}

/// Records that something begins, and that it ends when the span is dropped.
///
/// ```
/// let eating = shared::trace::span("eating");
/// // …
/// drop(eating);
/// ```
#[must_use = "the span ends when it is dropped"]
pub fn span(text: &str) -> Span {
    record(|| Kind::Begin { text: text.to_owned() });
    Span::of(text)
}

/// Records that the lane waits, and that the wait ends when the span is dropped.
///
/// ```
/// let light = shared::trace::waiting("for the light");
/// // …
/// drop(light);
/// ```
#[must_use = "the wait ends when it is dropped"]
pub fn waiting(what_for: &str) -> Span {
    record(|| Kind::Wait { text: what_for.to_owned() });
    Span::of(what_for)
}

/// Something that lasts; made by [`span`] and [`waiting`].
#[derive(Debug)]
pub struct Span(Option<String>);

impl Span {
    fn of(text: &str) -> Self {
        Self(is_written().then(|| text.to_owned()))
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        if let Some(text) = self.0.take() {
            record(|| Kind::End { text });
        }
    }
}

static FILE: OnceLock<Option<File>> = OnceLock::new();

/// Opens the file that `SCENE_TRACE` names, or says why not.
pub(crate) fn open() -> Result<(), String> {
    let Some(path) = std::env::var_os("SCENE_TRACE") else {
        FILE.get_or_init(|| None);
        return Ok(());
    };
    let file = File::options()
        .append(true)
        .create(true)
        .open(&path)
        .map_err(|error| format!("SCENE_TRACE={}: {error}", path.display()))?;
    FILE.get_or_init(|| Some(file));
    Ok(())
}

/// Whether a trace is written at all.
#[must_use]
pub fn is_written() -> bool {
    matches!(FILE.get(), Some(Some(_)))
}

thread_local! {
    static LIFE: Life = Life::begin();
}

/// The life of a thread other than the process's first: it is born with its first
/// record, and its end is the last one.
struct Life(Option<String>);

impl Life {
    fn begin() -> Self {
        let name = (gettid() != getpid()).then(lane::of_thread);
        if let Some(name) = &name {
            let birth = Kind::Birth { name: name.clone(), parent: None };
            Record::of(birth, name.clone()).write();
        }
        Self(name)
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        if let Some(name) = self.0.take() {
            Record::of(Kind::Exit { how: "ended".to_owned() }, name).write();
        }
    }
}

impl Record {
    /// A record of this moment and this lane, to be written later or not at all.
    #[must_use]
    pub fn now(kind: Kind) -> Self {
        let coroutine = lane::coroutine();
        let is_coroutine = coroutine.is_some();
        let lane = coroutine.unwrap_or_else(lane::of_thread);
        Self { coroutine: is_coroutine, ..Self::of(kind, lane) }
    }

    fn of(kind: Kind, lane: String) -> Self {
        Self {
            ns: clock_gettime(ClockId::CLOCK_MONOTONIC)
                .map_or(0, |now| Duration::from(now).as_nanos() as i64),
            pid: getpid().as_raw(),
            tid: gettid().as_raw(),
            lane,
            coroutine: false,
            kind,
        }
    }

    /// Appends the record to the trace, if one is written.
    pub fn write(&self) {
        let Some(Some(mut file)) = FILE.get().map(Option::as_ref) else { return };
        let written = serde_json::to_string(self)
            .map_err(std::io::Error::from)
            .and_then(|json| file.write_all(format!("{json}\n").as_bytes()));
        if let Err(error) = written {
            eprintln!("SCENE_TRACE: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_one_line_of_json_and_comes_back() {
        let name = || "x".to_owned();
        let text = || "two\nlines".to_owned();
        for (kind, json) in [
            (
                Kind::Say { text: text(), file: name(), line: 8 },
                r#"{"say":{"text":"two\nlines","file":"x","line":8}}"#,
            ),
            (Kind::Sleep { ns: 7 }, r#"{"sleep":{"ns":7}}"#),
            (
                Kind::Death { name: name(), pid: 3, how: text() },
                r#"{"death":{"name":"x","pid":3,"how":"two\nlines"}}"#,
            ),
        ] {
            let record =
                Record { ns: 7, pid: 1, tid: 2, lane: name(), coroutine: false, kind };
            let line = serde_json::to_string(&record).expect("json");
            let expected = r#"{"ns":7,"pid":1,"tid":2,"lane":"x","kind":"#;
            assert_eq!(line, format!("{expected}{json}}}"));
            let read = serde_json::from_str::<Record>(&line).expect("a record");
            assert_eq!(read, record);
        }
    }
}
