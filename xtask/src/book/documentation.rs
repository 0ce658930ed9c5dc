//! A crate's documentation as the book shows it.

use std::fmt::Write as _;
use std::ops::Range;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use pulldown_cmark::{
    BrokenLink, CodeBlockKind, CowStr, Event, Options, Parser, Tag, TagEnd,
};

use super::compiler::{self, Example};
use super::markdown::{fenced, hidden, inside, read};
use crate::workspace::{Topic, Workspace};

/// How much deeper a heading stands in a chapter than in the documentation: below
/// `## How it works`.
const DEEPER: &str = "##";

/// The documentation of the crate: the `//!` lines with which `src/lib.rs` begins.
pub fn mechanism(topic: &Topic) -> Result<String> {
    let library = read(&topic.folder.join("src/lib.rs"))?;
    let lines = library.lines().map_while(|line| doc_line(line, "//!"));
    Ok(for_the_book(&lines.collect::<Vec<_>>().join("\n")))
}

/// The doctest in a file of the topic that fails to compile with this error, and the
/// compiler's own words about it.
pub fn refused(
    workspace: &Workspace,
    topic: &Topic,
    path: &Path,
    code: &str,
) -> Result<String> {
    let file = read(&inside(&topic.folder, path)?)?;
    let lines: Vec<Option<&str>> = file
        .lines()
        .map(|line| doc_line(line, "///").or(doc_line(line, "//!")))
        .collect();
    let mut found = Vec::new();
    for comment in lines.split(Option::is_none) {
        let comment = comment.iter().flatten().copied().collect::<Vec<_>>().join("\n");
        let examples = blocks(&comment);
        found
            .extend(examples.filter_map(|(info, text)| Example::of(&info, text, code)));
    }
    let path = path.display();
    match &found[..] {
        [] => bail!("{path} has no example that is refused with {code}"),
        [example] => {
            let link = format!("https://doc.rust-lang.org/error_codes/{code}.html");
            let caption = format!(
                "<span>Does not compile</span> <a href=\"{link}\">error {code}</a>"
            );
            let words = compiler::complaint(workspace, example)
                .with_context(|| format!("{path}, the example of {code}"))?;
            let words = fenced("text", &words);
            let example = fenced("rust", &visible(&example.code));
            Ok(format!(
                "<figure class=\"refused\">\n<figcaption>{caption}</figcaption>\n\n\
                 {example}\n\n{words}\n</figure>\n"
            ))
        }
        _ => bail!("{path} has {} examples that are refused with {code}", found.len()),
    }
}

/// The text of a line of documentation.
fn doc_line<'a>(line: &'a str, sign: &str) -> Option<&'a str> {
    let text = line.trim_start().strip_prefix(sign)?;
    Some(text.strip_prefix(' ').unwrap_or(text))
}

/// Documentation as rustdoc reads it, with the headings lower, without links to items,
/// and only the visible lines of examples.
fn for_the_book(documentation: &str) -> String {
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let mut in_link = None;
    for (event, range) in parse(documentation) {
        match event {
            Event::Start(Tag::Heading { .. }) => {
                edits.push((range.start..range.start, DEEPER.to_owned()));
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                let text = code_of(&documentation[range.clone()]);
                edits.push((range, block_for_the_book(&info, &text)));
            }
            Event::Start(Tag::Link { dest_url, .. }) if is_of_item(&dest_url) => {
                in_link = Some((range, None));
            }
            Event::End(TagEnd::Link) => {
                if let Some((range, Some(text))) = in_link.take() {
                    let text: Range<usize> = text;
                    edits.push((range, documentation[text].to_owned()));
                }
            }
            _ => {
                if let Some((_, text)) = &mut in_link {
                    let begin = text
                        .as_ref()
                        .map_or(range.start, |text: &Range<usize>| text.start);
                    *text = Some(begin..range.end);
                }
            }
        }
    }
    apply(documentation, &edits)
}

fn parse(documentation: &str) -> impl Iterator<Item = (Event<'_>, Range<usize>)> {
    // What is no link to a page of the notes or the web is one to an item, as rustdoc
    // has it.
    let item = |link: BrokenLink<'_>| {
        let name = link.reference.trim_matches('`');
        let path = |letter: char| letter.is_alphanumeric() || "_:!()".contains(letter);
        let is_path = name
            .starts_with(|letter: char| letter.is_alphabetic() || letter == '_')
            && name.chars().all(path);
        is_path.then(|| (CowStr::from(name.to_owned()), CowStr::from("")))
    };
    Parser::new_with_broken_link_callback(
        documentation,
        Options::ENABLE_TABLES,
        Some(item),
    )
    .into_offset_iter()
}

/// Whether a link leads to an item, not to a page.
fn is_of_item(destination: &str) -> bool {
    !destination.contains("//") && !destination.starts_with('#')
}

/// All fenced code blocks with their info strings.
fn blocks(documentation: &str) -> impl Iterator<Item = (String, String)> {
    parse(documentation).filter_map(|(event, range)| match event {
        Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
            Some((info.to_string(), code_of(&documentation[range])))
        }
        _ => None,
    })
}

/// What stands between the fences.
fn code_of(block: &str) -> String {
    let mut lines: Vec<&str> = block.lines().skip(1).collect();
    if lines.last().is_some_and(|line| line.trim_start().starts_with("```")) {
        lines.pop();
    }
    lines.join("\n")
}

fn block_for_the_book(info: &str, text: &str) -> String {
    let first = info.split(',').next().unwrap_or_default().trim();
    match first {
        "" | "rust" | "no_run" | "ignore" | "should_panic" | "compile_fail" => {
            fenced("rust", &visible(text))
        }
        language => fenced(language, text),
    }
}

/// The lines that rustdoc shows of an example.
fn visible(example: &str) -> String {
    let shown = example.lines().filter(|line| hidden(line).is_none());
    shown.collect::<Vec<_>>().join("\n")
}

/// Replaces ranges of a text, which do not overlap and come in their order.
fn apply(text: &str, edits: &[(Range<usize>, String)]) -> String {
    let (mut edited, mut at) = (String::new(), 0);
    for (range, new) in edits {
        // Writing to a string never fails.
        let _ = write!(edited, "{}{new}", &text[at..range.start]);
        at = range.end;
    }
    edited + &text[at..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_items_become_their_text_and_others_stay() {
        for (rustdoc, book) in [
            ("[`Queue`] [`put`](Queue::put) [take](Self::take)", "`Queue` `put` take"),
            (
                "[`a::B`](crate::a::B), [page](https://a.b/c) <https://a.b>",
                "`a::B`, [page](https://a.b/c) <https://a.b>",
            ),
            ("`a[..]` [..] [0] [x](#part)", "`a[..]` [..] [0] [x](#part)"),
            ("| a |\n|---|\n| [`Queue`] \\| b |", "| a |\n|---|\n| `Queue` \\| b |"),
        ] {
            assert_eq!(for_the_book(rustdoc), book);
        }
    }

    #[test]
    fn headings_go_lower_and_examples_show_what_rustdoc_shows() {
        let rustdoc = "# Limits\n```\nlet a = 1;\n# let b = 2;\n#[derive(C)]\n```\n\
                       ```text\n# all\n```\nend";
        let book = "### Limits\n```rust\nlet a = 1;\n#[derive(C)]\n```\n```text\n\
                    # all\n```\nend";
        assert_eq!(for_the_book(rustdoc).replace("\n\n", "\n"), book);
    }
}
