//! A log on standard output that never blocks a server.

use std::fmt::Display;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use shared::{lane, line};

/// How many lines the log keeps that are not yet printed.
const KEPT: usize = 1024;

/// How long [`Log::flush`] waits for the reader of standard output.
const FLUSH: Duration = Duration::from_secs(1);

/// Lines for standard output, printed by a thread of their own.
///
/// A full pipe blocks whatever prints to it. So a server hands its lines to the log,
/// which keeps a bounded number of them. While the reader of standard output does not
/// read, further lines are discarded, and counted in the next line that is kept.
#[derive(Clone, Debug)]
pub struct Log {
    entries: SyncSender<Entry>,
    discarded: Arc<AtomicU64>,
    is_verbose: bool,
}

enum Entry {
    Line {
        lane: String,
        text: String,
    },
    /// All lines before are printed when the sender is dropped.
    Flush(SyncSender<()>),
}

impl Log {
    /// Starts the thread that prints. It ends with the last clone of the log, or with
    /// the program. A log that is not verbose leaves [details](Log::detail) out.
    ///
    /// # Errors
    /// If the thread cannot be started.
    pub fn start(is_verbose: bool) -> io::Result<Self> {
        let (entries, to_print) = sync_channel(KEPT);
        let printer = std::thread::Builder::new().name("log".to_owned());
        printer.spawn(move || print(&to_print))?;
        Ok(Self { entries, discarded: Arc::default(), is_verbose })
    }

    /// Prints a line, in the lane of the caller, without waiting for it.
    pub fn say(&self, line: impl Display) {
        let before = self.discarded.swap(0, Relaxed);
        let text = match before {
            0 => line.to_string(),
            _ => format!(
                "{before} lines were discarded: standard output is not read\n{line}"
            ),
        };
        let entry = Entry::Line { lane: lane::current(), text };
        if self.entries.try_send(entry).is_err() {
            self.discarded.fetch_add(before + 1, Relaxed);
        }
    }

    /// Prints a line that only a reader of details wants to see.
    pub fn detail(&self, line: impl Display) {
        if self.is_verbose {
            self.say(line);
        }
    }

    /// Waits until all lines so far are printed, but not long: a reader that does not
    /// read must not keep the program from its end.
    pub fn flush(&self) {
        let (printed, wait) = sync_channel(0);
        if self.entries.try_send(Entry::Flush(printed)).is_ok() {
            // An error is the expected outcome: the sender is dropped, or time is over.
            let _printed_or_not = wait.recv_timeout(FLUSH);
        }
    }
}

fn print(entries: &Receiver<Entry>) {
    for entry in entries {
        match entry {
            Entry::Line { lane, text } => line::say_as(&lane, &text),
            Entry::Flush(printed) => drop(printed),
        }
    }
}
