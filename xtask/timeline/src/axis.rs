//! The axis of time: which unit it counts in, and where its figures stand.

use crate::labels::SIZE;
use crate::story::{Dress, Story};
use crate::text;

/// How far the figures of the axis stand apart at least.
const APART: f64 = 18.0;

/// How far a figure may reach beyond the end of the axis.
const BEYOND: f64 = 10.0;

/// Which part of the whole must be empty to be left out, and how wide what is left of
/// it is.
const EMPTY: f64 = 0.2;
const LEFT_OUT: f64 = 26.0;

/// From nanoseconds to where they are in the picture.
#[derive(Debug, Clone)]
pub struct Axis {
    left: f64,
    right: f64,
    end: i64,
    /// When something happens, and what is left out, in the order of time.
    stretches: Vec<Stretch>,
    unit: Unit,
}

/// A stretch of time, and where it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stretch {
    pub from: i64,
    pub to: i64,
    pub left: f64,
    pub right: f64,
    /// Nothing happens in it, and most of its length is left out.
    pub is_empty: bool,
}

/// What the axis counts.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Unit {
    /// Seconds of the notes, each so many nanoseconds.
    Notes(f64),
    Milliseconds,
    Microseconds,
    /// Steps of a schedule, each so many nanoseconds.
    Steps(f64),
}

/// A figure on the axis.
#[derive(Debug, Clone, PartialEq)]
pub struct TickLabel {
    pub x: f64,
    /// The middle of its text, which stays within the picture.
    pub middle: f64,
    pub text: String,
}

impl Axis {
    /// Seconds of the notes if the scene knows them and lasts about one or longer, else
    /// what suits it.
    pub fn of(story: &Story, left: f64, right: f64) -> Self {
        let end = story.end;
        let unit = match (story.step, story.note_second) {
            (Some(ns), _) => Unit::Steps(ns as f64),
            (None, Some(ns)) if end as f64 >= 0.9 * ns => Unit::Notes(ns),
            _ if end >= 1_000_000 => Unit::Milliseconds,
            _ => Unit::Microseconds,
        };
        // Where the notes' seconds count, the length of a silence is part of the story.
        let empty = if matches!(unit, Unit::Notes(_) | Unit::Steps(_)) {
            Vec::new()
        } else {
            silences(story)
        };
        let end = end.max(1);
        Self { left, right, end, stretches: stretches(end, &empty, left, right), unit }
    }

    pub fn x(&self, at: i64) -> f64 {
        let at = at.clamp(0, self.end);
        let stretch = self.stretches.iter().find(|stretch| at <= stretch.to);
        stretch.map_or(self.left, |stretch| {
            let share = (at - stretch.from) as f64 / (stretch.to - stretch.from) as f64;
            stretch.left + share * (stretch.right - stretch.left)
        })
    }

    /// Where time is left out.
    pub fn left_out(&self) -> impl Iterator<Item = &Stretch> {
        self.stretches.iter().filter(|stretch| stretch.is_empty)
    }

    /// The figures, at round numbers where time is not left out.
    pub fn figures(&self) -> Vec<TickLabel> {
        let unit = self.unit.ns();
        let widest =
            text::width(&number((self.end as f64 / unit).max(0.25)), SIZE) + APART;
        let shown: i64 = self
            .stretches
            .iter()
            .filter(|stretch| !stretch.is_empty)
            .map(|stretch| stretch.to - stretch.from)
            .sum();
        let most = ((self.right - self.left) / widest).clamp(1.0, 10.0);
        let step = round_step(shown.max(1) as f64 / unit / most);
        let mut figures: Vec<TickLabel> = Vec::new();
        for stretch in self.stretches.iter().filter(|stretch| !stretch.is_empty) {
            let first = (stretch.from as f64 / unit / step - 1e-9).ceil() as u64;
            let last = (stretch.to as f64 / unit / step + 1e-9).floor() as u64;
            for place in first..=last {
                let value = place as f64 * step;
                let x = self.x((value * unit).round() as i64);
                let text = number(value);
                let half = text::width(&text, SIZE) / 2.0;
                let middle = x.min(self.right + BEYOND - half);
                let end = |figure: &TickLabel| {
                    figure.middle + text::width(&figure.text, SIZE) / 2.0
                };
                if figures
                    .last()
                    .is_none_or(|last| end(last) + APART / 2.0 <= middle - half)
                {
                    figures.push(TickLabel { x, middle, text });
                }
            }
        }
        figures
    }

    /// What the figures are.
    pub fn caption(&self) -> String {
        match self.unit {
            Unit::Notes(ns) => {
                format!("seconds of the note; one lasts {} ms here", number(ns / 1e6))
            }
            Unit::Milliseconds => "milliseconds".to_owned(),
            Unit::Microseconds => "microseconds".to_owned(),
            Unit::Steps(_) => "steps".to_owned(),
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
            Self::Notes(ns) | Self::Steps(ns) => ns,
            Self::Milliseconds => 1e6,
            Self::Microseconds => 1e3,
        }
    }

    fn short(self) -> &'static str {
        match self {
            Self::Notes(_) => "s",
            Self::Milliseconds => "ms",
            Self::Microseconds => "µs",
            Self::Steps(_) => "steps",
        }
    }
}

/// The long stretches of time in which nothing happens: no lane begins, says or ends
/// anything, works or sleeps.
fn silences(story: &Story) -> Vec<(i64, i64)> {
    let mut times: Vec<i64> = vec![0, story.end];
    for lane in &story.lanes {
        times.extend([lane.begin, lane.end]);
        times.extend(lane.ending.iter().filter_map(|ending| ending.reaped));
        times.extend(lane.marks.iter().map(|mark| mark.at));
        times.extend(lane.bars.iter().flat_map(|bar| [bar.from, bar.to]));
    }
    times.sort_unstable();
    let bars = || {
        story
            .lanes
            .iter()
            .flat_map(|lane| &lane.bars)
            .filter(|bar| bar.dress != Dress::Wait)
    };
    let is_silent =
        |from: i64, to: i64| !bars().any(|bar| bar.from < to && from < bar.to);
    let long = |from: i64, to: i64| {
        let share = (to - from) as f64 / story.end as f64;
        share > EMPTY && share < 1.0
    };
    let stretches = times.array_windows().map(|&[from, to]| (from, to));
    stretches.filter(|&(from, to)| long(from, to) && is_silent(from, to)).collect()
}

/// Time from 0 to `end` in stretches, which fill the room from left to right.
fn stretches(end: i64, empty: &[(i64, i64)], left: f64, right: f64) -> Vec<Stretch> {
    let silent: i64 = empty.iter().map(|(from, to)| to - from).sum();
    let room = right - left - LEFT_OUT * empty.len() as f64;
    let scale = room / (end - silent).max(1) as f64;
    let mut stretches = Vec::new();
    let (mut at, mut x) = (0, left);
    let mut add = |to: i64, is_empty: bool| {
        if at < to {
            let width = if is_empty { LEFT_OUT } else { scale * (to - at) as f64 };
            stretches.push(Stretch {
                from: at,
                to,
                left: x,
                right: x + width,
                is_empty,
            });
            (at, x) = (to, x + width);
        }
    };
    for &(from, to) in empty {
        add(from, false);
        add(to, true);
    }
    add(end, false);
    stretches
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
    use super::super::story::{Bar, Lane, Mark, Sign, Who};
    use super::*;

    fn axis(end: i64, left: f64, right: f64) -> Axis {
        Axis::of(
            &Story { end, note_second: Some(1e8), ..Story::default() },
            left,
            right,
        )
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
        assert_eq!(
            texts(&axis(13_800_000, 0.0, 600.0)),
            ["0", "2", "4", "6", "8", "10", "12"]
        );
        let axis = axis(250_000, 0.0, 600.0);
        assert_eq!(texts(&axis), ["0", "50", "100", "150", "200", "250"]);
        let unpaced =
            Axis::of(&Story { end: 680_000_000, ..Story::default() }, 0.0, 600.0);
        assert_eq!(
            unpaced.caption(),
            "milliseconds",
            "no sleep, no second of the notes"
        );
        assert_eq!(
            (axis.caption().as_str(), axis.lasting(1500).as_str()),
            ("microseconds", "1.5 µs")
        );
    }

    #[test]
    fn a_long_silence_is_left_out_and_only_where_nobody_works() {
        let mut lane = Lane::born("x".to_owned(), Who::Process(1), 0);
        lane.end = 10_000_000;
        let at = |at: i64| Mark { at, sign: Sign::Line, text: String::new() };
        lane.marks = vec![at(9_000_000), at(9_500_000)];
        let mut story =
            Story { lanes: vec![lane], end: 10_000_000, ..Story::default() };
        let axis = Axis::of(&story, 0.0, 600.0);
        assert!((axis.x(9_000_000) - LEFT_OUT).abs() < 1e-9, "{axis:?}");
        assert!(
            (axis.x(9_500_000) - f64::midpoint(LEFT_OUT, 600.0)).abs() < 1e-9,
            "{axis:?}"
        );
        assert_eq!(axis.left_out().count(), 1);
        assert_eq!(texts(&axis)[0], "9");

        let bar = Bar {
            from: 1,
            to: 8_999_999,
            dress: Dress::Work,
            text: String::new(),
            depth: 0,
            open: false,
        };
        story.lanes[0].bars.push(bar);
        assert_eq!(Axis::of(&story, 0.0, 600.0).left_out().count(), 0);
    }

    #[test]
    fn an_empty_story_has_an_axis_too() {
        assert_eq!(texts(&axis(0, 0.0, 600.0))[0], "0");
    }
}
