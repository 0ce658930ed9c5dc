//! Claims: sentences that must be true, checked as the scene runs.

use anstyle::AnsiColor;

use crate::explored;
use crate::line;
use crate::trace::{self, Kind};

/// Claims that a condition holds, prints the sentence with ✓ or ✗, and returns from the
/// function with [`Broken`] where it does not.
///
/// The sentence is a literal with which [`format!`] is called. A claim must be able to
/// fail: changing the mechanism in the way that the scene warns of has to break it.
///
/// ```
/// fn play() -> shared::Result {
///     let eaten = 10;
///     shared::claim!(eaten == 10, "all {eaten} apples were eaten");
///     Ok(())
/// }
/// # play().unwrap();
/// ```
#[macro_export]
macro_rules! claim {
    ($holds:expr, $sentence:literal $(, $values:expr)* $(,)?) => {
        $crate::claim::check(
            $holds,
            ::std::format!($sentence $(, $values)*),
            &$crate::claim::Source {
                condition: ::std::stringify!($holds),
                sentence: $sentence,
                file: ::std::file!(),
                line: ::std::line!(),
            },
        )?
    };
}

/// A claim that did not hold.
#[derive(Debug, Clone, thiserror::Error)]
#[error(
    "claim broken: {sentence} ({} at {}:{})",
    written.condition, written.file, written.line
)]
pub struct Broken {
    /// What was claimed.
    pub sentence: String,
    /// The claim as it stands in the source, and where.
    pub written: Source,
}

/// A claim as it stands in the source, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// The condition.
    pub condition: &'static str,
    /// The sentence, before its values are put in: `all {n} apples were eaten`.
    pub sentence: &'static str,
    /// The file, relative to the workspace's folder.
    pub file: &'static str,
    /// The line, from 1.
    pub line: u32,
}

/// The environment variable that has broken claims recorded only: the scene goes on, so
/// that its later claims are checked as well.
pub const GO_ON: &str = "SCENE_GO_ON";

/// What [`claim!`] calls: prints and records the claim.
///
/// # Errors
/// [`Broken`] if the claim does not hold, unless [`GO_ON`] is set. In an explored
/// program a broken claim always ends the run.
pub fn check(holds: bool, sentence: String, source: &Source) -> Result<(), Broken> {
    let (mark, colour) = if holds {
        (line::HELD, AnsiColor::Green)
    } else {
        (line::BROKEN, AnsiColor::Red)
    };
    trace::record(|| Kind::Claim {
        held: holds,
        text: sentence.clone(),
        sentence: source.sentence.to_owned(),
        file: source.file.to_owned(),
        line: source.line,
    });
    line::print(&format!("{mark}{sentence}"), colour.on_default());
    let goes_on = || std::env::var_os(GO_ON).is_some() && !explored::is_explored();
    if holds || goes_on() { Ok(()) } else { Err(Broken { sentence, written: *source }) }
}

#[cfg(test)]
mod tests {
    fn play(eaten: u32) -> crate::Result {
        claim!(eaten == 10, "all {} apples were eaten", 10);
        Ok(())
    }

    #[test]
    fn a_true_claim_goes_on() {
        assert!(play(10).is_ok());
    }

    #[test]
    fn a_broken_claim_ends_the_scene_and_names_sentence_and_condition() {
        let error = play(9).expect_err("nine are not ten").to_string();
        assert!(
            error
                .starts_with("claim broken: all 10 apples were eaten (eaten == 10 at "),
            "{error}"
        );
    }
}
