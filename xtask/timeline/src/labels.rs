//! Where the labels of one lane go: beside its life line, above or below it, never over
//! each other.
//!
//! A label that has room to its right stands above the line and begins at its moment;
//! one that has not stands below and ends there; one too long for either is broken into
//! several lines. So both blocks read from the top to the bottom in the order of time,
//! and the leader that ties a label to its moment runs along the edge of the others and
//! crosses none.

use crate::text;

/// The size of a label's font, and how high its line is.
pub const SIZE: f64 = 11.0;
pub const LINE: f64 = 13.0;

/// How far a label is from its leader, and at least from the next label.
const GAP: f64 = 3.0;

/// How far moments must be apart for their labels to stand on different sides.
const APART: f64 = 15.0;

/// Into how many lines a long label is broken at most.
const BROKEN: usize = 3;

/// A text that wants to stand at a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Wish {
    pub x: f64,
    pub text: String,
    /// All of it, where `text` is a summary.
    pub full: String,
    /// Which of the lane's marks it stands for, so that it may be drawn as they are.
    pub class: &'static str,
}

/// A label that has found its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// Where its leader stands.
    pub x: f64,
    /// Where the text begins, and how wide it may become.
    pub left: f64,
    pub width: f64,
    /// What it says, in one line or more.
    pub text: Vec<String>,
    /// Whether the text ends at the leader, and does not begin there.
    pub is_before: bool,
    /// Whether it stands below the life line.
    pub is_below: bool,
    pub full: String,
    pub class: &'static str,
    /// The line nearest to the life line that it takes: 0, 1, … above it, -1, -2, …
    /// below it.
    pub line: i32,
}

/// Finds a place for each wish, which come in the order of time, within `left` and
/// `right` and so many lines on each side; nothing if there is not room for all of
/// them.
pub fn place(
    wishes: &[Wish],
    left: f64,
    right: f64,
    most: usize,
) -> Option<Vec<Label>> {
    let labels: Vec<Label> =
        wishes.iter().map(|wish| aside(wish, left, right)).collect();
    let piles =
        [labels.clone(), alternate(labels.clone(), false), alternate(labels, true)];
    piles
        .into_iter()
        .filter_map(|labels| pile(labels, most))
        .min_by_key(|labels| lines(labels))
}

/// How many lines they take in all.
fn lines(labels: &[Label]) -> i32 {
    let above = labels
        .iter()
        .map(|label| label.line + label.text.len() as i32)
        .max()
        .unwrap_or(0);
    let below = labels
        .iter()
        .filter(|label| label.is_below)
        .map(|label| label.text.len() as i32 - 1 - label.line);
    above.max(0) + below.max().unwrap_or(0)
}

/// Moves every other label below the life line where regular steps would otherwise make
/// a long staircase above it. A burst stays above, as below it would be read from its
/// end to its beginning.
fn alternate(mut all: Vec<Label>, begins_below: bool) -> Vec<Label> {
    let numbers: Vec<usize> =
        (0..all.len()).filter(|&number| !all[number].is_before).collect();
    let are_near = |one: &Label, other: &Label| other.x - one.x < APART;
    for (place, &number) in numbers.iter().enumerate() {
        let label = &all[number];
        let last = place.checked_sub(1).map(|place| &all[numbers[place]]);
        let follower = numbers.get(place + 1).map(|&number| &all[number]);
        let in_burst = last.is_some_and(|last| are_near(last, label))
            || follower.is_some_and(|follower| are_near(label, follower));
        let in_the_way = last.filter(|last| !last.is_beside(label));
        all[number].is_below =
            !in_burst && in_the_way.map_or(begins_below, |last| !last.is_below);
    }
    all
}

/// Puts them on lines above and below the life line.
fn pile(labels: Vec<Label>, most: usize) -> Option<Vec<Label>> {
    let (below, above): (Vec<Label>, Vec<Label>) =
        labels.into_iter().partition(|label| label.is_below);
    let (ending, beginning): (Vec<Label>, Vec<Label>) =
        below.into_iter().partition(|label| label.is_before);
    // The nearest to the line is the last of those that begin at their moments, and the
    // first of those that end there.
    let mut above = stack(above.into_iter().rev(), most)?;
    let mut below = stack(beginning.into_iter().rev().chain(ending), most)?;
    for label in &mut below {
        label.line = -1 - label.line;
    }
    above.append(&mut below);
    Some(above)
}

/// On which side of its moment the label stands; its line is still open.
fn aside(wish: &Wish, left: f64, right: f64) -> Label {
    let (before, after) = (wish.x - GAP - left, right - wish.x - GAP);
    let width = text::width(&wish.text, SIZE);
    let is_before = width > after && (width <= before || before > after);
    let text = text::wrap(&wish.text, SIZE, before.max(after), BROKEN);
    let width = text.iter().map(|line| text::width(line, SIZE)).fold(0.0, f64::max);
    let left = if is_before { wish.x - GAP - width } else { wish.x + GAP };
    Label {
        x: wish.x,
        left,
        width,
        text,
        is_before,
        is_below: is_before,
        full: wish.full.clone(),
        class: wish.class,
        line: 0,
    }
}

/// Puts each label on the nearest line where it meets no other label, and no leader
/// meets a label.
fn stack(labels: impl Iterator<Item = Label>, most: usize) -> Option<Vec<Label>> {
    let mut placed: Vec<Label> = Vec::new();
    for mut label in labels {
        let height = label.text.len() as i32;
        let free = |line: i32| {
            placed.iter().all(|other| {
                let apart = other.is_beside(&label)
                    || other.end() <= line
                    || line + height <= other.line;
                let under_mine = other.line < line && other.covers(label.x);
                let over_theirs = line < other.line && label.covers(other.x);
                // Those of one burst stay in the order of time.
                let in_order = (label.x - other.x).abs() > APART || line >= other.end();
                apart && !under_mine && !over_theirs && in_order
            })
        };
        label.line = (0..=most as i32 - height).find(|&line| free(line))?;
        placed.push(label);
    }
    Some(placed)
}

impl Label {
    /// The first line beyond it.
    fn end(&self) -> i32 {
        self.line + self.text.len() as i32
    }

    fn is_beside(&self, other: &Self) -> bool {
        self.left + self.width + 2.0 * GAP <= other.left
            || other.left + other.width + 2.0 * GAP <= self.left
    }

    /// Whether a leader at `x` would run through the text.
    fn covers(&self, x: f64) -> bool {
        self.left - 1.0 < x && x < self.left + self.width + 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(x: f64, text: &str) -> Wish {
        Wish { x, text: text.to_owned(), full: text.to_owned(), class: "" }
    }

    fn lines(wishes: &[Wish]) -> Vec<(String, i32)> {
        let mut labels = place(wishes, 0.0, 300.0, 5).expect("room");
        labels.sort_by(|one, other| {
            (-one.line, one.x).partial_cmp(&(-other.line, other.x)).expect("numbers")
        });
        labels.into_iter().map(|label| (label.text.join(" "), label.line)).collect()
    }

    fn told(texts: &[(&str, i32)]) -> Vec<(String, i32)> {
        texts.iter().map(|&(text, line)| (text.to_owned(), line)).collect()
    }

    #[test]
    fn labels_that_have_room_share_a_line() {
        assert_eq!(
            lines(&[wish(0.0, "one"), wish(100.0, "two")]),
            told(&[("one", 0), ("two", 0)])
        );
    }

    #[test]
    fn a_burst_reads_from_the_top_to_the_bottom() {
        let burst = [wish(10.0, "one"), wish(10.0, "two"), wish(11.0, "three")];
        assert_eq!(lines(&burst), told(&[("one", 2), ("two", 1), ("three", 0)]));
        let late = [wish(298.0, "one"), wish(299.0, "two"), wish(299.0, "three")];
        assert_eq!(lines(&late), told(&[("one", -1), ("two", -2), ("three", -3)]));
    }

    #[test]
    fn a_short_label_of_a_burst_does_not_slip_below_a_long_one() {
        let burst = [
            wish(10.0, "one"),
            wish(11.0, "two takes much more room"),
            wish(80.0, "three"),
        ];
        assert_eq!(
            lines(&burst),
            told(&[("one", 2), ("two takes much more room", 1), ("three", 0)])
        );
    }

    #[test]
    fn regular_steps_make_no_staircase() {
        let steps: Vec<Wish> =
            (0..6).map(|step| wish(40.0 * f64::from(step), "an apple")).collect();
        let labels = place(&steps, 0.0, 400.0, 9).expect("room");
        assert!(labels.iter().all(|label| matches!(label.line, 0 | -1)), "{labels:?}");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let crowd: Vec<Wish> = (0..6).map(|_| wish(10.0, "one of them")).collect();
        assert_eq!(place(&crowd, 0.0, 300.0, 5), None);
    }

    #[test]
    fn what_is_too_long_is_broken_and_then_cut() {
        let place = |text: &str| {
            place(&[wish(180.0, text)], 0.0, 300.0, 5).expect("room").remove(0)
        };
        let broken = place("he who waits for the last apple waits for long");
        assert_eq!(broken.text, ["he who waits for the last apple", "waits for long"]);
        let cut = place(&"apple ".repeat(50));
        assert!(
            cut.text.len() == BROKEN && cut.text[BROKEN - 1].ends_with('…'),
            "{cut:?}"
        );
        assert!(cut.is_before && cut.left >= 0.0, "{cut:?}");
    }
}
