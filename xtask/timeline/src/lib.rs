//! The timeline of a scene: the records of its trace in; a picture, the lines of the
//! run or a Chrome trace out.
//!
//! | module | role |
//! |---|---|
//! | `story` | puts the records together: lanes, marks, bars, links |
//! | `layout`, `row` | where everything goes; nothing is drawn here |
//! | `axis` | from time to place, and the unit of time |
//! | `bars`, `captions`, `labels` | what lasts, what is told, where it goes |
//! | `legend` | what the signs of the picture mean |
//! | `svg`, `xml`, `text` | the layout as SVG, escaped, and the width of a text |
//! | `run` | the run as text |
//! | `schedule` | a schedule that was explored, as records |
//! | `perfetto` | the story as a Chrome trace |

#![forbid(unsafe_code)]

mod axis;
mod bars;
mod captions;
mod labels;
mod layout;
mod legend;
mod perfetto;
mod row;
mod run;
mod schedule;
mod story;
mod svg;
#[cfg(test)]
mod tests;
mod text;
mod xml;

use shared::exploration::Outcome;
use shared::trace::Record;

use story::{Sign, Story};

pub use svg::STYLE;

/// The records as a Chrome trace, which <https://ui.perfetto.dev> opens.
///
/// # Errors
/// As [`serde_json::to_string`].
pub fn perfetto(records: &[Record]) -> serde_json::Result<String> {
    perfetto::json(&Story::of(records))
}

/// The timeline of a run, and the lines of the run.
pub struct Picture {
    svg: xml::Element,
    run: String,
}

/// Draws the timeline of a run.
#[must_use]
pub fn draw(topic: &str, scene: &str, records: &[Record]) -> Picture {
    let title = format!("Timeline of the scene {scene} of {topic}");
    picture(&Story::of(records), &title)
}

/// Draws the shortest schedule of an outcome of an explored program; its axis counts
/// steps.
#[must_use]
pub fn draw_schedule(program: &str, outcome: &Outcome) -> Picture {
    let story = Story::of(&schedule::records(outcome));
    let story = Story { step: Some(schedule::STEP), ..story };
    picture(&story, &format!("A schedule of {program}: {}", outcome.end))
}

fn picture(story: &Story, title: &str) -> Picture {
    let layout = layout::layout(story);
    let svg = svg::draw(&layout, title, &sentence(story));
    Picture { svg, run: run::run(story, &layout) }
}

impl Picture {
    /// To be put into a page of HTML that holds [`STYLE`].
    #[must_use]
    pub fn inline(&self) -> String {
        self.svg.to_text()
    }

    /// The lines of the run, as HTML for the same page. Each names its moment in the
    /// picture and its place in the source.
    #[must_use]
    pub fn run(&self) -> &str {
        &self.run
    }

    /// To be a file of its own.
    #[must_use]
    pub fn alone(self) -> String {
        let style = xml::Element::new("style").markup(STYLE);
        let text = self.svg.child(&style).to_text();
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{text}\n")
    }
}

/// The story in a sentence.
fn sentence(story: &Story) -> String {
    const TOLD: usize = 12;
    let lasting = axis::Axis::of(story, 0.0, 1.0).lasting(story.end);
    let mut names: Vec<&str> =
        story.lanes.iter().take(TOLD).map(|lane| lane.name.as_str()).collect();
    let more = format!("{} more", story.lanes.len().saturating_sub(TOLD));
    if story.lanes.len() > TOLD {
        names.push(&more);
    }
    let counted = |count: usize, one: &str, many: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        _ => Some(format!("{count} {many}")),
    };
    let lanes = counted(story.lanes.len(), "lane", "lanes")
        .unwrap_or_else(|| "no lanes".to_owned());
    let told = [
        counted(story.count(Sign::Line), "line said", "lines said"),
        counted(story.count(Sign::Claim), "claim that held", "claims that held"),
        counted(story.count(Sign::Broken), "claim that broke", "claims that broke"),
        counted(story.count(Sign::Signal), "signal", "signals"),
    ];
    let told: Vec<String> = told.into_iter().flatten().collect();
    format!("{lanes} ({}) in {lasting}: {}.", names.join(", "), told.join(", "))
}
