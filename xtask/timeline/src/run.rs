//! A run as text: each line with its time and its lane, in the order of time.

use shared::line::{BROKEN, HELD};

use crate::layout::{Layout, Point, colour_of};
use crate::story::{Sign, Step, Story};
use crate::xml::Element;

/// What a scene said and claimed, as HTML: a `<pre>` that looks as [`STYLE`] has it,
/// with the seconds since the scene began and the name of each line's lane, as on a
/// terminal. Each line bears its moment in the picture (`data-x`, `data-y`) and its
/// place in the source (`data-file`, `data-line`).
///
/// [`STYLE`]: crate::STYLE
pub fn run(story: &Story, layout: &Layout) -> String {
    let name = |step: &Step| story.lanes[step.lane].name.as_str();
    let width = story.steps.iter().map(|step| name(step).chars().count()).max();
    let width = width.unwrap_or(0);
    let lines = story.steps.iter().zip(&layout.steps).map(|(step, place)| {
        let lane = name(step);
        let time = span("run-time").text(&format!("{:.3}", step.at as f64 / 1e9));
        let colour = format!("run-lane tl-c{}", colour_of(lane));
        let lane = span(&colour).text(&format!("{lane:width$}"));
        let parts = [time, lane, told(step)].map(|part| part.to_text());
        line(step, *place, &parts.join(" "))
    });
    let lines: Vec<String> = lines.collect();
    format!("<pre class=\"timeline run\">{}</pre>\n", lines.join("\n"))
}

fn line(step: &Step, place: Point, content: &str) -> String {
    let line = span("step").at("data-x", place.x).at("data-y", place.y);
    let line = line.with("data-file", &step.file).with("data-line", step.line);
    line.markup(content).to_text()
}

fn told(step: &Step) -> Element {
    let (class, sign) = match step.sign {
        Sign::Claim => ("run-held", HELD),
        Sign::Broken => ("run-broken", BROKEN),
        Sign::Line | Sign::Signal => ("run-line", ""),
    };
    span(class).text(&format!("{sign}{}", step.text))
}

fn span(class: &str) -> Element {
    Element::new("span").class(class)
}

#[cfg(test)]
mod tests {
    use shared::trace::{Kind, Record};

    use super::*;
    use crate::layout::layout;

    #[test]
    fn lines_stand_in_the_order_of_time_with_their_lanes() {
        let record = |ns: i64, tid: i32, lane: &str, kind: Kind| Record {
            ns,
            pid: 1,
            tid,
            lane: lane.to_owned(),
            coroutine: false,
            kind,
        };
        let say = |text: &str| Kind::Say {
            text: text.to_owned(),
            file: "src/eat.rs".to_owned(),
            line: 7,
        };
        let claim = Kind::Claim {
            held: true,
            text: "1 < 2".to_owned(),
            sentence: String::new(),
            file: String::new(),
            line: 0,
        };
        let records = [
            record(1_002_500_000, 1, "main", claim),
            record(1_000_000_000, 1, "main", Kind::Sleep { ns: 1 }),
            record(1_001_000_000, 2, "x", say("<apple>")),
        ];
        let story = Story::of(&records);
        let layout = layout(&story);
        let shown = run(&story, &layout);
        let plain: String =
            shown.split('<').filter_map(|it| it.split('>').nth(1)).collect();
        assert_eq!(plain, "0.001 x    &lt;apple&gt;\n0.003 main ✓ 1 &lt; 2\n");
        let [x, main] = &layout.steps[..] else { panic!("two steps: {layout:?}") };
        assert!(x.x < main.x && x.y > main.y, "x is sooner, and stands below main");
        let places = [
            format!("data-x=\"{:.1}\" data-y=\"{:.1}\"", x.x, x.y),
            "data-file=\"src/eat.rs\" data-line=\"7\"".to_owned(),
        ];
        let shown = shown.replace(".0\"", "\"");
        for place in places {
            assert!(shown.contains(&place.replace(".0\"", "\"")), "{place} in {shown}");
        }
    }
}
