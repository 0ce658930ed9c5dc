//! The axis of time: which unit it counts in, and where its figures stand.

use super::labels::SIZE;
use super::story::Story;
use super::text;

/// How far the figures of the axis stand apart at least.
const APART: f64 = 18.0;

/// How far a figure may reach beyond the end of the axis.
const BEYOND: f64 = 10.0;

/// From nanoseconds to where they are in the picture.
#[derive(Debug, Clone)]
pub struct Axis {
    left: f64,
    right: f64,
    end: i64,
    unit: Unit,
}

/// What the axis counts.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Unit {
    /// Seconds of the notes, each so many nanoseconds.
    Notes(f64),
    Milliseconds,
    Microseconds,
}

/// A figure on the axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    pub x: f64,
    /// The middle of its text, which stays within the picture.
    pub middle: f64,
    pub text: String,
}

impl Axis {
    /// Seconds of the notes if the scene knows them and lasts about one or longer, else what suits it.
    pub fn of(story: &Story, left: f64, right: f64) -> Self {
        let end = story.end;
        let unit = match story.note_second {
            Some(ns) if end as f64 >= 0.9 * ns => Unit::Notes(ns),
            _ if end >= 1_000_000 => Unit::Milliseconds,
            _ => Unit::Microseconds,
        };
        Self { left, right, end: end.max(1), unit }
    }

    pub fn x(&self, at: i64) -> f64 {
        let share = at.clamp(0, self.end) as f64 / self.end as f64;
        self.left + share * (self.right - self.left)
    }

    /// The figures, at round numbers.
    pub fn figures(&self) -> Vec<Figure> {
        let length = self.end as f64 / self.unit.ns();
        let widest = text::width(&number(length.max(0.25)), SIZE) + APART;
        let most = ((self.right - self.left) / widest).clamp(1.0, 10.0);
        let step = round_step(length / most);
        let count = (length / step + 1e-9).floor() as usize;
        let figure = |place: usize| {
            let value = place as f64 * step;
            let x = self.left + value / length * (self.right - self.left);
            let text = number(value);
            let middle = x.min(self.right + BEYOND - text::width(&text, SIZE) / 2.0);
            Figure { x: x.min(self.right), middle, text }
        };
        (0..=count).map(figure).collect()
    }

    /// What the figures are.
    pub fn caption(&self) -> String {
        match self.unit {
            Unit::Notes(ns) => format!("seconds of the note; one lasts {} ms here", number(ns / 1e6)),
            Unit::Milliseconds => "milliseconds".to_owned(),
            Unit::Microseconds => "microseconds".to_owned(),
        }
    }

    /// A length of time in words.
    pub fn lasting(&self, ns: i64) -> String {
        let (ns, unit) = (ns as f64, self.unit);
        let value = ns / unit.ns();
        let value = number((value * 10.0).round() / 10.0);
        format!("{value} {}", unit.short())
    }
}

impl Unit {
    fn ns(self) -> f64 {
        match self {
            Self::Notes(ns) => ns,
            Self::Milliseconds => 1e6,
            Self::Microseconds => 1e3,
        }
    }

    fn short(self) -> &'static str {
        match self {
            Self::Notes(_) => "s",
            Self::Milliseconds => "ms",
            Self::Microseconds => "µs",
        }
    }
}

/// The next 1, 2 or 5 of some power of ten.
fn round_step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
    steps.into_iter().find(|step| *step >= least - 1e-12).unwrap_or(steps[3])
}

/// As few digits as tell it.
fn number(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(end: i64, left: f64, right: f64) -> Axis {
        Axis::of(&Story { end, note_second: Some(1e8), ..Story::default() }, left, right)
    }

    fn texts(axis: &Axis) -> Vec<String> {
        axis.figures().into_iter().map(|figure| figure.text).collect()
    }

    #[test]
    fn a_scene_that_sleeps_is_told_in_seconds_of_the_note() {
        let axis = axis(680_000_000, 100.0, 700.0);
        assert_eq!(texts(&axis), ["0", "1", "2", "3", "4", "5", "6"]);
        assert_eq!(axis.caption(), "seconds of the note; one lasts 100 ms here");
        assert_eq!(axis.lasting(200_000_000), "2 s");
        assert!((axis.x(340_000_000) - 400.0).abs() < 1e-9);
    }

    #[test]
    fn a_scene_that_does_not_is_told_in_smaller_ones() {
        assert_eq!(texts(&axis(13_800_000, 0.0, 600.0)), ["0", "2", "4", "6", "8", "10", "12"]);
        let axis = axis(250_000, 0.0, 600.0);
        assert_eq!(texts(&axis), ["0", "50", "100", "150", "200", "250"]);
        let unpaced = Axis::of(&Story { end: 680_000_000, ..Story::default() }, 0.0, 600.0);
        assert_eq!(unpaced.caption(), "milliseconds", "no sleep, no second of the notes");
        assert_eq!((axis.caption().as_str(), axis.lasting(1500).as_str()), ("microseconds", "1.5 µs"));
    }

    #[test]
    fn an_empty_story_has_an_axis_too() {
        assert_eq!(texts(&axis(0, 0.0, 600.0))[0], "0");
    }
}
