//! The change of a break: one place of a text, found and replaced.

use std::ops::Range;

use anyhow::{Result, bail};

/// How many lines are shown before and after those that differ.
const AROUND: usize = 2;

/// A text before and after a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    before: String,
    place: Range<usize>,
    replacement: String,
}

impl Change {
    /// Replaces the one place of `text` where `find` stands. Any run of white space in
    /// `find` stands for any in the text; the white space at its ends is left out.
    pub fn of(text: &str, find: &str, replace: &str) -> Result<Self> {
        let words: Vec<&str> = find.split_whitespace().collect();
        let first = words.first().copied().unwrap_or_default();
        let starts = text.match_indices(first).map(|(start, _)| start);
        let mut places =
            starts.filter_map(|start| Some(start..end(text, start, &words)?));
        match (places.next(), places.count()) {
            (Some(place), 0) => {
                let replacement = replace.trim().to_owned();
                let place = if replacement.is_empty() {
                    whole_lines(text, place)
                } else {
                    place
                };
                Ok(Self { before: text.to_owned(), place, replacement })
            }
            (None, _) => bail!("the text to be replaced does not occur"),
            (Some(_), more) => {
                bail!("the text to be replaced occurs {} times", more + 1)
            }
        }
    }

    /// The whole text after the change.
    pub fn after(&self) -> String {
        let Range { start, end } = self.place;
        [&self.before[..start], &self.replacement, &self.before[end..]].concat()
    }

    /// The lines that differ, with `-` before the old and `+` before the new ones, and
    /// some lines around them.
    pub fn diff(&self) -> String {
        let (before, after) = (&self.before, self.after());
        let (old, new): (Vec<&str>, Vec<&str>) =
            (before.lines().collect(), after.lines().collect());
        let same = |(one, other): &(&&str, &&str)| one == other;
        let head = old.iter().zip(&new).take_while(same).count();
        let rest = old.iter().rev().zip(new.iter().rev()).take_while(same).count();
        let tail = rest.min(old.len() - head).min(new.len() - head);

        let lines = |sign: char, lines: &[&str]| {
            lines
                .iter()
                .map(|line| format!("{sign} {line}").trim_end().to_owned())
                .collect::<Vec<_>>()
        };
        let end = old.len() - tail;
        [
            lines(' ', &old[head.saturating_sub(AROUND)..head]),
            lines('-', &old[head..end]),
            lines('+', &new[head..new.len() - tail]),
            lines(' ', &old[end..(end + AROUND).min(old.len())]),
        ]
        .concat()
        .join("\n")
    }
}

/// The lines of a place that is to be empty, if there is nothing else on them, or else
/// the place as it is.
fn whole_lines(text: &str, place: Range<usize>) -> Range<usize> {
    let start = text[..place.start].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[place.end..].find('\n').map(|newline| place.end + newline);
    let end = end.map_or(text.len(), |newline| newline + 1);
    let around = [&text[start..place.start], &text[place.end..end]];
    if around.iter().all(|it| it.trim().is_empty()) { start..end } else { place }
}

/// Where the words end that stand one after the other from `start` on, with white space
/// between them; nothing if they do not.
fn end(text: &str, start: usize, words: &[&str]) -> Option<usize> {
    let mut rest = &text[start..];
    for (number, word) in words.iter().enumerate() {
        let next = rest.trim_start();
        if number > 0 && next.len() == rest.len() {
            return None;
        }
        rest = next.strip_prefix(word)?;
    }
    Some(text.len() - rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "fn a() {\n    eat(\n        one,\n    );\n    done();\n}\n";

    #[test]
    fn white_space_is_as_good_as_any_other() {
        let change = Change::of(TEXT, " eat( one, );\n", " eat(two); ").expect("once");
        assert_eq!(change.after(), "fn a() {\n    eat(two);\n    done();\n}\n");
        assert!(Change::of(TEXT, "eat(one, );", "").is_err(), "but not none");
    }

    #[test]
    fn the_text_occurs_exactly_once() {
        let error = |find| Change::of(TEXT, find, "").expect_err(find).to_string();
        assert_eq!(error("drink"), "the text to be replaced does not occur");
        assert_eq!(error("one ,"), "the text to be replaced does not occur");
        assert_eq!(error("("), "the text to be replaced occurs 3 times");
    }

    #[test]
    fn a_diff_shows_the_lines_that_differ() {
        let change = Change::of(TEXT, "done();", "eat(one);\n    done();");
        assert_eq!(
            change.expect("once").diff(),
            "          one,\n      );\n+     eat(one);\n      done();\n  }"
        );
        let gone = Change::of("a\nb\nc\n", "b", "").expect("once");
        assert_eq!(gone.diff(), "  a\n- b\n  c");
        let doubled = Change::of("a\nb\n", "a", "a\na").expect("once");
        assert_eq!(doubled.diff(), "  a\n+ a\n  b");
    }
}
