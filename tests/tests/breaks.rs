//! `cargo xtask break`, on breaks of every kind.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use serde_json::Value;
use tests::{Ended, LONG, root, run, start, xtask};

/// What the runner must say of each break that is not as it announces.
const WRONG: [(&str, &str); 9] = [
    ("allowed", "it compiles, though it should be refused with E0382"),
    ("ambiguous", "apples.rs: the text to be replaced occurs 3 times"),
    ("harmless", "the claim holds all the same: there is an apple"),
    ("in-time", "the scene ends in time"),
    ("no-file", "pears.rs: No such file or directory (os error 2)"),
    ("no-rust", "it does not compile: E0425"),
    ("other-error", "the compiler refuses it with E0308, not with E0382"),
    ("pears", "apples.rs: the text to be replaced does not occur"),
    (
        "too-soon",
        "the claim is not checked: there is an apple (exit code 1: breakable/apples: \
         no apples)",
    ),
];

/// Those that are, and what the first thing is to which they lead.
const RIGHT: [(&str, &str); 5] = [
    ("eaten-twice", "error[E0382]: use of moved value: `apples`"),
    ("never-eaten", "still running after 8 s, its deadline"),
    ("none", "✗ there is an apple"),
    ("sometimes", "✗ there are 2 apples"),
    ("three", "✗ there are 2 apples"),
];

fn breaks(args: &[&str]) -> Ended {
    let mut command = xtask();
    command.args(["--crates", "tests/fixtures", "break"]);
    run(command.args(args), LONG)
}

fn json(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| {
        panic!("{error}: JSON and nothing else\n{}\n{}", ended.stdout, ended.stderr)
    })
}

fn source() -> PathBuf {
    root().join("tests/fixtures/breakable/src/scenes/apples.rs")
}

#[test]
fn each_break_is_tried_and_the_workspace_stays_as_it_is() {
    let before = fs::read_to_string(source()).expect("the scene");
    let ended = breaks(&["breakable", "--json"]);
    assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
    let results = json(&ended);
    let outcomes: BTreeMap<&str, &Value> = results["breaks"]
        .as_array()
        .expect("breaks")
        .iter()
        .map(|it| (it["name"].as_str().expect("a name"), it))
        .collect();
    assert_eq!(outcomes.len(), WRONG.len() + RIGHT.len());
    for (name, wrong) in WRONG {
        let said = outcomes[name]["wrong"].as_str().unwrap_or_default();
        assert!(said.ends_with(wrong), "{name}: {said}");
    }
    for (name, first) in RIGHT {
        assert_eq!(outcomes[name]["passed"], true, "{name}: {:#}", outcomes[name]);
        assert_eq!(outcomes[name]["happened"][0], first, "{name}");
    }
    assert_eq!(outcomes["three"]["lesson"], "Three are not two.");
    assert_eq!((&results["passed"], &results["failed"]), (&5.into(), &9.into()));
    assert_eq!(fs::read_to_string(source()).expect("the scene"), before);

    // What was built with the break is not what is played without it.
    let played =
        run(xtask().args(["--crates", "tests/fixtures", "play", "breakable"]), LONG);
    assert!(played.status.success(), "{}\n{}", played.stdout, played.stderr);
}

#[test]
fn a_claim_without_a_break_is_listed() {
    let ended = breaks(&["--coverage", "breakable"]);
    assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
    assert_eq!(
        ended.stdout,
        "breakable/apples (tests/fixtures/breakable/src/scenes/apples.rs)\n  \
         all apples are green\n3 claims, 1 without a break\n"
    );
}

#[test]
fn a_break_is_shown_as_a_diff_with_what_it_led_to() {
    let ended = breaks(&["breakable/apples/three", "--show"]);
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    for expected in [
        "✓ breakable/apples/three\n  There are three apples.\n",
        "    -     let apples = vec![\"green\"; 2];\n",
        "    +     let apples = vec![\"green\"; 3];\n",
        "  it led to:\n    ✗ there are 2 apples\n",
        "  the lesson:\n    Three are not two.\n",
        "1 passed, 0 failed; 3 claims, 1 without a break\n",
    ] {
        assert!(ended.stdout.contains(expected), "{expected}\n{}", ended.stdout);
    }
    let unknown = breaks(&["breakable/apples/tree"]);
    assert_eq!(unknown.status.code(), Some(2));
    let nearest =
        "no break breakable/apples/tree; did you mean breakable/apples/three?";
    assert!(unknown.stderr.contains(nearest), "{}", unknown.stderr);
}

#[test]
fn ctrl_c_ends_it_at_once() {
    let mut command = xtask();
    command.args([
        "--crates",
        "tests/fixtures",
        "break",
        "breakable/apples/never-eaten",
    ]);
    let running = start(&mut command);
    std::thread::sleep(Duration::from_secs(2));
    let begin = Instant::now();
    running.signal(Signal::SIGINT);
    let ended = running.wait(LONG);
    assert!(begin.elapsed() < Duration::from_mins(1));
    assert_eq!(ended.status.code(), Some(130), "{}", ended.stderr);
    assert!(ended.stderr.ends_with("interrupted\n"), "{}", ended.stderr);
}
