//! A schedule as the records of a run in which each step takes equally long.

use shared::exploration::Outcome;
use shared::trace::{Kind, Record};

/// How long a step lasts in the picture's time, in nanoseconds.
pub const STEP: i64 = 1_000_000;

/// The process that all threads of the explored program belong to.
const PROCESS: i32 = 1;

/// The shortest schedule of an outcome; its end is a claim that holds unless the
/// program fails.
pub fn records(outcome: &Outcome) -> Vec<Record> {
    let schedule = &outcome.shortest;
    let record = |thread: usize, step: usize, kind: Kind| Record {
        ns: STEP * step as i64,
        pid: PROCESS,
        // The first thread of a process has the process's number.
        tid: PROCESS + thread as i32,
        lane: schedule.threads.get(thread).cloned().unwrap_or_default(),
        coroutine: false,
        kind,
    };
    let births = schedule.threads.iter().enumerate().map(|(thread, name)| {
        let parent = (thread == 0).then_some(0);
        record(thread, 0, Kind::Birth { name: name.clone(), parent })
    });
    let mut records: Vec<Record> = births.collect();
    records.extend(schedule.steps.iter().enumerate().map(|(number, step)| {
        let text = format!("{} · {}", step.effect, step.source);
        let say = Kind::Say { text, file: step.file.clone(), line: step.line };
        record(step.thread, number + 1, say)
    }));
    let claim = Kind::Claim {
        held: !outcome.fails,
        text: outcome.end.clone(),
        sentence: outcome.end.clone(),
        file: String::new(),
        line: 0,
    };
    records.push(record(0, schedule.steps.len() + 1, claim));
    records
}
