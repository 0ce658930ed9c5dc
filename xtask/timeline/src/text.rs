//! How wide a text is about, and how it is cut where there is no room for it.
//!
//! Which font the reader has is not known here. The widths are those of `DejaVu` Sans,
//! the widest of the usual ones, so what fits by them fits in the others too.

use unicode_width::UnicodeWidthChar as _;

/// The widths of the letters a to z, in thousandths of the font's size.
const LETTERS: [u16; 26] = [
    613, 635, 550, 635, 616, 352, 635, 634, 278, 278, 580, 278, 975, 634, 612, 635,
    635, 412, 521, 393, 634, 592, 818, 592, 592, 525,
];

/// How wide a text is about, in a font of that size.
pub fn width(text: &str, size: f64) -> f64 {
    text.chars().map(|letter| f64::from(thousandths(letter))).sum::<f64>() / 1000.0
        * size
}

fn thousandths(letter: char) -> u16 {
    match letter {
        'a'..='z' => LETTERS[usize::from(letter as u8 - b'a')],
        '0'..='9' => 637,
        ' ' | '.' | ',' => 318,
        'I' | 'J' | '|' | ':' | ';' | '/' | '\\' => 338,
        '-' | '(' | ')' | '[' | ']' | '!' | '\'' | '`' => 402,
        'M' | 'W' | '%' | '@' | '…' | '—' => 1000,
        'A'..='Z' => 770,
        _ => match letter.width() {
            Some(0) | None => 0,
            // Chinese, Japanese and Korean fill a square.
            Some(2..) => 1000,
            Some(_) => 838,
        },
    }
}

/// The text, or as much of it as there is room for, with an ellipsis.
pub fn cut(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut left = room - width("…", size);
    let fits = |letter: &char| {
        left -= f64::from(thousandths(*letter)) / 1000.0 * size;
        left >= 0.0
    };
    let kept: String = text.chars().take_while(fits).collect();
    format!("{}…", kept.trim_end())
}

/// The text in lines for which there is room, broken at blanks; what does not fit into
/// so many lines is cut.
pub fn wrap(text: &str, size: f64, room: f64, most: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_inclusive(' ') {
        let line = lines.last().map_or("", String::as_str);
        let fits = width(&format!("{line}{}", word.trim_end()), size) <= room;
        if !fits && !line.is_empty() && lines.len() < most {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(word);
        }
    }
    lines.iter().map(|line| cut(line.trim_end(), size, room)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_is_wider_than_latin() {
        assert!((width("信号量", 10.0) - 30.0).abs() < 1e-9);
        assert!(width("abc", 10.0) < 20.0);
        assert!(
            width("e\u{301}", 10.0) <= width("e", 10.0),
            "an accent takes no room of its own"
        );
    }

    #[test]
    fn a_text_is_cut_with_an_ellipsis_and_only_where_it_must_be() {
        assert_eq!(cut("apple", 10.0, 100.0), "apple");
        assert_eq!(cut("an apple a day", 10.0, 50.0), "an appl…");
        assert!(width(&cut("信号量信号量", 10.0, 35.0), 10.0) <= 35.0);
        assert_eq!(cut("apple", 10.0, 0.0), "…");
    }

    #[test]
    fn a_long_text_is_broken_at_its_blanks() {
        assert_eq!(wrap("an apple a day", 10.0, 100.0, 3), ["an apple a day"]);
        assert_eq!(wrap("an apple a day", 10.0, 50.0, 3), ["an apple", "a day"]);
        assert_eq!(wrap("an apple a day", 10.0, 50.0, 1), ["an appl…"]);
        assert_eq!(wrap("apples", 10.0, 20.0, 2), ["a…"]);
        assert_eq!(wrap("", 10.0, 20.0, 2), [""]);
    }
}
