//! What is drawn of one lane.

use crate::bars::{BAND, Column, Strip};
use crate::labels::{LINE, Label};
use crate::story::Sign;

/// A lane, or all those for which there is no room.
#[derive(Debug)]
pub struct Row {
    pub name: Name,
    pub colour: usize,
    /// The middle of its band.
    pub y: f64,
    pub life: Option<Life>,
    pub bars: Vec<Strip>,
    pub ticks: Vec<Tick>,
    /// How busy it is, column by column, where its bars are too many and too short to
    /// be told apart; or how many marks of other lanes there are.
    pub density: Vec<Column>,
    pub labels: Vec<Label>,
}

#[derive(Debug)]
pub struct Name {
    pub x: f64,
    pub text: String,
    pub full: String,
}

/// A line from birth to death.
#[derive(Debug)]
pub struct Life {
    pub from: f64,
    pub to: f64,
    /// How it ended, in words, and whether that was well; nothing if it is unknown.
    pub ending: Option<(String, bool)>,
    /// Whether it is a process or thread of which nothing more is heard.
    pub is_open: bool,
    /// Until where it was a zombie, if that can be seen.
    pub reaped: Option<f64>,
}

#[derive(Debug)]
pub struct Tick {
    pub x: f64,
    pub sign: Sign,
    pub full: String,
}

impl Row {
    pub fn lines_above(&self) -> i32 {
        let above = self.labels.iter().filter(|label| !label.is_below);
        above.map(|label| label.line + label.text.len() as i32).max().unwrap_or(0)
    }

    pub fn lines_below(&self) -> i32 {
        let below = self.labels.iter().filter(|label| label.is_below);
        below.map(|label| -1 - label.line + label.text.len() as i32).max().unwrap_or(0)
    }

    /// The top of a label.
    pub fn top_of(&self, label: &Label) -> f64 {
        if label.is_below {
            self.y + BAND / 2.0 + f64::from(-1 - label.line) * LINE
        } else {
            self.y - BAND / 2.0 - f64::from(label.line + label.text.len() as i32) * LINE
        }
    }
}
