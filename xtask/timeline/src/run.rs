//! A run as text: each line with its time and its lane, in the order of time.

use shared::line::{BROKEN, HELD};
use shared::trace::{Kind, Record};

use crate::layout::colour_of;
use crate::xml::Element;

/// What a scene said and claimed, as HTML: a `<pre>` that looks as [`STYLE`] has it,
/// with the seconds since the scene began and the name of each line's lane, as on a
/// terminal.
///
/// [`STYLE`]: crate::STYLE
#[must_use]
pub fn run(records: &[Record]) -> String {
    let mut records: Vec<&Record> = records.iter().collect();
    records.sort_by_key(|record| record.ns);
    let begin = records.first().map_or(0, |record| record.ns);
    let lines: Vec<(&Record, &str, String)> =
        records.iter().filter_map(|record| line(record)).collect();
    let widest = |(record, ..): &(&Record, &str, String)| record.lane.chars().count();
    let width = lines.iter().map(widest).max().unwrap_or(0);
    let mut text = Vec::new();
    for (record, class, line) in &lines {
        let seconds = (record.ns - begin) as f64 / 1e9;
        let time = span("run-time").text(&format!("{seconds:.3}"));
        let colour = format!("tl-c{}", colour_of(&record.lane));
        let name = span(&format!("run-lane {colour}"));
        let name = name.text(&format!("{:width$}", record.lane));
        let line = span(class).text(line);
        text.push([time, name, line].map(|part| part.to_text()).join(" "));
    }
    format!("<pre class=\"timeline run\">{}</pre>\n", text.join("\n"))
}

/// A record that is a line of the scene: its class, and its text.
fn line(record: &Record) -> Option<(&Record, &'static str, String)> {
    match &record.kind {
        Kind::Say { text } => Some((record, "run-line", text.clone())),
        Kind::Claim { held: true, text, .. } => {
            Some((record, "run-held", format!("{HELD}{text}")))
        }
        Kind::Claim { held: false, text, .. } => {
            Some((record, "run-broken", format!("{BROKEN}{text}")))
        }
        _ => None,
    }
}

fn span(class: &str) -> Element {
    Element::new("span").class(class)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stand_in_the_order_of_time_with_their_lanes() {
        let record = |ns: i64, lane: &str, kind: Kind| Record {
            ns,
            pid: 1,
            tid: 1,
            lane: lane.to_owned(),
            coroutine: false,
            kind,
        };
        let say = |text: &str| Kind::Say { text: text.to_owned() };
        let claim = Kind::Claim {
            held: true,
            text: "1 < 2".to_owned(),
            sentence: String::new(),
            file: String::new(),
        };
        let records = [
            record(1_002_500_000, "main", claim),
            record(1_000_000_000, "main", Kind::Sleep { ns: 1 }),
            record(1_001_000_000, "x", say("<apple>")),
        ];
        let shown = run(&records);
        let plain: String =
            shown.split('<').filter_map(|it| it.split('>').nth(1)).collect();
        assert_eq!(plain, "0.001 x    &lt;apple&gt;\n0.003 main ✓ 1 &lt; 2\n");
    }
}
