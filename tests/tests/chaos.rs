//! Any process of any scene may be killed at any moment: every scene ends in time, and
//! nothing is left of it.

use serde_json::Value;
use tests::{LONG, run, xtask};

#[test]
fn every_scene_survives_the_death_of_any_of_its_processes() {
    // SEED, if it is set, is that of the first play.
    let ended = run(xtask().args(["stress", "--kill", "--plays", "3", "--json"]), LONG);
    let outcomes: Vec<Value> = serde_json::from_str(&ended.stdout)
        .unwrap_or_else(|_| panic!("{}", ended.stderr));
    let bad: Vec<&Value> = outcomes.iter().filter(|it| it["good"] != true).collect();
    assert!(bad.is_empty() && ended.status.success(), "{bad:#?}\n{}", ended.stderr);
    let killed = outcomes.iter().filter(|it| {
        it["ended"].as_str().is_some_and(|ended| ended.starts_with("after a SIGKILL"))
    });
    let kills: u64 = killed.filter_map(|it| it["plays"].as_u64()).sum();
    println!("{kills} processes were killed");
    assert!(kills >= 100, "{kills} kills");
}
