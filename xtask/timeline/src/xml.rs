//! Elements of XML, written with whatever needs it escaped.

use std::fmt::{Display, Write as _};

/// An element under construction.
pub struct Element {
    name: &'static str,
    attributes: String,
    content: String,
}

impl Element {
    pub fn new(name: &'static str) -> Self {
        Self { name, attributes: String::new(), content: String::new() }
    }

    pub fn with(mut self, name: &str, value: impl Display) -> Self {
        // Writing to a string cannot fail.
        let _ = write!(self.attributes, " {name}=\"{}\"", escaped(&value.to_string()));
        self
    }

    /// A length, with as many digits as can be seen.
    pub fn at(self, name: &str, value: f64) -> Self {
        let rounded = (value * 10.0).round() / 10.0;
        self.with(name, if rounded == 0.0 { 0.0 } else { rounded })
    }

    pub fn class(self, class: &str) -> Self {
        self.with("class", class)
    }

    pub fn text(mut self, text: &str) -> Self {
        self.content.push_str(&escaped(text));
        self
    }

    /// What is shown when one points at it, and read aloud.
    pub fn title(self, text: &str) -> Self {
        self.child(&Self::new("title").text(text))
    }

    pub fn child(mut self, child: &Self) -> Self {
        child.write(&mut self.content);
        self
    }

    pub fn children(self, children: impl IntoIterator<Item = Self>) -> Self {
        children.into_iter().fold(self, |parent, child| parent.child(&child))
    }

    /// What is markup already, or a style sheet: nothing is escaped.
    pub fn markup(mut self, markup: &str) -> Self {
        self.content.push_str(markup);
        self
    }

    pub fn to_text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    fn write(&self, out: &mut String) {
        let Self { name, attributes, content } = self;
        let _ = if content.is_empty() {
            write!(out, "<{name}{attributes}/>")
        } else {
            write!(out, "<{name}{attributes}>{content}</{name}>")
        };
    }
}

/// Without what XML reads as its own, and without the control characters that it does
/// not know.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(letter),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            letter if letter.is_control() => escaped.push('\u{fffd}'),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_reads_as_its_own_is_escaped() {
        let element = Element::new("text")
            .with("class", "a\"b")
            .title("<&>\u{1}\n")
            .at("x", -0.01);
        let expected = "<text class=\"a&quot;b\" x=\"0\">\
                        <title>&lt;&amp;&gt;\u{fffd}\n</title></text>";
        assert_eq!(element.to_text(), expected);
        assert_eq!(Element::new("path").to_text(), "<path/>");
    }
}
