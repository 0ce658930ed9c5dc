//! A new topic, from the runner's scaffold until it passes, in a copy of the workspace.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tests::{Ended, LONG, python, root, run, xtask};

const TOPIC: &str = "crates/threads/actors";

#[test]
fn a_new_topic_lacks_nothing_but_its_claim() {
    let house = copy_of_the_workspace();
    let new =
        xtask_in(&house, &["new", "actors", "--group", "threads", "--note", "N2.23"]);
    assert_eq!(new.status.code(), Some(0), "{}", new.stderr);
    assert!(new.stdout.starts_with("wrote crates/threads/actors\n"), "{}", new.stdout);
    let topic = house.join(TOPIC);
    let chapter = fs::read_to_string(house.join("docs/src/threads/actors.md"))
        .expect("its chapter");
    assert!(chapter.starts_with("# Actors\n"), "{chapter}");
    assert!(
        new.stdout.ends_with("  - [Actors](threads/actors.md)\n"),
        "{}",
        new.stdout
    );

    let unclaimed = xtask_in(&house, &["play", "actors"]);
    assert_eq!(
        unclaimed.stdout.lines().last(),
        Some("0 passed, 1 failed"),
        "{}",
        unclaimed.stderr
    );
    assert!(
        unclaimed.stdout.contains("claim broken: actors has nothing to prove yet"),
        "{}",
        unclaimed.stdout
    );
    assert_eq!(
        unclaimed.stdout.matches("\n  claim broken").count(),
        1,
        "the only reason: {}",
        unclaimed.stdout
    );
    let cargo = |args: &[&str]| {
        run(in_house(Command::new(env!("CARGO")).args(args), &house), LONG)
    };
    let clippy = cargo(&[
        "clippy",
        "--quiet",
        "-p",
        "actors",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]);
    assert!(clippy.status.success(), "{}", clippy.stderr);
    let fmt = cargo(&["fmt", "-p", "actors", "--check"]);
    assert!(fmt.status.success(), "{}", fmt.stdout);

    let scene = topic.join("src/scenes/first.rs");
    edit(&scene, "claim!(false,", "claim!(std::process::id() > 1,");
    expect_passed(&xtask_in(&house, &["play", "actors"]));

    if python() {
        let unproved = xtask_in(&house, &["twin", "actors"]);
        let cause = "exit code 1: AssertionError: actors has nothing to prove yet\n";
        assert!(
            unproved.stdout.contains(cause),
            "{}{}",
            unproved.stdout,
            unproved.stderr
        );
        edit(&topic.join("twin.py"), "assert False,", "assert os.getpid() > 1,");
        expect_passed(&xtask_in(&house, &["twin", "actors", "--rounds", "1"]));
    }

    // What it prints now differs, until it is accepted; the line with a wild card
    // stays.
    edit(
        &scene,
        "say!(\"actors begins\");",
        "say!(\"actors begins\");\n    say!(\"in process {}\", std::process::id());",
    );
    let transcript = topic.join("transcript/first.txt");
    edit(&transcript, "actors begins", "[..] begins");
    let differs = xtask_in(&house, &["play", "actors"]);
    assert!(
        differs.stdout.contains("its output differs from its transcript"),
        "{}",
        differs.stdout
    );
    let accepted = xtask_in(&house, &["play", "actors", "--accept"]);
    expect_passed(&accepted);
    assert!(
        accepted.stdout.contains("wrote crates/threads/actors/transcript/first.txt\n"),
        "{}",
        accepted.stdout
    );
    let written = fs::read_to_string(&transcript).expect("the transcript");
    assert!(
        written.starts_with("[..] begins\nin process ") && written.lines().count() == 2,
        "{written}"
    );

    fs::rename(&transcript, topic.join("transcript/frist.txt")).expect("renamed");
    let stray = xtask_in(&house, &["play", "actors"]);
    assert_eq!(stray.stdout.lines().last(), Some("0 passed, 2 failed"));
    assert!(
        stray.stdout.contains("transcript/frist.txt is no scene's transcript"),
        "{}",
        stray.stdout
    );

    expect_placed_by_the_notes(&house);
}

#[test]
fn a_name_that_will_not_do_is_refused_in_a_line() {
    for (args, cause) in [
        (&["new", "Actors"][..], "\"Actors\" is no name for a topic: "),
        (&["new", "match"], "match is no name for a topic: Rust has taken it"),
        (&["new", "xtask"], "there is a package xtask already"),
        (
            &["new", "apples"],
            "none of the notes belongs to apples: name the one that it shows with \
             --note",
        ),
        (&["new", "apples", "--note", "N9.1"], "the notes have no N9.1"),
        (
            &["new", "apples", "--note", "N1.1"],
            "the notes do not say where apples goes: ",
        ),
        (
            &["new", "apples", "--note", "N1.1", "--group", "../out"],
            "\"../out\" is no name for a group: ",
        ),
    ] {
        let refused = run(xtask().args(args), LONG);
        assert_eq!(refused.status.code(), Some(1), "{args:?}");
        assert!(
            refused.stderr.starts_with(&format!("xtask: {cause}")),
            "{args:?}: {}",
            refused.stderr
        );
        assert_eq!(refused.stderr.lines().count(), 1, "{}", refused.stderr);
    }
    assert!(!root().join("crates/out").exists() && !root().join("out").exists());
}

/// A topic of the notes needs no group: they say where it goes.
fn expect_placed_by_the_notes(house: &Path) {
    let new = xtask_in(house, &["new", "executors"]);
    assert!(
        new.stdout.starts_with("wrote crates/pools/executors\n"),
        "{}{}",
        new.stdout,
        new.stderr
    );
}

fn xtask_in(house: &Path, args: &[&str]) -> Ended {
    run(in_house(xtask().args(args), house), LONG)
}

/// In the copy, with a target folder of its own: cargo takes a crate for the same
/// wherever the workspace lies, and would give the one what it has built of the other.
fn in_house<'a>(command: &'a mut Command, house: &Path) -> &'a mut Command {
    command.current_dir(house).env("CARGO_TARGET_DIR", house.with_extension("target"));
    // Nothing has to be quick here but the building.
    command.env("CARGO_PROFILE_DEV_OPT_LEVEL", "0").env("CARGO_PROFILE_DEV_DEBUG", "0")
}

fn expect_passed(played: &Ended) {
    assert_eq!(
        played.stdout.lines().last(),
        Some("1 passed, 0 failed"),
        "{}\n{}",
        played.stdout,
        played.stderr
    );
    assert_eq!(played.status.code(), Some(0));
}

fn edit(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).expect("a file");
    assert!(text.contains(from), "{text}");
    fs::write(path, text.replace(from, to)).expect("written");
}

/// What makes up the workspace but for its topics. It is always at the same place, and
/// its target folder beside it stays, so that what it depends on is built only once.
fn copy_of_the_workspace() -> PathBuf {
    let house = Path::new(env!("CARGO_TARGET_TMPDIR")).join("house with blanks 房子");
    if house.exists() {
        fs::remove_dir_all(&house).expect("the last copy goes");
    }
    fs::create_dir_all(&house).expect("a folder");
    for file in ["Cargo.toml", "Cargo.lock", "rustfmt.toml", "clippy.toml"] {
        fs::copy(root().join(file), house.join(file)).expect(file);
    }
    for folder in ["shared", "xtask", "tests"] {
        copy(&root().join(folder), &house.join(folder));
    }
    // Cargo wants the members' pattern to match something.
    fs::create_dir_all(house.join("crates/none/none/src")).expect("a folder");
    fs::write(
        house.join("crates/none/none/Cargo.toml"),
        "[package]\nname = \"none\"\n",
    )
    .expect("a manifest");
    fs::write(house.join("crates/none/none/src/lib.rs"), "").expect("a library");
    house
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in
        fs::read_dir(from).expect("a folder").map(|entry| entry.expect("an entry"))
    {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).map(drop).expect("copied");
        }
    }
}
