//! The events of a run, for whoever counts its claims or draws its timeline.
//!
//! With `SCENE_TRACE=FILE` every event is appended to FILE as one line of JSON, by one write, from every process
//! of the scene. Without it nothing is written, and an event costs one look at a flag.

use std::fs::File;
use std::io::Write as _;
use std::sync::OnceLock;
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};
use nix::unistd::{getpid, gettid};
use serde::{Deserialize, Serialize};

use crate::lane;

/// What happened, when, and in which lane.
///
/// | kind | text | written by |
/// |---|---|---|
/// | `say` | the line | [`say!`](crate::say!) |
/// | `claim`, `broken` | the sentence | [`claim!`](crate::claim!) |
/// | `sleep` | nothing; `for_ns` is how long | [`pace::sleep`](crate::pace::sleep) |
/// | `begin`, `end` | what began or ended | [`span`] |
/// | `birth`, `death`, `signal` | the name of the process, how it ended, the signal and whom it goes to | a mechanism |
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Nanoseconds on the monotonic clock, the same for all processes.
    pub ns: i64,
    /// The process.
    pub pid: i32,
    /// The thread.
    pub tid: i32,
    /// Who speaks.
    pub lane: String,
    /// What kind of event, see the table.
    pub kind: String,
    /// What is told.
    pub text: String,
    /// How many nanoseconds a sleep lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_ns: Option<u64>,
}

/// Writes down that something happened.
pub fn event(kind: &str, text: &str) {
    append(kind, text, None);
}

/// Writes down that the lane sleeps from now on for so long.
pub fn sleep(time: Duration) {
    append("sleep", "", Some(time.as_nanos() as u64));
}

/// Writes down that something begins, and that it ends when the span is dropped.
///
/// ```
/// let eating = shared::trace::span("eating");
/// // …
/// drop(eating);
/// ```
#[must_use = "the span ends when it is dropped"]
pub fn span(text: &str) -> Span {
    event("begin", text);
    Span(text.to_owned())
}

/// Something that lasts; made by [`span`].
#[derive(Debug)]
pub struct Span(String);

impl Drop for Span {
    fn drop(&mut self) {
        event("end", &self.0);
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

fn append(kind: &str, text: &str, for_ns: Option<u64>) {
    let Some(Some(mut file)) = FILE.get().map(Option::as_ref) else { return };
    let event = Event {
        ns: clock_gettime(ClockId::CLOCK_MONOTONIC).map_or(0, |now| Duration::from(now).as_nanos() as i64),
        pid: getpid().as_raw(),
        tid: gettid().as_raw(),
        lane: lane::current(),
        kind: kind.to_owned(),
        text: text.to_owned(),
        for_ns,
    };
    let written = serde_json::to_string(&event)
        .map_err(std::io::Error::from)
        .and_then(|json| file.write_all(format!("{json}\n").as_bytes()));
    if let Err(error) = written {
        eprintln!("SCENE_TRACE: {error}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line_of_json_and_comes_back() {
        let event = Event {
            ns: 7,
            pid: 1,
            tid: 2,
            lane: "x".into(),
            kind: "say".into(),
            text: "two\nlines".into(),
            for_ns: None,
        };
        let json = serde_json::to_string(&event).expect("json");
        assert!(!json.contains('\n') && !json.contains("for_ns"), "{json}");
        assert_eq!(serde_json::from_str::<Event>(&json).expect("an event"), event);
    }
}
