//! The notes' seconds, at a pace that a reader has patience for.
//!
//! A note-second lasts 100 ms; `PACE=1` plays at the notes' own pace, `PACE=0.5` at
//! half a second each. Only waits that stand for a sleep in the notes go through here:
//! nothing is put in order by sleeping.

use std::sync::OnceLock;
use std::time::Duration;

use crate::explored;
use crate::trace::{self, Kind};

const DEFAULT: f64 = 0.1;
const RANGE: std::ops::RangeInclusive<f64> = 0.01..=100.0;

/// How long so many note-seconds last.
///
/// # Panics
/// If `note_seconds` is negative or not finite.
///
/// ```
/// assert!(shared::pace::secs(2.0) == 2 * shared::pace::secs(1.0));
/// ```
#[must_use]
pub fn secs(note_seconds: f64) -> Duration {
    static PACE: OnceLock<f64> = OnceLock::new();
    // A bad PACE has been refused before any scene began, see `check`.
    let pace = *PACE.get_or_init(|| {
        let pace = from_environment().unwrap_or(DEFAULT);
        trace::append(Kind::Pace { seconds: pace });
        pace
    });
    Duration::from_secs_f64(note_seconds * pace)
}

/// Sleeps for so many note-seconds, blocking the thread, as `time.sleep` does in the
/// notes. In an explored program it takes no time.
///
/// # Panics
/// As [`secs`].
pub fn sleep(note_seconds: f64) {
    let time = secs(note_seconds);
    if explored::sleep(time) {
        return;
    }
    trace::sleep(time);
    std::thread::sleep(time);
}

/// How many note-seconds a time is.
#[must_use]
pub fn note_secs(time: Duration) -> f64 {
    time.as_secs_f64() / secs(1.0).as_secs_f64()
}

/// The pace that PACE asks for, or what is wrong with it.
pub(crate) fn from_environment() -> Result<f64, String> {
    match std::env::var_os("PACE") {
        None => Ok(DEFAULT),
        Some(value) => parse(&value.to_string_lossy()),
    }
}

fn parse(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|pace| RANGE.contains(pace)).ok_or_else(|| {
        format!(
            "PACE={text}: a note-second lasts from {} to {} seconds",
            RANGE.start(),
            RANGE.end()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_is_a_number_in_range() {
        assert_eq!(parse("1"), Ok(1.0));
        assert_eq!(parse("0.05"), Ok(0.05));
        for bad in ["", "fast", "0", "-1", "nan", "inf", "1e9"] {
            let error = parse(bad).expect_err(bad);
            assert_eq!(
                error,
                format!("PACE={bad}: a note-second lasts from 0.01 to 100 seconds")
            );
        }
    }

    #[test]
    fn note_seconds_there_and_back() {
        assert!((note_secs(secs(2.5)) - 2.5).abs() < 1e-6);
    }
}
