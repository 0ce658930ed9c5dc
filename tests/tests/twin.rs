//! `cargo xtask twin`, on twins that misbehave one way each, and where Python is not
//! what it should be.
//!
//! It needs Python, but no network.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::Value;
use tempfile::TempDir;
use tests::{Ended, LONG, processes_with, python, root, run, start, until, xtask};

/// What the runner must say of each twin: the kinds of its reasons, and a part of the
/// first one's text.
const EXPECTED: [(&str, &[&str], &str); 11] = [
    ("agrees", &[], ""),
    ("variant", &[], ""),
    ("heavy", &[], ""),
    ("differs", &["differs"], "differs from its transcript"),
    ("fails", &["exit-code"], "exit code 1: AssertionError: not two apples"),
    ("leaves", &["left-process"], "(sleep)"),
    ("file", &["left-file"], "left behind: file left-"),
    ("shm", &["left-shm"], "left behind: /dev/shm/twins-"),
    ("hangs", &["deadline"], "still running after 2 s, its deadline"),
    (
        "unlisted",
        &["exit-code"],
        "exit code 2: twin.py: error: argument scene: invalid choice: 'unlisted'",
    ),
    (
        "missing",
        &["no-twin"],
        "tests/fixtures/twins/twin.py has no section # ── missing ──",
    ),
];

/// Runs the runner on the fixtures: these scenes, each side once.
fn twin(scenes: &[&str]) -> Command {
    twin_in_rounds("1", scenes)
}

fn twin_in_rounds(rounds: &str, scenes: &[&str]) -> Command {
    let mut command = xtask();
    command.args(["--crates", "tests/fixtures", "twin", "--rounds", rounds]);
    // That it is set for twins is for the runner to do.
    command.env_remove("PYTHONDONTWRITEBYTECODE");
    command.args(scenes.iter().map(|scene| format!("twins/{scene}")));
    command
}

fn json(played: &Ended) -> Value {
    serde_json::from_str(&played.stdout).unwrap_or_else(|error| {
        panic!("{error}: JSON and nothing else\n{}\n{}", played.stdout, played.stderr)
    })
}

#[test]
fn every_misbehaviour_of_a_twin_is_reported_as_what_it_is() {
    if !python() {
        return;
    }
    let tmp = TempDir::new().expect("a folder");
    let quick: Vec<&str> =
        EXPECTED.iter().map(|(scene, ..)| *scene).filter(|it| *it != "hangs").collect();
    let played = run(twin(&quick).arg("--json").env("TMPDIR", tmp.path()), LONG);
    let hung = run(
        twin(&["hangs"]).args(["--json", "--deadline", "2"]).env("TMPDIR", tmp.path()),
        LONG,
    );
    assert_eq!(
        (played.status.code(), hung.status.code()),
        (Some(1), Some(1)),
        "{}",
        played.stderr
    );
    let (played, hung) = (json(&played), json(&hung));
    assert_eq!((&played["passed"], &played["failed"]), (&3.into(), &7.into()));
    let scenes = [&played, &hung]
        .into_iter()
        .flat_map(|it| it["scenes"].as_array().expect("scenes"));
    let scenes: BTreeMap<&str, &Value> =
        scenes.map(|scene| (scene["scene"].as_str().expect("a name"), scene)).collect();
    assert_eq!(scenes.len(), EXPECTED.len());

    for (scene, kinds, text) in EXPECTED {
        let result = scenes[scene];
        let failures = result["failures"].as_array().expect("failures");
        assert!(
            failures.iter().all(|failure| failure["side"] == "python"),
            "{scene}: {result}"
        );
        let reasons = failures
            .iter()
            .flat_map(|failure| failure["reasons"].as_array().expect("reasons"));
        let reasons: Vec<&Value> = reasons.collect();
        let said: Vec<&str> = reasons
            .iter()
            .map(|reason| reason["kind"].as_str().expect("a kind"))
            .collect();
        assert_eq!(said, kinds, "{scene}: {result}");
        let first = reasons
            .first()
            .map_or("", |reason| reason["text"].as_str().expect("a text"));
        assert!(first.contains(text), "{scene}: {first}");
        assert_eq!(result["passed"], kinds.is_empty(), "{scene}: {result}");
        assert_eq!(
            result["rounds"].is_u64(),
            kinds.is_empty(),
            "what failed has no figures: {result}"
        );
    }
    // Whatever they left behind, the runner has cleared away.
    assert_eq!(processes_with(&tmp.path().display().to_string()), "");
    assert_eq!(fs::read_dir(tmp.path()).expect("the folder").count(), 0);
    assert!(!root().join("tests/fixtures/twins/__pycache__").exists());
    let shm = fs::read_dir("/dev/shm").into_iter().flatten().flatten();
    let left: Vec<_> = shm
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("twins-"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn both_sides_are_measured_with_all_their_processes() {
    if !python() {
        return;
    }
    let played = run(twin_in_rounds("2", &["heavy"]).arg("--json"), LONG);
    let results = json(&played);
    let scene = &results["scenes"][0];
    let median = |side: &str, what: &str| {
        scene[side][what]["median"].as_f64().expect("a figure")
    };
    assert_eq!(scene["rounds"], 2, "{scene}");
    // Twenty million rounds of a loop, and 200 MB: both are the child's.
    assert!(
        median("python", "cpu_s") > 0.1 && median("python", "wall_s") > 0.1,
        "{scene}"
    );
    assert!(median("python", "peak_bytes") > 200e6, "{scene}");
    assert!(
        median("rust", "cpu_s") > 0.0 && median("rust", "peak_bytes") > 100e3,
        "{scene}"
    );
    assert!(median("rust", "cpu_s") < median("python", "cpu_s"), "{scene}");
    assert!(scene["ratio"]["peak"].as_f64().expect("a ratio") > 5.0, "{scene}");
    for of in ["date", "cpu", "kernel", "python", "rust"] {
        assert!(
            results["setting"][of].as_str().is_some_and(|text| !text.is_empty()),
            "{of}: {results}"
        );
    }
}

#[test]
fn a_program_is_not_charged_with_the_memory_of_its_supervisor() {
    let mut supervisor = xtask();
    supervisor.arg("supervise").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut supervisor = supervisor.spawn().expect("a supervisor");
    // Blanks before its order: the supervisor takes them in, and has given the room
    // back when it starts the program.
    let order = r#"{"program":"true","args":[],"env":[],"keep":0,
        "keeps_errors":false,"sandboxed":false}"#
        .replace('\n', "");
    let mut lifeline = supervisor.stdin.take().expect("its lifeline");
    writeln!(lifeline, "{}{order}", " ".repeat(200_000_000)).expect("an order");
    let mut report = String::new();
    supervisor
        .stdout
        .take()
        .expect("its output")
        .read_to_string(&mut report)
        .expect("a report");
    assert!(supervisor.wait().expect("waited for").success());
    let report: Value = serde_json::from_str(&report).expect("JSON");
    let peak = report["Ok"]["peak"].as_u64().unwrap_or_else(|| panic!("{report}"));
    assert!((100_000..100_000_000).contains(&peak), "{report}");
}

#[test]
fn people_see_what_differs_how_to_play_it_alone_and_what_it_cost() {
    if !python() {
        return;
    }
    let played = run(&mut twin(&["agrees", "differs", "missing"]), LONG);
    let text = &played.stdout;
    assert_eq!(played.status.code(), Some(1), "{}", played.stderr);
    assert_eq!(text.lines().last(), Some("1 passed, 2 failed"), "{text}");
    assert!(
        !text.contains('\x1b') && !played.stderr.contains('\x1b'),
        "no colours in a pipe: {text}"
    );
    for part in [
        "✗ twins/differs in Python\n  its output differs from its transcript\n",
        "- 2 apples in process [..]\n",
        "+ 3 apples in process ",
        "✗ twins/missing in Python\n  no twin: tests/fixtures/twins/twin.py has no \
         section # ── missing ──\n\n",
        "median of 1 round; memory is what the largest process had at its peak;\n",
        "\n twins\n   agrees ",
    ] {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
    assert!(
        played.stderr.contains("✗ twins 1 passed, 2 failed, 2 claims, "),
        "{}",
        played.stderr
    );

    let (_, alone) = text.split_once("  alone: ").expect("a command");
    let alone: Vec<&str> = alone.lines().next().expect("a line").split(' ').collect();
    assert_eq!(alone[1..], ["tests/fixtures/twins/twin.py", "differs"]);
    let alone = run(Command::new(alone[0]).args(&alone[1..]).current_dir(root()), LONG);
    assert!(alone.stdout.starts_with("3 apples in process "), "{}", alone.stderr);
}

#[test]
fn a_topic_without_a_twin_is_named() {
    if !python() {
        return;
    }
    let mut command = xtask();
    let played = run(
        command.args(["--crates", "tests/fixtures", "twin", "misbehaving/good"]),
        LONG,
    );
    assert_eq!(played.status.code(), Some(1), "{}", played.stderr);
    let expected = "✗ misbehaving/good in Python\n  no twin: there is no \
                    tests/fixtures/misbehaving/twin.py\n";
    assert!(played.stdout.contains(expected), "{}", played.stdout);
}

#[test]
fn figures_are_recorded_beside_those_of_other_scenes() {
    if !python() {
        return;
    }
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("twins.json");
    let record = |scenes: &[&str]| {
        let played =
            run(twin(scenes).arg(format!("--record={}", path.display())), LONG);
        let figures: Value =
            serde_json::from_str(&fs::read_to_string(&path).expect("figures"))
                .expect("JSON");
        (played, figures)
    };
    let (played, first) = record(&["agrees"]);
    assert_eq!(played.status.code(), Some(0), "{}", played.stdout);
    let mut other = first.clone();
    other["apples/eat"] = first["twins/agrees"].clone();
    fs::write(&path, other.to_string()).expect("written");

    let (played, figures) = record(&["agrees", "differs"]);
    assert_eq!(
        played.stdout.lines().last(),
        Some("1 passed, 1 failed"),
        "{}",
        played.stderr
    );
    let names: Vec<&String> =
        figures.as_object().expect("figures by scene").keys().collect();
    assert_eq!(names, ["apples/eat", "twins/agrees"], "what failed has none");
    assert_eq!(figures["apples/eat"], first["twins/agrees"], "kept as they were");
    assert_eq!(
        figures["twins/agrees"]["fingerprint"],
        first["twins/agrees"]["fingerprint"]
    );
    assert_ne!(
        figures["twins/agrees"]["rust"], first["twins/agrees"]["rust"],
        "measured anew"
    );
}

#[test]
fn ctrl_c_ends_a_twin_and_leaves_nothing() {
    if !python() {
        return;
    }
    let tmp = TempDir::new().expect("a folder");
    let marked = || processes_with(&tmp.path().display().to_string());
    let running = start(twin(&["hangs"]).env("TMPDIR", tmp.path()));
    until("the twin hangs", LONG, || marked().contains(": sleep 1000"));
    running.signal(Signal::SIGINT);
    let ended = running.wait(Duration::from_secs(20));
    assert_eq!(ended.status.code(), Some(130), "{}", ended.stderr);
    assert_eq!(ended.stderr.lines().last(), Some("interrupted"));
    assert_eq!(marked(), "");
    assert_eq!(fs::read_dir(tmp.path()).expect("the folder").count(), 0);
}

#[test]
fn a_python_that_will_not_do_is_told_in_a_line_with_how_to_get_another() {
    let fake = |script: Option<&str>| {
        let folder = TempDir::new().expect("a folder");
        if let Some(script) = script {
            let path = folder.path().join("python3");
            fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("written");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755))
                .expect("made executable");
        }
        let path = folder.path().display().to_string();
        let ended =
            run(twin(&["agrees"]).env("PATH", path).env("CARGO", env!("CARGO")), LONG);
        assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
        assert_eq!(ended.stdout, "");
        ended.stderr
    };
    let remedy =
        "sudo apt install python3 python3-venv, or what your system calls them\n";
    assert_eq!(
        fake(None),
        format!("xtask: python3 is missing, which plays the twins: {remedy}")
    );
    let old = "xtask: python3 is 3.10.12, and the twins need 3.11 or later: ";
    assert!(fake(Some("echo Python 3.10.12")).starts_with(old));
    let no_venv =
        "xtask: python3 lacks its modules venv and ensurepip, which the twins need: ";
    assert_eq!(
        fake(Some("test \"$1\" = --version && echo Python 3.11.9")),
        format!("{no_venv}{remedy}")
    );
}
