//! Where everything in the picture goes. Nothing is drawn here, so that all of it can
//! be tested.

use crate::axis::{Axis, Stretch, TickLabel};
use crate::bars::{BAND, Bars, COLUMN, Column};
use crate::captions::{self, Placed};
use crate::labels::{LINE, Wish};
use crate::legend::{self, Item};
use crate::row::{Life, Name, Row, Tick};
use crate::story::{Lane, Sign, Story, Who};
use crate::text;

/// How wide the picture is, and how far from its edge everything stays.
pub const WIDTH: f64 = 700.0;
const MARGIN: f64 = 10.0;

/// The size of the font of a lane's name, how wide it may be, and how far inner lanes
/// are indented.
pub const NAME_SIZE: f64 = 12.0;
const NAME_WIDTH: f64 = 130.0;
/// How much wider bold letters are.
const NAME_BOLD: f64 = 1.13;
const INDENT: f64 = 12.0;

/// How far lanes are apart.
const BETWEEN: f64 = 7.0;

/// How many lanes have a row of their own.
pub const MOST_LANES: usize = 30;

/// The colours of lanes, as on a terminal.
const COLOURS: usize = 12;

/// The number of a lane's colour: it follows from the name alone.
pub fn colour_of(lane: &str) -> usize {
    lane.bytes().map(usize::from).sum::<usize>() % COLOURS
}

#[derive(Debug)]
pub struct Layout {
    pub height: f64,
    pub rows: Vec<Row>,
    pub links: Vec<Tie>,
    /// Where the lines of the run are.
    pub steps: Vec<Point>,
    /// Where the lanes begin and end, and where the axis is.
    pub plot: Area,
    pub figures: Vec<TickLabel>,
    /// Where time is left out, and how much.
    pub left_out: Vec<Gap>,
    pub caption: String,
    /// Where the caption's line is; the lines of the legend follow.
    pub caption_y: f64,
    pub legend: Vec<Item>,
}

/// A place where time is left out.
#[derive(Debug)]
pub struct Gap {
    pub from: f64,
    pub to: f64,
    pub full: String,
}

#[derive(Debug, Clone, Copy)]
pub struct Area {
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
}

/// A moment of a lane.
#[derive(Debug, Clone, Copy)]
pub struct Point {
    pub x: f64,
    pub y: f64,
}

/// A line between the bands of two lanes.
#[derive(Debug)]
pub struct Tie {
    pub x: f64,
    pub from: f64,
    pub to: f64,
    pub is_birth: bool,
}

/// Lays out a story.
pub fn layout(story: &Story) -> Layout {
    let (shown, crowd) = story.lanes.split_at(story.lanes.len().min(MOST_LANES));
    let names: Vec<Name> = shown.iter().map(name).chain(crowd_name(crowd)).collect();
    let widest = names
        .iter()
        .map(|name| name.x + text::width(&name.text, NAME_SIZE * NAME_BOLD))
        .fold(0.0, f64::max);
    let (left, right) = (widest + 12.0, WIDTH - MARGIN - 4.0);
    let axis = Axis::of(story, left, right);
    let canvas =
        Canvas { axis: &axis, left, right, most: lines_beside(story.lanes.len()) };

    let mut y = MARGIN;
    let mut rows = Vec::new();
    for (place, name) in names.into_iter().enumerate() {
        let mut row = match shown.get(place) {
            Some(lane) => canvas.row(lane, name),
            None => canvas.crowd(crowd, name),
        };
        y += f64::from(row.lines_above()) * LINE + BAND / 2.0;
        row.y = y;
        y += f64::from(row.lines_below()) * LINE + BAND / 2.0 + BETWEEN;
        rows.push(row);
    }
    let plot = Area { left, right, top: MARGIN, bottom: y };
    let links = story.links.iter().filter_map(|link| {
        let (from, to) = (rows.get(link.from)?.y, rows.get(link.to)?.y);
        let seen = link.from < shown.len() && link.to < shown.len();
        seen.then(|| Tie { x: axis.x(link.at), from, to, is_birth: link.is_birth })
    });
    let links = links.collect();
    // The lanes without a row of their own share the last one.
    let steps = story.steps.iter().filter_map(|step| {
        let row = rows.get(step.lane).or(rows.last())?;
        Some(Point { x: axis.x(step.at), y: row.y })
    });
    let steps = steps.collect();
    let gap = |stretch: &Stretch| Gap {
        from: stretch.left,
        to: stretch.right,
        full: format!(
            "{} without an event are left out here",
            axis.lasting(stretch.to - stretch.from)
        ),
    };
    let left_out: Vec<Gap> = axis.left_out().map(gap).collect();
    let caption_y = y + 2.0 * LINE + 2.0;
    let legend = legend::of(
        &rows,
        !left_out.is_empty(),
        &axis.caption(),
        MARGIN,
        WIDTH - MARGIN,
        caption_y,
    );
    let last = legend.last().map_or(caption_y, |item| item.y);
    let height = last + MARGIN;
    Layout {
        height,
        rows,
        links,
        steps,
        plot,
        figures: axis.figures(),
        left_out,
        caption: axis.caption(),
        caption_y,
        legend,
    }
}

/// How many lines of labels a lane may have on each side: the fewer lanes there are,
/// the more.
fn lines_beside(lanes: usize) -> usize {
    match lanes {
        0..=3 => 14,
        4..=12 => 8,
        13..=20 => 5,
        _ => 3,
    }
}

fn name(lane: &Lane) -> Name {
    let x = MARGIN + INDENT * lane.level as f64;
    let text = text::cut(&lane.name, NAME_SIZE * NAME_BOLD, MARGIN + NAME_WIDTH - x);
    let kind = match lane.who {
        Who::Process(pid) => format!("process {pid}"),
        Who::Thread(_, tid) => format!("thread {tid}"),
        Who::Coroutine(..) => "coroutine".to_owned(),
    };
    Name { x, text, full: format!("{}, {kind}", lane.name) }
}

fn crowd_name(crowd: &[Lane]) -> Option<Name> {
    let names: Vec<&str> =
        crowd.iter().take(20).map(|lane| lane.name.as_str()).collect();
    let rest = if crowd.len() > names.len() { ", …" } else { "" };
    let full = format!("and {} more lanes: {}{rest}", crowd.len(), names.join(", "));
    let text = text::cut(
        &format!("and {} more", crowd.len()),
        NAME_SIZE * NAME_BOLD,
        NAME_WIDTH,
    );
    (!crowd.is_empty()).then_some(Name { x: MARGIN, text, full })
}

/// How it ended, if that was badly and the signal that it got does not tell it already.
fn ending(lane: &Lane, life: &Life) -> Option<Wish> {
    let ending = lane.ending.as_ref().filter(|ending| !ending.is_good())?;
    let signal = ending.how.strip_prefix("killed by ");
    let is_known = |signal: &str| {
        let signals = lane.marks.iter().filter(|mark| mark.sign == Sign::Signal);
        signals
            .map(|mark| mark.text.split(' ').next())
            .any(|known| known == Some(signal))
    };
    let how = ending.how.clone();
    (!signal.is_some_and(is_known)).then(|| Wish {
        x: life.to,
        text: how.clone(),
        full: how,
        class: "ending",
    })
}

struct Canvas<'a> {
    axis: &'a Axis,
    left: f64,
    right: f64,
    most: usize,
}

impl Canvas<'_> {
    fn row(&self, lane: &Lane, name: Name) -> Row {
        let marks: Vec<Placed<'_>> = lane
            .marks
            .iter()
            .map(|mark| Placed { x: self.axis.x(mark.at), mark })
            .collect();
        let at: Vec<f64> = marks.iter().map(|placed| placed.x).collect();
        let Bars { strips, busy, mut wishes } =
            Bars::of(&lane.bars, &at, self.axis, self.left, self.right);
        let life = self.life(lane);
        wishes.extend(ending(lane, &life));
        let ticks = marks.iter().map(|placed| Tick {
            x: placed.x,
            sign: placed.mark.sign,
            full: format!(
                "{}: {}",
                self.axis.lasting(placed.mark.at),
                captions::told(placed.mark)
            ),
        });
        let ticks = ticks.collect();
        let labels = captions::of(&marks, &wishes, self.left, self.right, self.most);
        let colour = colour_of(&lane.name);
        Row {
            name,
            colour,
            y: 0.0,
            life: Some(life),
            bars: strips,
            ticks,
            density: busy,
            labels,
        }
    }

    fn life(&self, lane: &Lane) -> Life {
        let (from, to) = (self.axis.x(lane.begin), self.axis.x(lane.end));
        let reaped = lane
            .ending
            .as_ref()
            .and_then(|ending| ending.reaped)
            .map(|at| self.axis.x(at));
        let is_open = lane.ending.is_none() && !matches!(lane.who, Who::Coroutine(..));
        let ending =
            lane.ending.as_ref().map(|ending| (ending.how.clone(), ending.is_good()));
        Life {
            from,
            to,
            ending,
            is_open,
            reaped: reaped.filter(|reaped| reaped - to > 3.0),
        }
    }

    /// All that the lanes did that have no row of their own: how much of it when, and
    /// what they claimed.
    fn crowd(&self, crowd: &[Lane], name: Name) -> Row {
        let mut marks: Vec<Placed<'_>> = crowd
            .iter()
            .flat_map(|lane| &lane.marks)
            .map(|mark| Placed { x: self.axis.x(mark.at), mark })
            .collect();
        marks.sort_by_key(|placed| placed.mark.at);
        let columns = ((self.right - self.left) / COLUMN).floor() as usize;
        let mut counts = vec![0_usize; columns];
        for placed in &marks {
            let column = ((placed.x - self.left) / COLUMN).floor() as usize;
            counts[column.min(columns - 1)] += 1;
        }
        let most = counts.iter().copied().max().unwrap_or_default().max(1);
        let column = |(place, &count): (usize, &usize)| Column {
            x: self.left + COLUMN * place as f64,
            height: BAND * count as f64 / most as f64,
            full: format!("{count} lines and claims"),
        };
        let density = counts
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0)
            .map(column)
            .collect();
        marks.retain(|placed| matches!(placed.mark.sign, Sign::Claim | Sign::Broken));
        let labels = captions::of(&marks, &[], self.left, self.right, self.most);
        Row {
            name,
            colour: 0,
            y: 0.0,
            life: None,
            bars: Vec::new(),
            ticks: Vec::new(),
            density,
            labels,
        }
    }
}
