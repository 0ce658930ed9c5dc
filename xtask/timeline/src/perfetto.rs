//! The story as a Chrome trace, which <https://ui.perfetto.dev> opens.
//!
//! The format is that of Chromium's trace viewer: processes and threads have names,
//! what lasts is a complete event (`X`) with its duration, what happens at one moment
//! an instant (`i`). Times are microseconds. On one track complete events lie within
//! each other or apart; one that crosses another is a pair of asynchronous events (`b`,
//! `e`) instead. A coroutine has a track of its own: a thread that does not exist, with
//! a number that no thread of the kernel can have.

use serde_json::{Value, json};

use crate::captions;
use crate::story::{Bar, Dress, Lane, Story, Who};

/// The kernel's pids end below this (proc(5), `pid_max`).
const BEYOND_TIDS: usize = 1 << 22;

pub fn json(story: &Story) -> serde_json::Result<String> {
    let mut events = Vec::new();
    for (number, lane) in story.lanes.iter().enumerate() {
        let track = Track::of(lane, number);
        events.extend(track.names(lane, number));
        events.push(track.complete("lives", lane.begin, lane.end, "life"));
        let mut nested: Vec<&Bar> = Vec::new();
        for bar in &lane.bars {
            if nested.iter().any(|other| crosses(other, bar)) {
                events.extend(track.pair(bar, events.len()));
            } else {
                events.push(track.bar(bar));
                nested.push(bar);
            }
        }
        events.extend(lane.marks.iter().map(|mark| {
            let category = mark.sign.class();
            track.instant(&captions::told(mark), mark.at, category)
        }));
        if let Some(ending) = &lane.ending {
            events.push(track.instant(&ending.how, lane.end, "death"));
        }
    }
    serde_json::to_string(&json!({ "displayTimeUnit": "ms", "traceEvents": events }))
}

/// The process and the thread under which a lane stands.
struct Track {
    pid: i32,
    tid: usize,
}

impl Track {
    fn of(lane: &Lane, number: usize) -> Self {
        let tid = match lane.who {
            Who::Process(pid) => pid as usize,
            Who::Thread(_, tid) => tid as usize,
            Who::Coroutine(..) => BEYOND_TIDS + number,
        };
        Self { pid: lane.who.pid(), tid }
    }

    /// The names of the track, and its place among the others.
    fn names(&self, lane: &Lane, number: usize) -> Vec<Value> {
        let meta = |name: &str, args: Value| {
            let (pid, tid) = (self.pid, self.tid);
            json!({ "ph": "M", "name": name, "pid": pid, "tid": tid, "args": args })
        };
        let mut names = vec![
            meta("thread_name", json!({ "name": lane.name })),
            meta("thread_sort_index", json!({ "sort_index": number })),
        ];
        if let Who::Process(_) = lane.who {
            names.push(meta("process_name", json!({ "name": lane.name })));
            names.push(meta("process_sort_index", json!({ "sort_index": number })));
        }
        names
    }

    fn bar(&self, bar: &Bar) -> Value {
        let (name, category) = called(bar);
        self.complete(&name, bar.from, bar.to, category)
    }

    fn pair(&self, bar: &Bar, id: usize) -> [Value; 2] {
        let (name, category) = called(bar);
        [("b", bar.from), ("e", bar.to)].map(|(phase, at)| {
            json!({
                "ph": phase, "id": id, "name": name, "cat": category,
                "pid": self.pid, "tid": self.tid,
                "ts": microseconds(at),
            })
        })
    }

    fn complete(&self, name: &str, from: i64, to: i64, category: &str) -> Value {
        json!({
            "ph": "X", "name": name, "cat": category, "pid": self.pid, "tid": self.tid,
            "ts": microseconds(from), "dur": microseconds(to - from),
        })
    }

    fn instant(&self, name: &str, at: i64, category: &str) -> Value {
        json!({
            "ph": "i", "s": "t", "name": name, "cat": category,
            "pid": self.pid, "tid": self.tid,
            "ts": microseconds(at),
        })
    }
}

/// Whether one begins within the other and ends after it.
fn crosses(one: &Bar, other: &Bar) -> bool {
    let ends_within = |one: &Bar, other: &Bar| {
        one.from < other.from && other.from < one.to && one.to < other.to
    };
    ends_within(one, other) || ends_within(other, one)
}

/// The name and the category of a bar.
fn called(bar: &Bar) -> (String, &'static str) {
    match bar.dress {
        Dress::Work => (bar.text.clone(), "work"),
        Dress::Wait => (format!("waits {}", bar.text), "wait"),
        Dress::Sleep => ("sleeps".to_owned(), "sleep"),
    }
}

fn microseconds(ns: i64) -> f64 {
    ns as f64 / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_crosses_is_no_complete_event() {
        let bar = |from, to| Bar {
            from,
            to,
            dress: Dress::Work,
            text: String::new(),
            depth: 0,
            open: false,
        };
        assert!(crosses(&bar(0, 10), &bar(5, 15)) && crosses(&bar(5, 15), &bar(0, 10)));
        for (from, to) in [(0, 10), (0, 5), (5, 10), (10, 15), (2, 3), (0, 15)] {
            assert!(!crosses(&bar(0, 10), &bar(from, to)), "{from} {to}");
        }
    }
}
