//! `cargo xtask picture`: plays a scene and draws the timeline of that very run.

mod axis;
mod bars;
mod captions;
mod labels;
mod layout;
mod legend;
mod perfetto;
mod story;
mod svg;
#[cfg(test)]
mod tests;
mod text;
mod xml;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use shared::trace::Record;

use crate::guard::{Ended, Order};
use crate::house::{House, Unknown};
use crate::programs::{self, Program};
use crate::save;
use story::{Sign, Story};

pub use svg::STYLE;

/// Play a scene and draw its timeline as SVG
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  cargo xtask picture joinable-queue/apples --out apples.svg"
)]
pub struct Args {
    /// The scene to play
    #[arg(value_name = "TOPIC/SCENE")]
    scene: String,

    /// Write the picture to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Write the events as a Chrome trace too, for <https://ui.perfetto.dev>
    #[arg(long, value_name = "FILE")]
    perfetto: Option<PathBuf>,
}

/// How long a scene may take, and a picture of it be worth while.
const DEADLINE: Duration = Duration::from_mins(1);

/// The exit code is 1 if the scene failed; its picture is drawn all the same.
pub fn picture(args: &Args, house: &House) -> Result<ExitCode> {
    let programs =
        programs::build(house, &house.asked(std::slice::from_ref(&args.scene))?)?;
    let program =
        programs.first().with_context(|| format!("{} has no program", args.scene))?;
    let topic = &program.topic.name;
    let Some((_, scene)) = args.scene.split_once('/') else {
        let known: Vec<&str> =
            program.scenes.iter().map(|scene| scene.name.as_str()).collect();
        let error =
            format!("{topic} is no TOPIC/SCENE; its scenes are: {}", known.join(", "));
        return Err(Unknown(error).into());
    };
    let played = play(program, scene)?;
    if let Some(path) = &args.perfetto {
        save::save(path, &perfetto::json(&Story::of(&played.records))?)?;
        eprintln!("wrote {}", path.display());
    }
    let picture = draw(topic, scene, &played.records);
    match &args.out {
        Some(path) => {
            save::save(path, &picture.alone())?;
            eprintln!("wrote {}", path.display());
        }
        None => std::io::stdout().lock().write_all(picture.alone().as_bytes())?,
    }
    Ok(match played.failure {
        Some(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
        None => ExitCode::SUCCESS,
    })
}

/// A run of a scene.
pub struct Played {
    /// What its processes recorded.
    pub records: Vec<Record>,
    /// Why it failed, if it did.
    pub failure: Option<String>,
}

/// Plays a scene under guard.
pub fn play(program: &Program, scene: &str) -> Result<Played> {
    let report = Order::staged(&program.path, DEADLINE).args([scene]).run()?;
    let name = format!("{}/{scene}", program.topic.name);
    ensure!(!report.records.is_empty(), "{name} has recorded nothing");
    let cause = report
        .stderr
        .lines()
        .rfind(|line| !line.trim().is_empty())
        .unwrap_or("no cause is known");
    let failure = match report.ended {
        Ended::Code(0) => None,
        Ended::Code(_) => Some(cause.to_owned()),
        Ended::Signal(number) => Some(format!("{name}: ended by signal {number}")),
        Ended::Late => {
            Some(format!("{name}: still running after {} s", DEADLINE.as_secs()))
        }
        Ended::Interrupted => bail!(crate::guard::Interrupted),
    };
    Ok(Played { records: report.records, failure })
}

/// The timeline of a run.
pub struct Picture(xml::Element);

/// Draws the timeline of a run.
pub fn draw(topic: &str, scene: &str, records: &[Record]) -> Picture {
    let story = Story::of(records);
    let layout = layout::layout(&story);
    let title = format!("Timeline of the scene {scene} of {topic}");
    Picture(svg::draw(&layout, &title, &sentence(&story)))
}

impl Picture {
    /// To be put into a page of HTML that holds [`STYLE`].
    pub fn inline(&self) -> String {
        self.0.to_text()
    }

    /// To be a file of its own.
    pub fn alone(self) -> String {
        let style = xml::Element::new("style").style(STYLE);
        let text = self.0.child(&style).to_text();
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
