//! What lasts in a lane: bars, as long as they can be told apart, and how busy it is
//! where they cannot.

use crate::axis::Axis;
use crate::labels::Wish;
use crate::story::{Bar, Dress};
use crate::text;

/// How high the band is in which a lane's marks and bars stand.
pub const BAND: f64 = 14.0;

/// The size of the font within a bar, how far the text is from the bar's ends, and how
/// much of it is worth writing.
const INSIDE_SIZE: f64 = 10.0;
pub const PADDING: f64 = 4.0;
const LEAST_INSIDE: f64 = 75.0;

/// A bar narrower than this is a mere line, and with more than so many of them a lane
/// is a smear.
const NARROW: f64 = 3.0;
const MOST_NARROW: usize = 16;

/// How wide the columns are in which they are summed up instead.
pub const COLUMN: f64 = 4.0;

/// What is drawn of a lane's bars.
#[derive(Debug)]
pub struct Bars {
    pub strips: Vec<Strip>,
    /// How busy the lane is, where its bars are narrow.
    pub busy: Vec<Column>,
    /// What wants to be told beside them.
    pub wishes: Vec<Wish>,
}

#[derive(Debug)]
pub struct Strip {
    pub x: f64,
    pub width: f64,
    pub depth: usize,
    pub dress: Dress,
    pub inside: String,
    pub full: String,
}

#[derive(Debug)]
pub struct Column {
    pub x: f64,
    pub height: f64,
    pub full: String,
}

impl Bars {
    /// The bars of a lane that has marks at these places; the first work of a kind is
    /// told beside it if there is no room within it.
    pub fn of(bars: &[Bar], marks: &[f64], axis: &Axis, left: f64, right: f64) -> Self {
        let is_narrow = |bar: &&Bar| axis.x(bar.to) - axis.x(bar.from) < NARROW;
        let smear = bars.iter().filter(is_narrow).count() > MOST_NARROW;
        let (narrow, wide): (Vec<&Bar>, Vec<&Bar>) =
            bars.iter().partition(|bar| smear && is_narrow(bar));
        let mut strips: Vec<Strip> = wide.iter().map(|bar| strip(bar, axis)).collect();
        keep_apart(&mut strips, marks);
        let mut wishes: Vec<Wish> = Vec::new();
        for (bar, strip) in wide.iter().zip(&strips) {
            let is_told = wishes.iter().any(|wish| wish.text == bar.text)
                || strips.iter().any(|other| other.inside == bar.text);
            if bar.dress == Dress::Work && !is_told {
                let (text, full) = (bar.text.clone(), strip.full.clone());
                wishes.push(Wish { x: strip.x, text, full, class: "span" });
            }
        }
        wishes.extend(summary(&narrow, axis));
        wishes.sort_by(|one, other| one.x.total_cmp(&other.x));
        Self { strips, busy: busy(&narrow, axis, left, right), wishes }
    }
}

fn strip(bar: &Bar, axis: &Axis) -> Strip {
    let (x, to) = (axis.x(bar.from), axis.x(bar.to));
    let lasting = axis.lasting(bar.to - bar.from);
    let (wanted, full) = match bar.dress {
        Dress::Sleep => (format!("sleeps {lasting}"), format!("sleeps {lasting}")),
        Dress::Wait => {
            (format!("waits {}", bar.text), format!("waits {}: {lasting}", bar.text))
        }
        Dress::Work => (bar.text.clone(), format!("{}: {lasting}", bar.text)),
    };
    let width = (to - x).max(1.0);
    let room = width - 2.0 * PADDING;
    // A wait may be told in part, as its dress says already what it is.
    let may_cut = bar.dress == Dress::Wait && room >= LEAST_INSIDE;
    let fits = text::width(&wanted, INSIDE_SIZE) <= room;
    let inside = if fits || may_cut {
        text::cut(&wanted, INSIDE_SIZE, room)
    } else {
        String::new()
    };
    Strip { x, width, depth: bar.depth, dress: bar.dress, inside, full }
}

impl Strip {
    /// Where its text ends.
    pub fn text_end(&self) -> f64 {
        self.x + PADDING + text::width(&self.inside, INSIDE_SIZE)
    }

    /// Whether a mark there would stand in its text.
    fn is_written_at(&self, x: f64) -> bool {
        !self.inside.is_empty()
            && self.x + PADDING - 1.0 < x
            && x < self.text_end() + 1.0
    }

    /// Whether it is drawn over the text of a bar that was begun before.
    fn hides(&self, outer: &Self) -> bool {
        !outer.inside.is_empty()
            && self.x < outer.text_end()
            && self.x + self.width > outer.x
    }
}

/// Clears the texts that would stand in each other's way or in that of a mark. A bar
/// that is drawn over another hides its text, but for a sleep, which is told by the
/// work that it is part of.
fn keep_apart(strips: &mut [Strip], marks: &[f64]) {
    for place in 0..strips.len() {
        let (outer, inner) = strips.split_at_mut(place + 1);
        let Some(outer) = outer.last_mut() else { continue };
        let hidden = inner.iter().any(|it| it.dress != Dress::Sleep && it.hides(outer));
        if hidden || marks.iter().any(|&x| outer.is_written_at(x)) {
            outer.inside.clear();
        }
        for inner in inner.iter_mut().filter(|inner| outer.hides(inner)) {
            if !outer.inside.is_empty() && inner.x < outer.text_end() + PADDING {
                inner.inside.clear();
            }
        }
    }
}

/// What work the bars are of that are not drawn one by one: `340× read, 12× accept`.
fn summary(narrow: &[&Bar], axis: &Axis) -> Option<Wish> {
    let mut kinds: Vec<(&str, usize)> = Vec::new();
    for bar in narrow.iter().filter(|bar| bar.dress == Dress::Work) {
        match kinds.iter_mut().find(|(text, _)| *text == bar.text) {
            Some((_, count)) => *count += 1,
            None => kinds.push((&bar.text, 1)),
        }
    }
    let first = narrow.iter().find(|bar| bar.dress == Dress::Work)?;
    let kinds: Vec<String> =
        kinds.iter().map(|(text, count)| format!("{count}× {text}")).collect();
    let text = kinds.join(", ");
    Some(Wish { x: axis.x(first.from), full: text.clone(), text, class: "span" })
}

/// Which part of each column is work.
fn busy(narrow: &[&Bar], axis: &Axis, left: f64, right: f64) -> Vec<Column> {
    let columns = ((right - left) / COLUMN).ceil() as usize;
    let mut parts = vec![0.0; columns];
    for bar in narrow.iter().filter(|bar| bar.dress == Dress::Work && bar.depth == 0) {
        let (from, to) = (axis.x(bar.from), axis.x(bar.to));
        let first = ((from - left) / COLUMN).floor() as usize;
        for (column, part) in parts.iter_mut().enumerate().skip(first).take(2) {
            let begin = left + COLUMN * column as f64;
            *part += (to.min(begin + COLUMN) - from.max(begin)).max(0.0) / COLUMN;
        }
    }
    let column = |(place, part): (usize, f64)| {
        let x = left + COLUMN * place as f64;
        let full = format!("busy for {:.0} % of the time", 100.0 * part.min(1.0));
        (part > 0.0).then(|| Column {
            x,
            height: (BAND * part.min(1.0)).max(0.5),
            full,
        })
    };
    parts.into_iter().enumerate().filter_map(column).collect()
}

#[cfg(test)]
mod tests {
    use super::super::story::Story;
    use super::*;

    fn bars(list: &[(i64, i64, &str)]) -> Bars {
        let bar = |&(from, to, text): &(i64, i64, &str)| {
            let depth =
                usize::from(list.iter().any(|other| other.0 < from && to < other.1));
            Bar {
                from,
                to,
                dress: Dress::Work,
                text: text.to_owned(),
                depth,
                open: false,
            }
        };
        let bars: Vec<Bar> = list.iter().map(bar).collect();
        let axis = Axis::of(&Story { end: 1000, ..Story::default() }, 100.0, 1100.0);
        Bars::of(&bars, &[550.0], &axis, 100.0, 1100.0)
    }

    fn wishes(bars: &Bars) -> Vec<&str> {
        bars.wishes.iter().map(|wish| wish.text.as_str()).collect()
    }

    #[test]
    fn a_bar_is_told_within_it_or_else_beside_it_and_once() {
        let told = bars(&[
            (0, 400, "eats"),
            (500, 510, "eats"),
            (600, 620, "drinks"),
            (700, 720, "drinks"),
        ]);
        assert_eq!(told.strips[0].inside, "eats");
        assert_eq!(wishes(&told), ["drinks"]);
    }

    #[test]
    fn texts_of_bars_within_each_other_stay_apart() {
        let told = bars(&[
            (0, 400, "eats an apple"),
            (10, 390, "chews"),
            (200, 300, "thinks"),
        ]);
        let inside: Vec<&str> =
            told.strips.iter().map(|strip| strip.inside.as_str()).collect();
        assert_eq!(
            inside,
            ["", "chews", "thinks"],
            "an inner bar hides the text below it"
        );
        assert_eq!(wishes(&told), ["eats an apple"]);
    }

    #[test]
    fn work_that_is_a_sleep_is_told_as_the_work() {
        let bar = |from, to, dress, text: &str, depth| Bar {
            from,
            to,
            dress,
            text: text.to_owned(),
            depth,
            open: false,
        };
        let bars =
            [bar(0, 400, Dress::Work, "eats", 0), bar(1, 399, Dress::Sleep, "", 1)];
        let axis = Axis::of(&Story { end: 1000, ..Story::default() }, 100.0, 1100.0);
        let told = Bars::of(&bars, &[], &axis, 100.0, 1100.0);
        assert_eq!(
            (told.strips[0].inside.as_str(), told.strips[1].inside.as_str()),
            ("eats", "")
        );
        assert!(told.wishes.is_empty());
    }

    #[test]
    fn a_mark_does_not_stand_in_a_text() {
        assert_eq!(wishes(&bars(&[(440, 600, "eats")])), ["eats"]);
    }

    #[test]
    fn bars_too_many_and_too_short_become_a_measure_of_work() {
        let many: Vec<(i64, i64, &str)> =
            (0..100).map(|number| (10 * number, 10 * number + 2, "reads")).collect();
        let told = bars(&many);
        assert!(told.strips.is_empty());
        assert_eq!(wishes(&told), ["100× reads"]);
        let work: f64 =
            told.busy.iter().map(|column| column.height / BAND * COLUMN).sum();
        assert!((work - 200.0).abs() < 1.0, "{work}");
    }
}
