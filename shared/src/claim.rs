//! Claims: sentences that must be true, checked as the scene runs.

use anstyle::AnsiColor;

use crate::line;
use crate::trace::{self, Kind};

/// Claims that a condition holds, prints the sentence with ✓ or ✗, and returns from the
/// function with [`Broken`] where it does not.
///
/// A claim must be able to fail: changing the mechanism in the way that the scene warns
/// of has to break it.
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
    ($holds:expr, $($sentence:tt)+) => {
        $crate::claim::check(
            $holds,
            &::std::format!($($sentence)+),
            ::std::concat!(
                ::std::stringify!($holds),
                " at ",
                ::std::file!(),
                ":",
                ::std::line!()
            ),
        )?
    };
}

/// A claim that did not hold.
#[derive(Debug, Clone, thiserror::Error)]
#[error("claim broken: {sentence} ({condition})")]
pub struct Broken {
    /// What was claimed.
    pub sentence: String,
    /// The condition as it stands in the source, and where.
    pub condition: &'static str,
}

/// What [`claim!`] calls.
///
/// # Errors
/// [`Broken`] if the claim does not hold.
pub fn check(
    holds: bool,
    sentence: &str,
    condition: &'static str,
) -> Result<(), Broken> {
    let text = || sentence.to_owned();
    let (mark, colour) = if holds {
        trace::record(|| Kind::Claim { text: text() });
        (line::HELD, AnsiColor::Green)
    } else {
        trace::record(|| Kind::Broken { text: text() });
        (line::BROKEN, AnsiColor::Red)
    };
    line::print(&format!("{mark}{sentence}"), colour.on_default());
    if holds {
        Ok(())
    } else {
        Err(Broken { sentence: sentence.to_owned(), condition })
    }
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
