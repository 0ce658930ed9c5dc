//! The picture itself: the layout drawn as SVG.

use crate::bars::{BAND, PADDING, Strip};
use crate::labels::{LINE, Label};
use crate::layout::{Layout, WIDTH};
use crate::legend::{Item, Key};
use crate::row::{Life, Row, Tick};
use crate::story::{Dress, Sign};
use crate::xml::Element;

/// What pictures look like, in light and in dark. It is in each picture that stands
/// alone, and once in a page that holds some.
pub const STYLE: &str = include_str!("picture.css");

/// Half of the band.
const HALF: f64 = BAND / 2.0;

/// Draws it; `title` names it, and `story` tells it in a sentence to those who cannot
/// see it.
pub fn draw(layout: &Layout, title: &str, story: &str) -> Element {
    let size = format!("0 0 {WIDTH} {}", layout.height.ceil());
    let svg = Element::new("svg")
        .with("xmlns", "http://www.w3.org/2000/svg")
        .class("timeline")
        .with("role", "img")
        .with("viewBox", size)
        .with("width", WIDTH)
        .with("height", layout.height.ceil())
        .title(title)
        .child(&Element::new("desc").text(story));
    let paper = Element::new("rect")
        .class("tl-paper")
        .with("width", "100%")
        .with("height", "100%");
    svg.child(&paper)
        .children(grid(layout))
        .children(layout.links.iter().map(|tie| {
            let class = if tie.is_birth { "tl-tie" } else { "tl-shot" };
            upright(class, tie.x, tie.from, tie.to)
        }))
        .children(layout.rows.iter().map(row))
        .children(foot(layout))
}

/// The lines of the axis, behind everything, and its figures.
fn grid(layout: &Layout) -> Vec<Element> {
    let plot = layout.plot;
    let mut parts = vec![level("tl-axis", plot.left, plot.right, plot.bottom)];
    for gap in &layout.left_out {
        let body =
            Element::new("rect").class("tl-gap").at("x", gap.from).at("y", plot.top);
        let body = body
            .at("width", gap.to - gap.from)
            .at("height", plot.bottom - plot.top)
            .title(&gap.full);
        let x = f64::midpoint(gap.from, gap.to);
        parts.extend([body, slashes(x, plot.bottom)]);
    }
    for figure in &layout.figures {
        parts.push(upright("tl-grid", figure.x, plot.top, plot.bottom));
        parts.push(write("tl-figure", figure.middle, plot.bottom + LINE, &figure.text));
    }
    parts
}

/// The sign of an axis that is broken.
fn slashes(x: f64, y: f64) -> Element {
    let [top, bottom] = [y - 5.0, y + 5.0].map(tenth);
    let slash =
        |x: f64| format!("M{} {bottom}L{} {top}", tenth(x - 4.0), tenth(x + 1.0));
    path("tl-slashes", &format!("{}{}", slash(x), slash(x + 4.0)))
}

fn row(row: &Row) -> Element {
    let y = row.y;
    let mut group = Element::new("g").class(&format!("tl-c{}", row.colour));
    let name =
        Element::new("text").class("tl-name").at("x", row.name.x).at("y", y + 4.0);
    group = group.child(&name.title(&row.name.full).text(&row.name.text));
    // Leaders and lines first, so that nothing crosses a text.
    group = group.children(row.labels.iter().map(|label| leader(row, label)));
    if let Some(life) = &row.life {
        group = group.children(self::life(life, y));
    }
    group = group
        .children(row.bars.iter().map(|bar| strip(bar, y)))
        .children(row.bars.iter().filter_map(|bar| inside(bar, y)))
        .children(row.ticks.iter().map(|it| tick(it, y)))
        .children(row.density.iter().map(|column| {
            Element::new("rect")
                .class("tl-density")
                .at("x", column.x)
                .at("y", y + HALF - column.height)
                .at("width", 3.5)
                .at("height", column.height)
                .title(&column.full)
        }));
    if let Some(life) = &row.life {
        group = group.children(ending(life, y));
    }
    group.children(row.labels.iter().map(|label| text_of(row, label)))
}

/// A label: text that begins or ends at its leader, line below line.
fn text_of(row: &Row, label: &Label) -> Element {
    let side = if label.is_before { " tl-before" } else { "" };
    let x = if label.is_before { label.left + label.width } else { label.left };
    let y = row.top_of(label) + LINE - 3.0;
    let text = Element::new("text")
        .class(&format!("tl-label tl-{}{side}", label.class))
        .title(&label.full);
    if let [line] = &label.text[..] {
        return text.at("x", x).at("y", y).text(line);
    }
    let lines = label.text.iter().enumerate();
    text.children(lines.map(|(place, line)| {
        Element::new("tspan").at("x", x).at("y", y + LINE * place as f64).text(line)
    }))
}

/// The line that ties a label to its moment, along its whole height.
fn leader(row: &Row, label: &Label) -> Element {
    let top = row.top_of(label);
    let height = LINE * label.text.len() as f64;
    let (from, to) = if label.is_below {
        (row.y + HALF, top + height - 2.0)
    } else {
        (top + 3.0, row.y - HALF)
    };
    upright("tl-leader", label.x, from, to)
}

fn life(life: &Life, y: f64) -> Vec<Element> {
    let mut parts = vec![level("tl-life", life.from, life.to, y)];
    parts.extend(life.reaped.map(|reaped| level("tl-zombie", life.to, reaped, y)));
    if life.is_open {
        parts.push(level("tl-open", life.to, (life.to + 12.0).min(WIDTH - 2.0), y));
    }
    let birth = Element::new("circle")
        .class("tl-birth")
        .at("cx", life.from)
        .at("cy", y)
        .with("r", 3);
    parts.push(birth);
    parts
}

fn ending(life: &Life, y: f64) -> Vec<Element> {
    let Some((how, is_good)) = &life.ending else { return Vec::new() };
    let x = life.to;
    let end = if *is_good {
        upright("tl-end", x, y - 5.0, y + 5.0)
    } else {
        cross("tl-bad-end", x, y)
    };
    let reaped = life
        .reaped
        .map(|x| upright("tl-reaped", x, y - 4.0, y + 4.0).title("waited for"));
    std::iter::once(end.title(how)).chain(reaped).collect()
}

fn strip(bar: &Strip, y: f64) -> Element {
    let class = match bar.dress {
        Dress::Work => "tl-work",
        Dress::Wait => "tl-wait",
        Dress::Sleep => "tl-sleep",
    };
    // An inner bar is a little lower than the one around it.
    let height = (BAND - 2.0 - 3.0 * bar.depth as f64).max(4.0);
    let body =
        Element::new("rect").class(class).at("x", bar.x).at("y", y - height / 2.0);
    body.at("width", bar.width).at("height", height).with("rx", 2).title(&bar.full)
}

fn inside(bar: &Strip, y: f64) -> Option<Element> {
    (!bar.inside.is_empty())
        .then(|| write("tl-inside", bar.x + PADDING, y + 3.5, &bar.inside))
}

fn tick(tick: &Tick, y: f64) -> Element {
    sign(tick.sign, tick.x, y).title(&tick.full)
}

fn sign(sign: Sign, x: f64, y: f64) -> Element {
    let [left, right] = [x - 4.0, x + 4.0].map(tenth);
    let [top, bottom] = [y - 4.0, y + 4.0].map(tenth);
    match sign {
        Sign::Line => upright("tl-tick", x, y - 5.0, y + 5.0),
        Sign::Claim => path(
            "tl-check",
            &format!("M{left} {}L{} {bottom}L{right} {top}", tenth(y), tenth(x - 1.0)),
        ),
        Sign::Broken => cross("tl-cross", x, y),
        Sign::Signal => path(
            "tl-flash",
            &format!("M{left} {top}L{right} {top}L{} {bottom}Z", tenth(x)),
        ),
    }
}

fn cross(class: &str, x: f64, y: f64) -> Element {
    let [left, right] = [x - 4.0, x + 4.0].map(tenth);
    let [top, bottom] = [y - 4.0, y + 4.0].map(tenth);
    path(
        class,
        &format!("M{left} {top}L{right} {bottom}M{left} {bottom}L{right} {top}"),
    )
}

/// What the figures are, and the legend.
fn foot(layout: &Layout) -> Vec<Element> {
    let mut parts = vec![write("tl-caption", 10.0, layout.caption_y, &layout.caption)];
    for item in &layout.legend {
        parts.push(key(item));
        parts.push(write("tl-caption", item.x + 18.0, item.y, item.text));
    }
    parts
}

fn key(item: &Item) -> Element {
    let (x, y) = (item.x + 7.0, item.y - 4.0);
    let bar = |class| {
        let bar = Element::new("rect").class(class).at("x", x - 7.0).at("y", y - 4.5);
        bar.with("width", 14).with("height", 9).with("rx", 2)
    };
    match item.key {
        Key::Line => sign(Sign::Line, x, y),
        Key::Claim => sign(Sign::Claim, x, y),
        Key::Broken => sign(Sign::Broken, x, y),
        Key::Signal => sign(Sign::Signal, x, y),
        Key::Work => bar("tl-work"),
        Key::Wait => bar("tl-wait"),
        Key::Sleep => bar("tl-sleep"),
        Key::Ending => {
            let line = level("tl-life", x - 7.0, x + 4.0, y);
            Element::new("g").child(&line).child(&upright(
                "tl-end",
                x + 4.0,
                y - 5.0,
                y + 5.0,
            ))
        }
        Key::BadEnding => Element::new("g")
            .child(&level("tl-life", x - 7.0, x + 4.0, y))
            .child(&cross("tl-bad-end", x + 2.0, y)),
        Key::Zombie => level("tl-zombie", x - 7.0, x + 7.0, y),
        Key::Open => level("tl-open", x - 7.0, x + 7.0, y),
        Key::Density => bar("tl-density"),
        Key::Gap => Element::new("g").child(&bar("tl-gap")).child(&slashes(x, y)),
    }
}

fn level(class: &str, from: f64, to: f64, y: f64) -> Element {
    Element::new("line")
        .class(class)
        .at("x1", from)
        .at("x2", to)
        .at("y1", y)
        .at("y2", y)
}

fn upright(class: &str, x: f64, from: f64, to: f64) -> Element {
    Element::new("line")
        .class(class)
        .at("x1", x)
        .at("x2", x)
        .at("y1", from)
        .at("y2", to)
}

fn path(class: &str, path: &str) -> Element {
    Element::new("path").class(class).with("d", path)
}

fn write(class: &str, x: f64, y: f64, text: &str) -> Element {
    Element::new("text").class(class).at("x", x).at("y", y).text(text)
}

fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
