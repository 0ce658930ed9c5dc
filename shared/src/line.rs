//! Lines on standard output, each written by one `write`, so that the lines of many
//! processes never mix.
//!
//! A pipe keeps a write whole up to 4,096 bytes (pipe(7), `PIPE_BUF`); longer lines of
//! several processes may mix.

use std::io::{ErrorKind, IsTerminal, Write};
use std::panic::Location;
use std::sync::OnceLock;
use std::time::Instant;

use anstyle::{AnsiColor, Style};

use crate::explored;
use crate::lane;
use crate::trace::{self, Kind};

/// The exit code of a program whose reader has gone (`| head -1`): 128 + SIGPIPE, as
/// the shell reports it.
pub const READER_GONE: u8 = 141;

/// How the line of a claim that held begins.
pub const HELD: &str = "✓ ";

/// How the line of a claim that broke begins.
pub const BROKEN: &str = "✗ ";

/// How a line begins that belongs to the scene but is not part of its transcript; see
/// [`mark`].
pub const MARK: &str = "── ";

/// Prints a line about what happens.
///
/// Takes what [`format!`] takes. On a terminal the line begins with the time since the
/// scene began and the name of the lane; piped it is the text alone.
///
/// ```
/// let apple = 3;
/// shared::say!("+++ apple {apple}");
/// ```
#[macro_export]
macro_rules! say {
    ($($text:tt)*) => { $crate::line::say(&::std::format!($($text)*)) };
}

/// What [`say!`] calls.
#[track_caller]
pub fn say(text: &str) {
    let source = Location::caller();
    trace::record(|| Kind::Say {
        text: text.to_owned(),
        file: source.file().to_owned(),
        line: source.line(),
    });
    print(text, Style::new());
}

/// Prints a line for another lane: that of a thread which must not wait for the reader
/// of standard output itself. It is not traced.
pub fn say_as(lane: &str, text: &str) {
    write(&dressed(text, Style::new(), lane, Look::of_stdout()));
}

/// Prints `text` in `style`, on a terminal behind the time and the lane. What an
/// explored program says is left out: it would say it in each of its runs.
pub(crate) fn print(text: &str, style: Style) {
    if explored::is_explored() {
        return;
    }
    write(&dressed(text, style, &lane::current(), Look::of_stdout()));
}

/// Prints a line that belongs to the scene but is not part of what it tells: its
/// heading, its seed.
///
/// It begins with [`MARK`], by which a comparison of the output leaves it out.
pub fn mark(text: &str) {
    let bold = if Look::of_stdout() == Look::Coloured {
        Style::new().bold()
    } else {
        Style::new()
    };
    write(&format!("{bold}{MARK}{text}{bold:#}"));
}

/// Writes `text` and a newline to standard output at once. Ends the program quietly
/// when the reader has gone.
pub fn write(text: &str) {
    let mut stdout = std::io::stdout().lock();
    // What `print!` has buffered goes first, then the line around the buffer, so that
    // it is one write whatever its length.
    let written =
        stdout.flush().and_then(|()| write_whole(format!("{text}\n").as_bytes()));
    if let Err(error) = written {
        if error.kind() != ErrorKind::BrokenPipe {
            eprintln!("standard output: {error}");
        }
        std::process::exit(i32::from(READER_GONE));
    }
}

fn write_whole(mut bytes: &[u8]) -> std::io::Result<()> {
    while !bytes.is_empty() {
        match nix::unistd::write(std::io::stdout(), bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(nix::Error::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// How lines look, by where they go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Look {
    /// Piped: the text alone.
    Plain,
    /// A terminal, with `NO_COLOR` set (<https://no-color.org>) or too simple for
    /// colours: time, lane, text.
    Dressed,
    /// A terminal: the lane's name in the lane's colour.
    Coloured,
}

impl Look {
    fn of_stdout() -> Self {
        static LOOK: OnceLock<Look> = OnceLock::new();
        *LOOK.get_or_init(|| {
            let set =
                |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
            let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
            match std::io::stdout().is_terminal() {
                false => Self::Plain,
                true if set("NO_COLOR") || dumb => Self::Dressed,
                true => Self::Coloured,
            }
        })
    }
}

static BEGIN: OnceLock<Instant> = OnceLock::new();

/// Starts the clock that lines show.
pub(crate) fn begin() {
    BEGIN.get_or_init(Instant::now);
}

fn dressed(text: &str, style: Style, lane: &str, look: Look) -> String {
    if look == Look::Plain {
        return text.to_owned();
    }
    let seconds = BEGIN.get_or_init(Instant::now).elapsed().as_secs_f64();
    let (name, style) = if look == Look::Coloured {
        (colour_of(lane), style)
    } else {
        (Style::new(), Style::new())
    };
    format!("{seconds:7.3}s {name}{lane:<10}{name:#} {style}{text}{style:#}")
}

/// A lane keeps its colour from run to run: it follows from the name alone.
fn colour_of(lane: &str) -> Style {
    const COLOURS: [AnsiColor; 12] = [
        AnsiColor::Green,
        AnsiColor::Yellow,
        AnsiColor::Blue,
        AnsiColor::Magenta,
        AnsiColor::Cyan,
        AnsiColor::Red,
        AnsiColor::BrightGreen,
        AnsiColor::BrightYellow,
        AnsiColor::BrightBlue,
        AnsiColor::BrightMagenta,
        AnsiColor::BrightCyan,
        AnsiColor::BrightRed,
    ];
    let sum: usize = lane.bytes().map(usize::from).sum();
    COLOURS[sum % COLOURS.len()].on_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn piped_lines_are_the_text_alone() {
        assert_eq!(dressed("hello", Style::new().bold(), "x", Look::Plain), "hello");
    }

    #[test]
    fn dressed_lines_name_the_lane_and_bear_no_colour() {
        let line = dressed("hello", Style::new().bold(), "x", Look::Dressed);
        assert!(line.ends_with("s x          hello"), "{line:?}");
        assert!(!line.contains('\x1b'), "{line:?}");
    }

    #[test]
    fn neighbouring_names_differ_in_colour() {
        assert_ne!(colour_of("x"), colour_of("y"));
        assert_ne!(colour_of("y"), colour_of("z"));
        assert_eq!(colour_of("x"), colour_of("x"));
    }
}
