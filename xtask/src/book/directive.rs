//! Directives: lines such as `{{code apples}}` that stand in a chapter for what is
//! included there.

use std::ops::Range;

use pulldown_cmark::{Event, Parser, Tag};

/// A directive, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive<'a> {
    /// What is to be included: `code`.
    pub name: &'a str,
    /// Of what: `apples`.
    pub args: Vec<&'a str>,
    /// The line on which it stands, from 1.
    pub line: usize,
}

/// A part of a chapter.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    Text(&'a str),
    Directive(Directive<'a>),
}

/// A chapter in pieces. A directive has a line of its own; what stands in a code block
/// is text.
pub fn pieces(chapter: &str) -> Vec<Piece<'_>> {
    let blocks = code_blocks(chapter);
    let mut pieces = Vec::new();
    let (mut text, mut at) = (0, 0);
    for (number, line) in chapter.split_inclusive('\n').enumerate() {
        let start = at;
        at += line.len();
        let quoted = blocks.iter().any(|block| block.contains(&start));
        if let Some(directive) = parse(line, number + 1).filter(|_| !quoted) {
            pieces.push(Piece::Text(&chapter[text..start]));
            pieces.push(Piece::Directive(directive));
            text = at;
        }
    }
    pieces.push(Piece::Text(&chapter[text..]));
    pieces.retain(|piece| *piece != Piece::Text(""));
    pieces
}

/// The directives alone.
pub fn directives(chapter: &str) -> impl Iterator<Item = Directive<'_>> {
    pieces(chapter).into_iter().filter_map(|piece| match piece {
        Piece::Directive(directive) => Some(directive),
        Piece::Text(_) => None,
    })
}

fn code_blocks(chapter: &str) -> Vec<Range<usize>> {
    let events = Parser::new(chapter).into_offset_iter();
    let blocks =
        events.filter(|(event, _)| matches!(event, Event::Start(Tag::CodeBlock(_))));
    blocks.map(|(_, range)| range).collect()
}

fn parse(line: &str, number: usize) -> Option<Directive<'_>> {
    let inside = line.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    let mut words = inside.split_whitespace();
    // What begins with # is mdbook's own.
    let name = words.next().filter(|name| !name.starts_with('#'))?;
    Some(Directive { name, args: words.collect(), line: number })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directive_has_a_line_of_its_own_outside_of_code() {
        let chapter = "one {{code a}}\n{{ refused src/a.rs  E0277 }}\n```\n{{code b}}\n\
                       ```\n{{#include c}}\n{{picture d}}";
        let found: Vec<_> = directives(chapter).collect();
        let refused =
            Directive { name: "refused", args: vec!["src/a.rs", "E0277"], line: 2 };
        let picture = Directive { name: "picture", args: vec!["d"], line: 7 };
        assert_eq!(found, [refused.clone(), picture.clone()]);
        let text = Piece::Text("```\n{{code b}}\n```\n{{#include c}}\n");
        assert_eq!(
            pieces(chapter),
            [
                Piece::Text("one {{code a}}\n"),
                Piece::Directive(refused),
                text,
                Piece::Directive(picture)
            ]
        );
    }
}
