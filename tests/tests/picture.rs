//! `cargo xtask picture`: the pictures of real runs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use roxmltree::{Document, Node};
use serde_json::Value;
use tempfile::TempDir;
use tests::{Ended, LONG, run, xtask};

/// A scene for each kind of lane: processes, threads, coroutines. `cargo xtask book
/// --check` draws all scenes.
const LANES: [&str; 3] =
    ["joinable-queue/apples", "thread-signals/semaphore", "greenlets/eat-and-sleep"];

/// Draws a scene on standard output.
fn picture(scene: &str) -> Command {
    let mut command = drawing(scene);
    command.args(["--out", "-"]);
    command
}

/// Draws a scene where the caller says.
fn drawing(scene: &str) -> Command {
    let mut command = xtask();
    command.args(["picture", scene]);
    command
}

/// The texts of all elements of that name and class.
fn texts(svg: &str, name: &str, class: &str) -> Vec<String> {
    let document = Document::parse(svg).expect("well-formed XML");
    let is_one = |node: &Node<'_, '_>| {
        node.has_tag_name(name)
            && node
                .attribute("class")
                .is_some_and(|it| it.split(' ').any(|it| it == class))
    };
    let whole = |node: Node<'_, '_>| {
        node.descendants().filter_map(|part| part.text()).collect()
    };
    document.descendants().filter(is_one).map(whole).collect()
}

/// The tracks of a Chrome trace, by the numbers of their processes and threads: their
/// names and their events.
fn tracks(path: &Path) -> BTreeMap<(u64, u64), (String, Vec<Value>)> {
    let json = std::fs::read_to_string(path).expect("a trace");
    let trace: Value = serde_json::from_str(&json).expect("JSON");
    let mut tracks: BTreeMap<(u64, u64), (String, Vec<Value>)> = BTreeMap::new();
    for event in trace["traceEvents"].as_array().expect("events") {
        let number = |name: &str| event[name].as_u64().expect("a number");
        let (name, events) = tracks.entry((number("pid"), number("tid"))).or_default();
        if event["name"] == "thread_name" {
            event["args"]["name"].as_str().expect("a name").clone_into(name);
        }
        events.push(event.clone());
    }
    tracks
}

#[test]
fn a_picture_holds_every_lane_and_every_claim_of_its_run() {
    let folder = TempDir::new().expect("a folder");
    let trace = folder.path().join("trace.json");
    for scene in LANES {
        let drawn = run(picture(scene).arg("--perfetto").arg(&trace), LONG);
        assert!(drawn.status.success(), "{scene}: {}", drawn.stderr);

        let tracks = tracks(&trace);
        let mut expected: Vec<&String> =
            tracks.values().map(|(name, _)| name).collect();
        let names = texts(&drawn.stdout, "text", "tl-name");
        // A name is followed by its whole in the title; lanes beyond the thirtieth are
        // summed up.
        let mut lanes: Vec<&str> =
            names.iter().filter_map(|name| name.split(", ").next()).collect();
        expected.sort();
        lanes.sort_unstable();
        assert!(
            lanes == expected || lanes.len() == 31,
            "{scene}: {lanes:?}, not {expected:?}"
        );

        let events = tracks.values().flat_map(|(_, events)| events);
        let claims: Vec<&Value> =
            events.filter(|event| event["cat"] == "claim").collect();
        let checks = texts(&drawn.stdout, "path", "tl-check");
        assert!(
            !claims.is_empty() && checks.len() > claims.len(),
            "{scene}: {checks:?}, and one in the legend"
        );
        for claim in claims {
            let sentence = claim["name"].as_str().expect("a sentence");
            assert!(
                checks.iter().any(|check| check.ends_with(sentence)),
                "{scene}: {sentence} in {checks:?}"
            );
        }
    }
}

#[test]
fn a_picture_tells_what_it_is_to_those_who_cannot_see_it() {
    let drawn = run(&mut picture("processes/mails"), LONG);
    let document = Document::parse(&drawn.stdout).expect("well-formed XML");
    let root = document.root_element();
    assert_eq!(root.attribute("role"), Some("img"));
    let child = |name: &str| {
        root.children()
            .find(|node| node.has_tag_name(name))
            .and_then(|node| node.text())
    };
    let told =
        (child("title").expect("a title"), child("desc").expect("a description"));
    assert_eq!(told.0, "Timeline of the scene mails of processes");
    // The four mails come in any order where the kernel has just begun to count its
    // pids anew.
    let (lanes, rest) = told
        .1
        .strip_prefix("5 lanes (main, ")
        .and_then(|it| it.split_once(") in "))
        .expect(told.1);
    assert_eq!(
        lanes.split(", ").collect::<BTreeSet<_>>(),
        BTreeSet::from(["aaa", "bbb", "ccc", "ddd"])
    );
    assert!(rest.contains(" s: "), "{rest}");
    let names: BTreeSet<&str> =
        document.descendants().map(|node| node.tag_name().name()).collect();
    assert!(!names.contains("script"), "{names:?}");
    assert!(
        document.descendants().all(|node| node.attribute("id").is_none()),
        "ids clash in a page of pictures"
    );
}

#[test]
fn complete_events_of_a_track_lie_within_each_other_or_apart() {
    let folder = TempDir::new().expect("a folder");
    let trace = folder.path().join("trace.json");
    for scene in LANES {
        let drawn = run(picture(scene).arg("--perfetto").arg(&trace), LONG);
        assert!(drawn.status.success(), "{scene}: {}", drawn.stderr);
        for (name, events) in tracks(&trace).values() {
            let times = |event: &Value| {
                (
                    event["ts"].as_f64().expect("a time"),
                    event["dur"].as_f64().expect("a time"),
                )
            };
            let spans: Vec<(f64, f64)> =
                events.iter().filter(|event| event["ph"] == "X").map(times).collect();
            assert!(!spans.is_empty(), "{scene}: {name}");
            for (place, (from, lasting)) in spans.iter().enumerate() {
                for (other, other_lasting) in &spans[..place] {
                    // A nanosecond is lost in the figures.
                    let (end, other_end) = (from + lasting, other + other_lasting);
                    let within = (other - 0.002 <= *from && end <= other_end + 0.002)
                        || (from - 0.002 <= *other && other_end <= end + 0.002);
                    let apart = end <= other + 0.002 || other_end <= from + 0.002;
                    assert!(
                        within || apart,
                        "{scene}: {name}: {from}..{end} crosses {other}..{other_end}"
                    );
                }
            }
        }
    }
}

#[test]
fn threads_are_seen_to_end_and_coroutines_have_tracks_of_their_own() {
    let folder = TempDir::new().expect("a folder");
    let trace = folder.path().join("trace.json");
    let tracks_of = |scene: &str| {
        let drawn = run(picture(scene).arg("--perfetto").arg(&trace), LONG);
        assert!(drawn.status.success(), "{scene}: {}", drawn.stderr);
        tracks(&trace)
    };
    let threads = tracks_of("thread-signals/semaphore");
    let threads_of_ten =
        || threads.iter().filter(|(_, (name, _))| name.starts_with("thread "));
    assert_eq!(threads_of_ten().count(), 10);
    for ((pid, tid), (name, events)) in threads_of_ten() {
        assert!(
            pid != tid && threads.contains_key(&(*pid, *pid)),
            "{name} is a thread of main's process"
        );
        assert!(
            events.iter().any(|event| event["cat"] == "death"),
            "{name} ends: {events:?}"
        );
    }
    let coroutines = tracks_of("greenlets/eat-and-sleep");
    let beyond = |name: &str| {
        coroutines.iter().any(|((_, tid), (it, _))| it == name && *tid >= 1 << 22)
    };
    assert!(beyond("eat") && beyond("sleep") && !beyond("main"), "{coroutines:?}");
}

#[test]
fn a_picture_is_written_whole_or_not_at_all() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("new/own-type.svg");
    let drawn = run(drawing("processes/own-type").arg("--out").arg(&path), LONG);
    assert!(drawn.status.success() && drawn.stdout.is_empty(), "{drawn:?}");
    assert!(
        drawn.stderr.ends_with(&format!("wrote {}\n", path.display())),
        "{}",
        drawn.stderr
    );
    let svg = std::fs::read_to_string(&path).expect("a picture");
    assert!(Document::parse(&svg).is_ok(), "{svg}");

    let below_a_file = path.join("own-type.svg");
    let refused =
        run(drawing("processes/own-type").arg("--out").arg(&below_a_file), LONG);
    assert_eq!(refused.status.code(), Some(1));
    let line = last_line(&refused);
    assert!(
        line.starts_with(&format!("xtask: cannot write {}: ", below_a_file.display())),
        "{line}"
    );
}

#[test]
fn what_is_not_there_is_an_error_that_names_what_is() {
    let error = |scene: &str| {
        let refused = run(&mut picture(scene), LONG);
        assert_eq!(refused.status.code(), Some(2), "{scene}");
        assert!(refused.stdout.is_empty(), "{scene}: {}", refused.stdout);
        last_line(&refused)
    };
    let scene = error("joinable-queue/pears");
    assert!(
        scene.starts_with(
            "xtask: no scene pears in joinable-queue; there are: apples, "
        ),
        "{scene}"
    );
    let topic = error("pears/apples");
    assert!(
        topic.starts_with("xtask: no topic pears; there are: ")
            && topic.contains("joinable-queue"),
        "{topic}"
    );
    let neither = error("joinable-queue");
    assert!(
        neither.contains("joinable-queue is no TOPIC/SCENE; its scenes are: apples, "),
        "{neither}"
    );
}

#[test]
fn the_picture_of_a_scene_that_fails_shows_the_claim_that_broke() {
    let mut command = xtask();
    command.args(["--crates", "tests/fixtures", "picture", "misbehaving/broken-claim"]);
    command.args(["--out", "-"]);
    let drawn = run(&mut command, LONG);
    assert_eq!(drawn.status.code(), Some(1));
    let broken = texts(&drawn.stdout, "path", "tl-cross");
    assert!(
        broken.iter().any(|text| text.contains("✗ all ten apples were eaten")),
        "{broken:?}"
    );
    let line = last_line(&drawn);
    assert!(
        line.contains("misbehaving/broken-claim") && line.contains("claim broken: "),
        "{line}"
    );
}

fn last_line(ended: &Ended) -> String {
    ended.stderr.lines().last().unwrap_or_default().to_owned()
}
