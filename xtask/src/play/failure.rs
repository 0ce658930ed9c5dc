//! A scene that failed, as people see it.

use crate::play::reason::Reason;
use crate::print::table::{BAD, FAINT, Look, STRONG};

/// How many lines of an output are shown: the last ones.
const SHOWN: usize = 40;

/// How many characters of a line are shown.
const WIDEST: usize = 200;

/// What is told of a scene that failed.
#[derive(Debug)]
pub struct Failure<'a> {
    /// Its topic and its name.
    pub title: String,
    pub reasons: &'a [Reason],
    /// What it printed, and what it wrote to standard error.
    pub stdout: &'a str,
    pub stderr: &'a str,
    /// The command that plays it alone, if there is something to play.
    pub command: Option<&'a str>,
}

impl Failure<'_> {
    /// Why, what it printed, and how to play it alone.
    pub fn in_words(&self, look: Look) -> String {
        let mut lines = vec![format!(
            "{} {}",
            look.paint(BAD, "✗"),
            look.paint(STRONG, &self.title)
        )];
        lines.extend(self.reasons.iter().map(|reason| format!("  {reason}")));
        for reason in self.reasons {
            if let Reason::Differs(difference) = reason {
                let shown = difference.show(look.coloured);
                lines.extend(shown.lines().map(|line| format!("  {line}")));
            }
        }
        let differs =
            self.reasons.iter().any(|reason| matches!(reason, Reason::Differs(_)));
        if !differs {
            lines.extend(end_of("it printed", self.stdout, look));
        }
        // A single line is the cause, which has been told.
        if self.stderr.lines().count() > 1 {
            lines.extend(end_of("and on standard error", self.stderr, look));
        }
        lines.extend(
            self.command
                .map(|command| format!("  {} {command}", look.paint(FAINT, "alone:"))),
        );
        lines.join("\n")
    }
}

/// The last lines of an output, under a title.
fn end_of(title: &str, output: &str, look: Look) -> Vec<String> {
    let lines: Vec<&str> = output.lines().collect();
    if lines.is_empty() {
        return Vec::new();
    }
    let hidden = lines.len().saturating_sub(SHOWN);
    let title = if hidden > 0 {
        format!("{title}, after {hidden} lines")
    } else {
        title.to_owned()
    };
    let mut shown = vec![format!("  {}", look.paint(FAINT, &format!("{title}:")))];
    shown.extend(
        lines[hidden..]
            .iter()
            .map(|line| format!("  {} {}", look.paint(FAINT, "│"), begin_of(line))),
    );
    shown
}

/// The line, or its beginning where it is too long.
fn begin_of(line: &str) -> String {
    let (shown, hidden) =
        line.split_at(line.char_indices().nth(WIDEST).map_or(line.len(), |(at, _)| at));
    if hidden.is_empty() {
        shown.to_owned()
    } else {
        format!("{shown}… and {} bytes", hidden.len())
    }
}
