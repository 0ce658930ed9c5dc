//! The events of a run, for whoever counts its claims or draws its timeline.
//!
//! With `SCENE_TRACE=FILE` every event is appended to FILE as one line of JSON, by one
//! write, from every process of the scene. Without it nothing is written, and an event
//! costs one look at a flag.

use std::cell::RefCell;
use std::fs::File;
use std::io::Write as _;
use std::sync::OnceLock;
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};
use nix::unistd::{getpid, getppid, gettid};
use serde::{Deserialize, Serialize};

use crate::lane;

/// What happened, when, and in which lane.
///
/// | kind | text | written by |
/// |---|---|---|
/// | `say` | the line | [`say!`](crate::say!) |
/// | `claim`, `broken` | the sentence | [`claim!`](crate::claim!) |
/// | `sleep` | nothing; `for_ns` is how long | [`pace::sleep`](crate::pace::sleep) |
/// | `pace` | how many seconds a second of the notes lasts | [`pace::secs`](crate::pace::secs), at its first call |
/// | `begin`, `end` | what began or ended | [`span`], [`turn`] |
/// | `wait`, `end` | what is waited for | [`waiting`] |
/// | `birth` | the name of the process or thread; `other` is a process's parent | [`birth`] |
/// | `exit` | how a process or thread leaves, told by itself | [`exit`] |
/// | `death` | the name of a process and how it ended; `other` is its pid | [`death`], by who reaps it |
/// | `signal` | the signal and the name of whom it goes to; `other` is their pid | [`signal`] |
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
    /// Whether that is a coroutine, and not the thread that runs it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub coroutine: bool,
    /// What kind of event, see the table.
    pub kind: String,
    /// What is told.
    pub text: String,
    /// How many nanoseconds a sleep lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_ns: Option<u64>,
    /// The other process that is concerned, if one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<i32>,
}

/// Writes down that something happened.
pub fn event(kind: &str, text: &str) {
    append(kind, text, None, None);
}

/// Writes down that the lane sleeps from now on for so long.
pub fn sleep(time: Duration) {
    append("sleep", "", Some(time.as_nanos() as u64), None);
}

/// Writes down that this process or thread begins to live under that name.
pub fn birth(name: &str) {
    let is_process = gettid() == getpid();
    append("birth", name, None, is_process.then(|| getppid().as_raw()));
}

/// Writes down that this process or thread is about to leave, and how.
pub fn exit(how: &str) {
    event("exit", how);
}

/// Writes down that the process of that name and pid has ended, and how.
pub fn death(name: &str, pid: i32, how: &str) {
    append("death", &format!("{name}: {how}"), None, Some(pid));
}

/// Writes down that a signal goes to the process of that name and pid.
pub fn signal(signal: &str, name: &str, pid: i32) {
    append("signal", &format!("{signal} to {name}"), None, Some(pid));
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
    begin("begin", text)
}

/// Writes down that the lane waits, and that the wait ends when the span is dropped.
///
/// ```
/// let light = shared::trace::waiting("for the light");
/// // …
/// drop(light);
/// ```
#[must_use = "the wait ends when it is dropped"]
pub fn waiting(what_for: &str) -> Span {
    begin("wait", what_for)
}

fn begin(kind: &str, text: &str) -> Span {
    event(kind, text);
    Span(is_written().then(|| text.to_owned()))
}

/// Something that lasts; made by [`span`] and [`waiting`].
#[derive(Debug)]
pub struct Span(Option<String>);

impl Drop for Span {
    fn drop(&mut self) {
        if let Some(text) = &self.0 {
            event("end", text);
        }
    }
}

/// Writes down, as [`span`] does, something short that is done over and over: turns
/// that follow each other at once are told as one. A loop that answers ten thousand
/// requests would else take longer for telling than for answering.
#[must_use = "the turn ends when it is dropped"]
pub fn turn(text: &'static str) -> Turn {
    if is_written() && !goes_on(text) {
        event("begin", text);
    }
    Turn(is_written().then_some(text))
}

/// Whether the thread's last turn was the same and has ended just now; then its end is
/// not told.
fn goes_on(text: &str) -> bool {
    let begin = Event::here("begin", text);
    let same = |end: &mut Event| {
        (end.pid, &end.lane, &end.text) == (begin.pid, &begin.lane, &begin.text)
            && begin.ns - end.ns < PAUSE
    };
    LIFE.try_with(|life| life.turn.borrow_mut().take_if(same).is_some())
        .unwrap_or(false)
}

/// Turns with a longer pause between them, in nanoseconds, are told apart.
const PAUSE: i64 = 20_000;

/// Something short that is done over and over; made by [`turn`].
#[derive(Debug)]
pub struct Turn(Option<&'static str>);

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(text) = self.0 {
            let end = Event::here("end", text);
            // Gone at the thread's end: then nobody will go on, and there is no hurry
            // any more.
            let _ = LIFE.try_with(|life| life.turn.replace(Some(end)));
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

fn is_written() -> bool {
    matches!(FILE.get(), Some(Some(_)))
}

fn append(kind: &str, text: &str, for_ns: Option<u64>, other: Option<i32>) {
    if !is_written() {
        return;
    }
    // Gone where the destructor of another thread's local tells something: then the
    // birth has been told long ago.
    let _ = LIFE.try_with(Life::end_turn);
    write(&Event { for_ns, other, ..Event::here(kind, text) });
}

thread_local! {
    static LIFE: Life = Life::begin();
}

/// The life of a thread that is not its process's first: it is born when it first tells
/// something, and says when it ends.
struct Life {
    name: Option<String>,
    /// The end of its last turn, which is not yet told, as another may follow at once.
    turn: RefCell<Option<Event>>,
}

impl Life {
    fn begin() -> Self {
        let name = (gettid() != getpid()).then(lane::of_thread);
        if let Some(name) = &name {
            write(&Event::now("birth", name, name.clone()));
        }
        Self { name, turn: RefCell::default() }
    }

    fn end_turn(&self) {
        // A child that was forked meanwhile has a copy of it, and it is the parent's to
        // tell.
        if let Some(end) = self.turn.take().filter(|end| end.pid == getpid().as_raw()) {
            write(&end);
        }
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        self.end_turn();
        if let Some(name) = self.name.take() {
            write(&Event::now("exit", "ended", name));
        }
    }
}

impl Event {
    fn here(kind: &str, text: &str) -> Self {
        let coroutine = lane::coroutine();
        let is_coroutine = coroutine.is_some();
        let lane = coroutine.unwrap_or_else(lane::of_thread);
        Self { coroutine: is_coroutine, ..Self::now(kind, text, lane) }
    }

    fn now(kind: &str, text: &str, lane: String) -> Self {
        Self {
            ns: clock_gettime(ClockId::CLOCK_MONOTONIC)
                .map_or(0, |now| Duration::from(now).as_nanos() as i64),
            pid: getpid().as_raw(),
            tid: gettid().as_raw(),
            lane,
            coroutine: false,
            kind: kind.to_owned(),
            text: text.to_owned(),
            for_ns: None,
            other: None,
        }
    }
}

fn write(event: &Event) {
    let Some(Some(mut file)) = FILE.get().map(Option::as_ref) else { return };
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
            coroutine: false,
            kind: "say".into(),
            text: "two\nlines".into(),
            for_ns: None,
            other: None,
        };
        let json = serde_json::to_string(&event).expect("json");
        assert!(
            !json.contains('\n') && !json.contains("for_ns") && !json.contains("other"),
            "{json}"
        );
        assert_eq!(serde_json::from_str::<Event>(&json).expect("an event"), event);
    }
}
