//! The runner, on scenes that misbehave one way each.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::Value;
use tempfile::TempDir;
use tests::{Ended, LONG, processes_with, run, start, until, xtask};

/// What the runner must say of each scene: the kinds of its reasons, and a part of the
/// first one's text.
const EXPECTED: [(&str, &[&str], &str); 24] = [
    ("alone", &[], ""),
    ("good", &[], ""),
    ("any-order", &[], ""),
    ("adopted", &[], ""),
    (
        "broken-claim",
        &["broken-claim"],
        "claim broken: all ten apples were eaten (eaten == 10 at ",
    ),
    ("no-claim", &["no-claim"], "no claim"),
    ("wrong-schedules", &["differs"], "differs from its transcript"),
    ("wrong-transcript", &["differs"], "differs from its transcript"),
    (
        "no-transcript",
        &["no-transcript"],
        "neither no-transcript.txt nor no-transcript.unordered.txt",
    ),
    ("panic", &["exit-code"], "exit code 1: main panicked at "),
    ("exit-code", &["exit-code"], "exit code 1: No such file or directory"),
    ("signal", &["signal"], "ended by SIGABRT"),
    ("skipped-late", &["skipped-late"], "skipped after 1 claims"),
    ("zombie", &["exit-code"], "a zombie: ended, but not waited for"),
    ("orphan", &["left-process"], "left behind: process "),
    ("escaped", &["left-process"], "left behind: process "),
    ("file", &["left-file"], "left behind: file left.txt in TMPDIR"),
    ("shm", &["left-shm"], "left behind: /dev/shm/misbehaving-"),
    ("port", &["left-port"], "(sleep), which listens on port "),
    ("thread", &["exit-code"], "exit code 1: left 1 threads running: sleeper"),
    ("no-newline", &["no-newline"], "does not end with a newline"),
    ("megabyte", &["too-much-output"], "too much output: 10"),
    ("unknown-note", &["unknown-note"], "unknown note N9.1"),
    ("hang", &["deadline"], "still running after 1 s, its deadline"),
];

/// Runs the runner on the fixtures.
fn on_fixtures() -> Command {
    let mut command = xtask();
    command.args(["--crates", "tests/fixtures"]);
    command
}

fn play(scenes: &[&str]) -> Command {
    let mut command = on_fixtures();
    command.arg("play").args(scenes.iter().map(|scene| format!("misbehaving/{scene}")));
    command
}

/// What `--json` says of each scene.
fn scenes(played: &Ended) -> BTreeMap<String, Value> {
    let results: Value =
        serde_json::from_str(&played.stdout).expect("JSON and nothing else");
    let scenes = results["topics"][0]["scenes"].as_array().expect("scenes").clone();
    scenes
        .into_iter()
        .map(|scene| (scene["scene"].as_str().expect("a name").to_owned(), scene))
        .collect()
}

#[test]
fn every_misbehaviour_is_reported_as_what_it_is() {
    let tmp = TempDir::new().expect("a folder");
    let quick: Vec<&str> = EXPECTED
        .iter()
        .map(|(scene, ..)| *scene)
        .filter(|scene| *scene != "hang")
        .collect();
    let played = run(play(&quick).arg("--json").env("TMPDIR", tmp.path()), LONG);
    let hung = run(
        play(&["hang"]).args(["--json", "--deadline", "1"]).env("TMPDIR", tmp.path()),
        LONG,
    );
    assert_eq!(
        (played.status.code(), hung.status.code()),
        (Some(1), Some(1)),
        "{}",
        played.stderr
    );
    let mut results = scenes(&played);
    results.append(&mut scenes(&hung));
    assert_eq!(results.len(), EXPECTED.len());

    for (scene, kinds, text) in EXPECTED {
        let result = &results[scene];
        let reasons = result["reasons"].as_array().expect("reasons");
        let said: Vec<&str> = reasons
            .iter()
            .map(|reason| reason["kind"].as_str().expect("a kind"))
            .collect();
        assert_eq!(said, kinds, "{scene}: {result}");
        assert_eq!(result["passed"], kinds.is_empty(), "{scene}: {result}");
        assert_eq!(result["command"], format!("cargo run -p misbehaving -- {scene}"));
        let first = reasons
            .first()
            .map_or("", |reason| reason["text"].as_str().expect("a text"));
        assert!(first.contains(text), "{scene}: {first}");
    }
    // Whatever they left behind, the runner has cleared away.
    assert_eq!(processes_with(&tmp.path().display().to_string()), "");
    assert_eq!(std::fs::read_dir(tmp.path()).expect("the folder").count(), 0);
    let shm = std::fs::read_dir("/dev/shm").into_iter().flatten().flatten();
    let left: Vec<_> = shm
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("misbehaving-"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn people_see_what_failed_and_how_to_play_it_alone() {
    let played = run(&mut play(&["good", "wrong-transcript", "broken-claim"]), LONG);
    let text = &played.stdout;
    assert_eq!(played.status.code(), Some(1));
    assert_eq!(text.lines().last(), Some("1 passed, 2 failed"));
    assert!(
        !text.contains('\x1b') && !played.stderr.contains('\x1b'),
        "no colours in a pipe: {text}"
    );
    for part in [
        "✗ misbehaving/wrong-transcript\n  its output differs from its transcript\n",
        "- two apples\n",
        "+ three apples\n",
        "alone: cargo run -p misbehaving -- wrong-transcript\n",
        "claim broken: all ten apples were eaten (eaten == 10 at ",
        "│ 9 apples eaten\n",
        " ✗ misbehaving      1 of 3        2",
    ] {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
    assert!(
        played.stderr.contains("✗ misbehaving 1 passed, 2 failed, 2 claims, "),
        "a line a topic: {}",
        played.stderr
    );
    assert!(!text.contains("misbehaving/good"), "nothing to be said of it: {text}");

    let good = run(&mut play(&["good", "any-order"]), LONG);
    assert_eq!(
        (good.status.code(), good.stdout.lines().last()),
        (Some(0), Some("2 passed, 0 failed"))
    );
}

#[test]
fn a_skipped_scene_neither_passes_nor_fails_unless_nothing_may_be_skipped() {
    let line = "skipped: the kernel is too old (remedy: use Linux 99 or later)";
    let played = run(&mut play(&["good", "skipped"]), LONG);
    assert_eq!(played.status.code(), Some(0), "{}", played.stdout);
    let text = &played.stdout;
    assert!(text.contains(&format!("– misbehaving/skipped {line}\n")), "{text}");
    assert!(text.contains("✓ misbehaving      1 of 2, 1 skipped"), "{text}");
    assert_eq!(text.lines().last(), Some("1 passed, 0 failed, 1 skipped"));
    assert!(
        played.stderr.contains("1 passed, 1 skipped, 1 claims"),
        "{}",
        played.stderr
    );

    let strict = run(play(&["good", "skipped"]).args(["--no-skips", "--json"]), LONG);
    assert_eq!(strict.status.code(), Some(1));
    let reasons = &scenes(&strict)["skipped"]["reasons"];
    assert_eq!(reasons[0]["text"], line, "{reasons}");

    let mut picture = on_fixtures();
    let picture = run(picture.args(["picture", "misbehaving/skipped"]), LONG);
    assert_eq!(picture.status.code(), Some(1));
    assert!(picture.stderr.contains(line), "{}", picture.stderr);
}

#[test]
fn what_is_not_there_is_an_error_that_lists_what_is() {
    let topic = run(on_fixtures().args(["play", "apples"]), LONG);
    assert_eq!(topic.status.code(), Some(2));
    assert_eq!(
        topic.stderr,
        "xtask: no topic apples; there are: breakable, misbehaving, twins\n"
    );
    let scene = run(&mut play(&["eat"]), LONG);
    assert_eq!(scene.status.code(), Some(2));
    assert!(
        scene.stderr.contains(
            "xtask: no scene eat in misbehaving; there are: alone, thread, good, "
        ),
        "{}",
        scene.stderr
    );
    let command = run(on_fixtures().arg("plya"), LONG);
    assert_eq!(command.status.code(), Some(2));
    assert!(
        command.stderr.contains("similar subcommand exists: 'play'"),
        "{}",
        command.stderr
    );
}

#[test]
fn ctrl_c_ends_what_the_runner_has_started() {
    let tmp = TempDir::new().expect("a folder");
    let running = start(play(&["hang"]).env("TMPDIR", tmp.path()));
    until("the scene hangs", LONG, || hangs(tmp.path()));
    running.signal(Signal::SIGINT);
    let ended = running.wait(Duration::from_secs(20));
    assert_eq!(ended.status.code(), Some(130), "{}", ended.stderr);
    assert_eq!(ended.stderr.lines().last(), Some("interrupted"));
    assert_eq!(processes_with(&tmp.path().display().to_string()), "");
    assert_eq!(std::fs::read_dir(tmp.path()).expect("the folder").count(), 0);
}

#[test]
fn a_runner_that_is_killed_leaves_nothing_either() {
    let tmp = TempDir::new().expect("a folder");
    let running = start(play(&["hang"]).env("TMPDIR", tmp.path()));
    until("the scene hangs", LONG, || hangs(tmp.path()));
    running.signal(Signal::SIGKILL);
    let ended = running.wait(Duration::from_secs(20));
    assert_eq!(ended.status.code(), None, "killed");
    let marked = || processes_with(&tmp.path().display().to_string());
    until("no process is left", Duration::from_secs(20), || marked().is_empty());
    until("no file is left", Duration::from_secs(20), || {
        std::fs::read_dir(tmp.path()).expect("the folder").count() == 0
    });
}

/// Whether the scene `hang` has started its child, by the trace that lies in the
/// runner's TMPDIR meanwhile.
fn hangs(tmp: &Path) -> bool {
    let stages = std::fs::read_dir(tmp).expect("the folder").flatten();
    let traces = stages.map(|stage| {
        std::fs::read_to_string(stage.path().join("trace")).unwrap_or_default()
    });
    traces.into_iter().any(|trace| trace.contains("it has a child"))
}

#[test]
fn notes_fail_when_a_scene_names_one_that_there_is_not() {
    let notes = run(on_fixtures().args(["notes", "--json"]), LONG);
    assert_eq!(notes.status.code(), Some(1));
    let unknown =
        "✗ misbehaving/unknown-note names an entry that the notes do not have";
    assert_eq!(notes.stderr.lines().last(), Some(unknown));
    let entries: Vec<Value> =
        serde_json::from_str(&notes.stdout).expect("JSON and nothing else");
    assert_eq!(entries.len(), 83);
    let covered: Vec<_> = entries
        .iter()
        .filter(|entry| entry["scenes"] != Value::Array(vec![]))
        .collect();
    assert_eq!(covered.len(), 1);
    assert_eq!(
        (&covered[0]["id"], &covered[0]["scenes"][3]),
        (&"N2.4".into(), &"misbehaving/good".into())
    );

    let table = run(on_fixtures().args(["notes", "--all-covered"]), LONG);
    assert_eq!(table.stdout.lines().last(), Some("1 of 83 covered, 82 to come"));
    assert_eq!(table.stderr.lines().last(), Some("✗ 82 entries are not covered"));
}

#[test]
fn a_doctor_finds_on_this_machine_what_the_runner_needs() {
    let doctor = run(xtask().args(["doctor", "--json"]), LONG);
    assert_eq!(doctor.status.code(), Some(0), "{}", doctor.stdout);
    let findings: Vec<Value> =
        serde_json::from_str(&doctor.stdout).expect("JSON and nothing else");
    let required = findings.iter().filter(|finding| finding["required"] == true);
    assert_eq!(
        required.filter(|finding| finding["there"] == true).count(),
        5,
        "{findings:?}"
    );
}
