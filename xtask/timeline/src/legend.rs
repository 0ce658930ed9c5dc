//! The legend: what the signs of this picture mean, and none that it does not use.

use crate::labels::{LINE, SIZE};
use crate::row::Row;
use crate::story::{Dress, Sign};
use crate::text;

/// How wide a sign is with the blank after it, and how far items stand apart.
const SIGN: f64 = 18.0;
const APART: f64 = 16.0;

/// A sign and what it means.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    pub key: Key,
    pub text: &'static str,
    pub x: f64,
    /// The base line of its text.
    pub y: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    Line,
    Claim,
    Broken,
    Signal,
    Work,
    Wait,
    Sleep,
    Ending,
    BadEnding,
    Zombie,
    Open,
    Density,
    Gap,
}

/// Which of them a picture needs, put after the caption of the axis in as many lines as
/// it takes.
pub fn of(
    rows: &[Row],
    has_gaps: bool,
    caption: &str,
    left: f64,
    right: f64,
    y: f64,
) -> Vec<Item> {
    let sign =
        |sign| rows.iter().flat_map(|row| &row.ticks).any(|tick| tick.sign == sign);
    let dress =
        |dress| rows.iter().flat_map(|row| &row.bars).any(|bar| bar.dress == dress);
    let lives = || rows.iter().filter_map(|row| row.life.as_ref());
    let ended = |good| {
        lives().any(|life| life.ending.as_ref().is_some_and(|ending| ending.1 == good))
    };
    let used = [
        (Key::Line, "says a line", sign(Sign::Line)),
        (Key::Claim, "claim that held", sign(Sign::Claim)),
        (Key::Broken, "claim that broke", sign(Sign::Broken)),
        (Key::Work, "works", dress(Dress::Work)),
        (Key::Wait, "waits", dress(Dress::Wait)),
        (Key::Sleep, "sleeps", dress(Dress::Sleep)),
        (Key::Signal, "gets a signal", sign(Sign::Signal)),
        (Key::Ending, "ends well", ended(true)),
        (Key::BadEnding, "ends badly", ended(false)),
        (
            Key::Zombie,
            "zombie, until waited for",
            lives().any(|life| life.reaped.is_some()),
        ),
        (Key::Open, "nothing more is heard", lives().any(|life| life.is_open)),
        (
            Key::Density,
            "how much at that time",
            rows.iter().any(|row| !row.density.is_empty()),
        ),
        (Key::Gap, "time without events, left out", has_gaps),
    ];
    let mut items = Vec::new();
    let (mut x, mut y) = (left + text::width(caption, SIZE) + APART, y);
    for (key, text, _) in used.into_iter().filter(|(.., used)| *used) {
        let width = SIGN + text::width(text, SIZE);
        if x + width > right {
            (x, y) = (left, y + LINE + 3.0);
        }
        items.push(Item { key, text, x, y });
        x += width + APART;
    }
    items
}
