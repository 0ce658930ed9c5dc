//! What of a lane is told beside it: as much as there is room for, and if that is not
//! all, bursts are summed up.

use shared::line::{BROKEN, HELD};

use crate::labels::{self, Label, Wish};
use crate::story::{Mark, Sign};

/// How near to each other lines must be to be summed up, in steps until there is room:
/// at first none are.
const NEAR: [f64; 8] = [-1.0, 2.0, 5.0, 12.0, 25.0, 50.0, 100.0, f64::INFINITY];

/// How many of a burst's lines are told whole when one points at it.
const TOLD: usize = 12;

/// How many lines a lane's claims may take on each side.
const MOST_CLAIMS: usize = 20;

/// More lines than any lane has labels: what cannot be summed up any further is told.
const UNBOUNDED: usize = 1 << 20;

/// How long a line may be within a summary.
const SHORT: usize = 28;

/// A mark, and where it stands.
#[derive(Debug, Clone)]
pub struct Placed<'a> {
    pub x: f64,
    pub mark: &'a Mark,
}

/// The labels of these marks and wishes, all of which come in the order of time.
///
/// Claims, signals and other wishes are told one by one as long as that is possible at
/// all; lines are summed up first.
pub fn of(
    marks: &[Placed<'_>],
    others: &[Wish],
    left: f64,
    right: f64,
    most: usize,
) -> Vec<Label> {
    let sum_lines = |near| wishes(marks, others, |sign| sign == Sign::Line, near);
    let mut attempts = NEAR.iter().map(|&near| sum_lines(near));
    if let Some(labels) =
        attempts.find_map(|wishes| labels::place(&wishes, left, right, most))
    {
        return labels;
    }
    // Claims are what a scene is about, so a lane of many may take more room before
    // they too are summed up.
    let all = wishes(marks, others, |_| true, f64::INFINITY);
    labels::place(&sum_lines(f64::INFINITY), left, right, MOST_CLAIMS.max(most))
        .or_else(|| labels::place(&all, left, right, UNBOUNDED))
        .unwrap_or_default()
}

/// One wish for each mark, but one for each run of marks that may be summed up and
/// stand near to each other.
fn wishes(
    marks: &[Placed<'_>],
    others: &[Wish],
    may_sum: impl Fn(Sign) -> bool,
    near: f64,
) -> Vec<Wish> {
    let follows = |one: &Placed<'_>, next: &Placed<'_>| {
        one.mark.sign == next.mark.sign
            && may_sum(one.mark.sign)
            && next.x - one.x <= near
    };
    let mut wishes: Vec<Wish> = others.to_vec();
    for burst in marks.chunk_by(follows) {
        // Two lines are told as shortly as they are summed up.
        if burst.len() > 2 || near == f64::INFINITY {
            wishes.extend(sum(burst));
        } else {
            wishes.extend(burst.iter().map(single));
        }
    }
    wishes.sort_by(|one, other| one.x.total_cmp(&other.x));
    wishes
}

fn single(placed: &Placed<'_>) -> Wish {
    let text = told(placed.mark);
    Wish { x: placed.x, full: text.clone(), text, class: placed.mark.sign.class() }
}

fn sum(burst: &[Placed<'_>]) -> Option<Wish> {
    let (first, last) = (burst.first()?, burst.last()?);
    if burst.len() == 1 {
        return Some(single(first));
    }
    let sign = first.mark.sign.glyph();
    let count = format!("{sign}{}×", burst.len());
    let (begin, end) = (short(&first.mark.text), short(&last.mark.text));
    let end = if end.len() < last.mark.text.len() {
        format!("{end}…")
    } else {
        end.to_owned()
    };
    let mut full: Vec<String> =
        burst.iter().take(TOLD).map(|placed| told(placed.mark)).collect();
    if burst.len() > TOLD {
        full.push(format!("… and {} more", burst.len() - TOLD));
    }
    let class = first.mark.sign.class();
    Some(Wish {
        x: first.x,
        text: format!("{count} {begin} … {end}"),
        full: full.join("\n"),
        class,
    })
}

/// A mark in words.
pub fn told(mark: &Mark) -> String {
    format!("{}{}", mark.sign.glyph(), mark.text)
}

/// As much of a text as a summary has room for.
fn short(text: &str) -> &str {
    text.char_indices().nth(SHORT).map_or(text, |(end, _)| text[..end].trim_end())
}

impl Sign {
    fn glyph(self) -> &'static str {
        match self {
            Self::Line => "",
            Self::Claim => HELD,
            Self::Broken => BROKEN,
            Self::Signal => "↯ ",
        }
    }

    pub fn class(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Claim => "claim",
            Self::Broken => "broken",
            Self::Signal => "signal",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(count: usize, sign: Sign) -> Vec<Mark> {
        (0..count)
            .map(|number| Mark { at: 0, sign, text: format!("line {number}") })
            .collect()
    }

    fn texts(marks: &[Mark], step: f64) -> Vec<String> {
        let place = |(number, mark)| Placed { x: 10.0 + step * number as f64, mark };
        let placed: Vec<Placed<'_>> = marks.iter().enumerate().map(place).collect();
        of(&placed, &[], 0.0, 500.0, 3)
            .into_iter()
            .map(|label| label.text.join(" "))
            .collect()
    }

    #[test]
    fn as_long_as_there_is_room_each_line_is_told() {
        assert_eq!(texts(&marks(3, Sign::Line), 0.0).len(), 3);
        assert_eq!(texts(&marks(6, Sign::Line), 60.0).len(), 6);
    }

    #[test]
    fn a_burst_is_summed_up_by_its_ends_and_its_count() {
        assert_eq!(texts(&marks(40, Sign::Line), 0.1), ["40× line 0 … line 39"]);
    }

    #[test]
    fn what_is_not_part_of_a_burst_is_told_as_it_is() {
        let marks = marks(12, Sign::Line);
        let place =
            |(number, mark)| Placed { x: if number < 11 { 10.0 } else { 300.0 }, mark };
        let placed: Vec<Placed<'_>> = marks.iter().enumerate().map(place).collect();
        let labels = of(&placed, &[], 0.0, 500.0, 3);
        let texts: Vec<String> =
            labels.iter().map(|label| label.text.join(" ")).collect();
        assert_eq!(texts, ["line 11", "11× line 0 … line 10"]);
        assert!(
            labels[1].full.contains("line 5\n"),
            "all of it is told when one points at it"
        );
    }

    #[test]
    fn claims_are_summed_up_last() {
        assert_eq!(texts(&marks(20, Sign::Claim), 0.0).len(), 20);
        assert_eq!(texts(&marks(21, Sign::Claim), 0.0), ["✓ 21× line 0 … line 20"]);
    }
}
