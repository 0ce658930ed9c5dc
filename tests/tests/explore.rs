//! `cargo xtask explore`: programs run under every schedule.

use serde_json::Value;
use tempfile::TempDir;
use tests::{Ended, LONG, run, xtask};

/// A program whose schedules are counted by hand: two threads of two steps each.
const RACE: &str = "interleavings/lost-update/one-turn-each";

fn explore(args: &[&str]) -> Ended {
    run(xtask().arg("explore").args(args), LONG)
}

/// The schedules, and how many of them fail, of each program by its name.
fn counts(args: &[&str]) -> Vec<(String, u64, u64)> {
    let explored = explore(&[args, &["--json"]].concat());
    assert_eq!(explored.status.code(), Some(0), "{}", explored.stderr);
    let found: Value = serde_json::from_str(&explored.stdout).expect("JSON");
    let programs = found[0]["explored"].as_array().expect("programs");
    let count = |program: &Value, what: &str| {
        program["exploration"][what].as_u64().expect("a count")
    };
    programs
        .iter()
        .map(|it| {
            let name = it["program"].as_str().expect("a name").to_owned();
            (name, count(it, "schedules"), count(it, "failures"))
        })
        .collect()
}

#[test]
fn the_schedules_of_a_race_are_counted() {
    let (one, four) = ("one-turn-each".to_owned(), "four-turns-each".to_owned());
    assert_eq!(
        counts(&["interleavings/lost-update"]),
        [(one.clone(), 6, 4), (four, 12_870, 12_800)]
    );
    assert_eq!(counts(&[RACE, "--distinct"]), [(one.clone(), 4, 2)]);
    assert_eq!(counts(&[RACE, "--preemptions", "0"]), [(one.clone(), 2, 0)]);
    assert_eq!(counts(&[RACE, "--most", "1"]), [(one, 1, 0)]);
}

#[test]
fn one_schedule_is_played_as_it_is_told() {
    let played = explore(&[RACE, "--schedule", "1,2,2,1"]);
    assert_eq!(played.status.code(), Some(0), "{}", played.stderr);
    let text = played.stdout;
    assert!(text.starts_with(&format!("{RACE}: 1 schedule, 1 fail\n")), "{text}");
    assert!(text.ends_with("\npanic: decrements lost: 1\n"), "{text}");
    let steps: Vec<&str> =
        text.lines().filter(|line| line.starts_with(['l', 'n'])).collect();
    let column = |line: &&str| line.find("reads").or(line.find("writes"));
    let columns: Vec<_> = steps.iter().map(column).collect();
    assert_eq!(columns.len(), 4, "{text}");
    assert!(columns[0] < columns[1] && columns[1] == columns[2], "{text}");
    assert_eq!(columns[0], columns[3], "{text}");

    let possible = explore(&[RACE, "--schedule", "1,1,1"]);
    assert_eq!(possible.status.code(), Some(1));
    assert!(possible.stderr.contains("thread 1 cannot take step 3"), "{possible:?}");
    let too_long = explore(&[RACE, "--schedule", "1,1,2,2,1"]);
    assert_eq!(too_long.status.code(), Some(1));
    assert!(too_long.stderr.contains("step 5; no thread can"), "{too_long:?}");
    let no_number = explore(&[RACE, "--schedule", "1,x"]);
    assert_eq!(no_number.status.code(), Some(2));
    assert!(no_number.stderr.contains("'x'"), "{no_number:?}");
}

#[test]
fn what_cannot_be_explored_is_an_error() {
    for (what, error) in [
        ("interleavings/lost-update/one-turn", "did you mean"),
        ("interleavings/lost-updat", "did you mean lost-update?"),
        ("scopes", "nothing of scopes can be explored"),
    ] {
        let refused = explore(&[what]);
        assert_eq!(refused.status.code(), Some(2), "{what}");
        assert!(refused.stderr.contains(error), "{what}: {}", refused.stderr);
    }
    let part = explore(&[RACE, "--accept"]);
    assert!(part.stderr.contains("of a whole scene: name it"), "{}", part.stderr);
    let two = explore(&["interleavings/lost-update", "--schedule", "1,2"]);
    assert!(two.stderr.contains("are of one program: name it"), "{}", two.stderr);
}

#[test]
fn the_shortest_failure_is_drawn() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("race.svg");
    let drawn = explore(&[RACE, "--picture", "--out", &file.display().to_string()]);
    assert_eq!(drawn.status.code(), Some(0), "{}", drawn.stderr);
    let svg = std::fs::read_to_string(&file).expect("a picture");
    for text in ["thread 1", "thread 2", "reads 2", "decrements lost: 1", "steps"] {
        assert!(svg.contains(text), "the picture lacks {text}");
    }
}

#[test]
fn a_transcript_that_differs_fails() {
    let fixture = ["--crates", "tests/fixtures", "explore", "misbehaving"];
    let differs = run(xtask().args(fixture), LONG);
    assert_eq!(differs.status.code(), Some(1), "{}", differs.stdout);
    let said = &differs.stderr;
    assert!(said.contains("misbehaving/wrong-schedules: its output differs"), "{said}");
    assert!(said.contains("- wrong-schedules/eat-one: 2 schedules, 2 fail"), "{said}");
    assert!(said.contains("+ wrong-schedules/eat-one: 1 schedule, 0 fail"), "{said}");
}
