//! What a selector's thread does, in the trace: one span for many short turns.

use std::cell::RefCell;

use shared::trace::{self, Kind, Record};

/// Turns with a longer pause between them, in nanoseconds, have a span each.
const PAUSE: i64 = 20_000;

thread_local! {
    static LAST: RefCell<Last> = RefCell::default();
}

/// The end of the thread's last turn, not yet written, as another may follow at once.
#[derive(Default)]
struct Last(Option<Record>);

impl Drop for Last {
    fn drop(&mut self) {
        if let Some(end) = self.0.take() {
            end.write();
        }
    }
}

/// Records, as [`trace::span`] does, something short that a server does over and over:
/// turns that follow each other at once have one span. A loop that answers ten thousand
/// requests would otherwise spend more time on the trace than on its answers.
#[must_use = "the turn ends when it is dropped"]
pub fn turn(text: &'static str) -> Turn {
    if trace::is_written() {
        let begin = Record::now(Kind::Begin { text: text.to_owned() });
        // The thread-local lives longer than the server, which the thread runs.
        let last = LAST.try_with(|last| last.borrow_mut().0.take()).ok().flatten();
        match last {
            Some(end) if goes_on(&end, &begin, text) => {}
            last => {
                last.iter().for_each(Record::write);
                trace::record(|| begin.kind);
            }
        }
    }
    Turn(text)
}

/// Whether a turn of this text follows at once on one of the same text and lane.
fn goes_on(end: &Record, begin: &Record, text: &str) -> bool {
    matches!(&end.kind, Kind::End { text: last } if last == text)
        && (end.pid, &end.lane) == (begin.pid, &begin.lane)
        && begin.ns - end.ns < PAUSE
}

/// Something short that is done over and over; made by [`turn`].
#[derive(Debug)]
pub struct Turn(&'static str);

impl Drop for Turn {
    fn drop(&mut self) {
        if trace::is_written() {
            let end = Record::now(Kind::End { text: self.0.to_owned() });
            let _ = LAST.try_with(|last| last.borrow_mut().0.replace(end));
        }
    }
}
