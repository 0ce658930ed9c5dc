//! What holds of every picture, tried on random stories.

use proptest::prelude::*;
use shared::trace::{Kind, Record};

use crate::labels::LINE;
use crate::layout::{self, Layout, MOST_LANES, WIDTH};
use crate::row::Row;
use crate::story::{Sign, Story};
use crate::text;

fn record(ns: i64, pid: i32, tid: i32, kind: Kind) -> Record {
    Record { ns, pid, tid, lane: format!("lane {tid}"), coroutine: false, kind }
}

fn say(text: &str) -> Kind {
    Kind::Say { text: text.to_owned(), file: String::new(), line: 1 }
}

fn claim(text: &str) -> Kind {
    claimed(true, text.to_owned())
}

fn claimed(held: bool, text: String) -> Kind {
    let file = "src/scenes/eat.rs".to_owned();
    Kind::Claim { held, sentence: text.clone(), text, file, line: 1 }
}

fn kinds() -> impl Strategy<Value = Kind> {
    let text = || {
        prop_oneof![
            "[a-z ]{0,90}",
            "[信号量队列]{0,40}",
            Just("<b>&\"'".to_owned()),
            Just("work".to_owned())
        ]
    };
    let pid = || 1..8_i32;
    prop_oneof![
        3 => text().prop_map(|text| Kind::Say { text, file: String::new(), line: 1 }),
        1 => (any::<bool>(), text()).prop_map(|(held, text)| claimed(held, text)),
        1 => (0..5000_u64).prop_map(|ns| Kind::Sleep { ns }),
        1 => (0.0..2.0).prop_map(|seconds| Kind::Pace { seconds }),
        1 => text().prop_map(|text| Kind::Begin { text }),
        1 => text().prop_map(|text| Kind::Wait { text }),
        1 => text().prop_map(|text| Kind::End { text }),
        1 => (text(), prop::option::of(pid()))
            .prop_map(|(name, parent)| Kind::Birth { name, parent }),
        1 => text().prop_map(|how| Kind::Exit { how }),
        1 => (text(), pid(), text())
            .prop_map(|(name, pid, how)| Kind::Death { name, pid, how }),
        1 => (text(), text(), pid())
            .prop_map(|(signal, to, pid)| Kind::Signal { signal, to, pid }),
    ]
}

prop_compose! {
    fn records(most: usize)(
        list in prop::collection::vec(
            (0..100_000_i64, 1..12_i32, 0..4_i32, kinds()),
            0..most,
        )
    ) -> Vec<Record> {
        let told =
            |(ns, pid, thread, kind)| record(ns, pid, pid + 100 * thread, kind);
        list.into_iter().map(told).collect()
    }
}

/// Something written, and the box that it takes.
#[derive(Debug)]
struct Written {
    #[expect(dead_code, reason = "it is for the message of a failed test")]
    text: String,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

/// All that is written in a picture.
fn written(layout: &Layout) -> Vec<Written> {
    let mut all: Vec<Written> = layout.rows.iter().flat_map(of_row).collect();
    let mut line = |text: &str, left: f64, base: f64| {
        let right = left + text::width(text, 11.0);
        all.push(Written {
            text: text.to_owned(),
            left,
            right,
            top: base - 10.0,
            bottom: base + 2.0,
        });
    };
    line(&layout.caption, 10.0, layout.caption_y);
    for item in &layout.legend {
        line(item.text, item.x + 18.0, item.y);
    }
    for figure in &layout.figures {
        line(
            &figure.text,
            figure.middle - text::width(&figure.text, 11.0) / 2.0,
            layout.plot.bottom + LINE,
        );
    }
    all
}

fn of_row(row: &Row) -> Vec<Written> {
    let name = Written {
        text: row.name.text.clone(),
        left: row.name.x,
        right: row.name.x + text::width(&row.name.text, 12.0),
        top: row.y - 6.0,
        bottom: row.y + 6.0,
    };
    let labels = row.labels.iter().map(|label| Written {
        text: label.text.join(" "),
        left: label.left,
        right: label.left + label.width,
        top: row.top_of(label),
        bottom: row.top_of(label) + LINE * label.text.len() as f64,
    });
    let bars =
        row.bars.iter().filter(|bar| !bar.inside.is_empty()).map(|bar| Written {
            text: bar.inside.clone(),
            left: bar.x,
            right: bar.text_end(),
            top: row.y - 6.0,
            bottom: row.y + 6.0,
        });
    std::iter::once(name).chain(labels).chain(bars).collect()
}

fn overlap(one: &Written, other: &Written) -> bool {
    const TOUCH: f64 = 0.01;
    let apart = |from: f64, to: f64, other_from: f64, other_to: f64| {
        to <= other_from + TOUCH || other_to <= from + TOUCH
    };
    !apart(one.left, one.right, other.left, other.right)
        && !apart(one.top, one.bottom, other.top, other.bottom)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn nothing_written_overlaps_or_leaves_the_picture(records in records(150)) {
        let layout = layout::layout(&Story::of(&records));
        let written = written(&layout);
        for (place, one) in written.iter().enumerate() {
            prop_assert!(one.left >= 0.0 && one.right <= WIDTH + 0.01, "{one:?}");
            let height = layout.height;
            prop_assert!(one.top >= 0.0 && one.bottom <= height, "{one:?} in {height}");
            for other in &written[place + 1..] {
                prop_assert!(!overlap(one, other), "{one:?} over {other:?}");
            }
        }
    }

    #[test]
    fn no_leader_runs_through_a_label(records in records(80)) {
        for row in &layout::layout(&Story::of(&records)).rows {
            for label in &row.labels {
                let top = row.top_of(label);
                let (from, to) =
                    if label.is_below { (row.y, top) } else { (top, row.y) };
                for other in of_row(row).into_iter().skip(1).take(row.labels.len()) {
                    let through = other.left < label.x && label.x < other.right;
                    let beside = other.top >= to - 0.01 || other.bottom <= from + 0.01;
                    prop_assert!(!through || beside, "{label:?} {other:?}");
                }
            }
        }
    }

    #[test]
    fn every_lane_has_a_row_and_every_claim_a_mark(records in records(60)) {
        let story = Story::of(&records);
        let layout = layout::layout(&story);
        prop_assert_eq!(layout.rows.len(), story.lanes.len().min(MOST_LANES + 1));
        let is_claim = |record: &&Record| {
            matches!(record.kind, Kind::Claim { held: true, .. })
        };
        let claims = records.iter().filter(is_claim).count();
        prop_assert_eq!(story.count(Sign::Claim), claims);
        if story.lanes.len() <= MOST_LANES {
            let ticks = layout.rows.iter().flat_map(|row| &row.ticks);
            let of_claims = ticks.filter(|tick| tick.sign == Sign::Claim);
            prop_assert_eq!(of_claims.count(), claims);
        }
    }

    #[test]
    fn the_order_in_which_processes_wrote_does_not_matter(records in records(60)) {
        // Two records of the same moment have no order; these have.
        let at = |(place, record): (usize, Record)| {
            Record { ns: 1000 * place as i64, ..record }
        };
        let records: Vec<Record> = records.into_iter().enumerate().map(at).collect();
        let backwards: Vec<Record> = records.iter().rev().cloned().collect();
        let told = |records: &[Record]| format!("{:?}", Story::of(records));
        prop_assert_eq!(told(&records), told(&backwards));
    }
}

#[test]
fn a_thousand_lanes_are_summed_up_and_their_claims_told() {
    let mut records: Vec<Record> =
        (1..=1000).map(|pid| record(i64::from(pid), pid, pid, say("hello"))).collect();
    records.push(record(2000, 999, 999, claim("all have said hello")));
    let layout = layout::layout(&Story::of(&records));
    let last = layout.rows.last().expect("a row");
    assert_eq!(last.name.text, "and 970 more");
    assert_eq!(
        last.labels.iter().map(|label| label.text.join(" ")).collect::<Vec<_>>(),
        ["✓ all have said hello"]
    );
    assert!(
        last.density.len() > 50 && last.name.full.contains("lane 31, lane 32"),
        "{:?}",
        last.name
    );
}

#[test]
fn an_empty_story_is_an_empty_picture() {
    let layout = layout::layout(&Story::of(&[]));
    assert!(layout.rows.is_empty() && layout.height > 0.0);
}

#[test]
fn a_picture_tells_its_story_and_escapes_it() {
    let records = [
        record(0, 1, 1, Kind::Birth { name: "main".to_owned(), parent: None }),
        record(1000, 1, 1, say("1 < 2 & \"so on\"")),
        record(2000, 1, 1, claim("true")),
    ];
    let picture = crate::draw("topic", "scene", &records);
    let inline = picture.inline();
    assert!(
        inline.contains("<title>Timeline of the scene scene of topic</title>"),
        "{inline}"
    );
    assert!(
        inline.contains(
            "<desc>1 lane (main) in 2 µs: 1 line said, 1 claim that held.</desc>"
        ),
        "{inline}"
    );
    assert!(inline.contains("1 &lt; 2 &amp; &quot;so on&quot;"), "{inline}");
    assert!(!inline.contains(" id=\"") && !inline.contains("<style>"), "{inline}");
    assert!(picture.alone().contains("prefers-color-scheme: dark"));
}

#[test]
fn lanes_stand_in_the_order_of_their_starts_whoever_speaks_first() {
    let names = |ids: &[(i32, i32)]| {
        let records =
            ids.iter().zip(0..).map(|(&(pid, tid), ns)| record(ns, pid, tid, say("")));
        let story = Story::of(&records.collect::<Vec<_>>());
        story.lanes.into_iter().map(|lane| lane.name).collect::<Vec<_>>()
    };
    let processes = [(10, 10), (13, 13), (12, 12), (11, 11)];
    assert_eq!(names(&processes), ["lane 10", "lane 11", "lane 12", "lane 13"]);
    let threads = [(10, 10), (10, 12), (11, 11), (10, 14), (10, 13)];
    assert_eq!(
        names(&threads),
        ["lane 10", "lane 12", "lane 13", "lane 14", "lane 11"]
    );
    // The kernel begins anew after its last number.
    let anew = [(30, 30), (2, 2), (31, 31), (1, 1)];
    assert_eq!(names(&anew), ["lane 30", "lane 31", "lane 1", "lane 2"]);
    let anew = [(30, 30), (30, 2), (30, 31), (30, 1)];
    assert_eq!(names(&anew), ["lane 30", "lane 31", "lane 1", "lane 2"]);
}
