//! Any process of any scene may be killed at any moment: every scene ends in time, and
//! nothing is left of it.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tests::{LONG, start, topics, xtask};

/// How many processes are killed.
const KILLS: usize = 100;

/// The variable by which our own scenes are known.
const MARK: &str = "CHAOS";

/// How many seconds a scene has to end, whatever happens to it.
const DEADLINE: &str = "60";

#[test]
fn every_scene_survives_the_death_of_any_of_its_processes() {
    let seed =
        std::env::var("SEED").map_or(1, |seed| seed.parse().expect("SEED is a number"));
    println!("SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let programs: Vec<String> =
        topics().iter().map(|topic| topic.program.display().to_string()).collect();
    // What a runner starts inherits this; the scenes of another runner are let alone.
    let own = std::process::id().to_string();

    let mut kills = 0;
    while kills < KILLS {
        let runner = start(
            xtask().args(["play", "--json", "--deadline", DEADLINE]).env(MARK, &own),
        );
        let over = AtomicBool::new(false);
        let ended = std::thread::scope(|scope| {
            let killer =
                scope.spawn(|| kill_until(&over, &programs, &own, &mut random));
            let ended = runner.wait(LONG);
            over.store(true, Ordering::Relaxed);
            kills += killer.join().expect("a count");
            ended
        });
        let results: Value = serde_json::from_str(&ended.stdout)
            .unwrap_or_else(|_| panic!("{}", ended.stderr));
        let bad: Vec<String> =
            reasons(&results).filter(|reason| is_bad(reason)).collect();
        assert!(bad.is_empty(), "{}\n{}", bad.join("\n"), ended.stderr);
    }
    println!("{kills} processes were killed");
}

/// Kills one process after the other, and says how many.
fn kill_until(
    over: &AtomicBool,
    programs: &[String],
    own: &str,
    random: &mut fastrand::Rng,
) -> usize {
    let mut kills = 0;
    while !over.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(random.u64(1..80)));
        let victims = scenes_processes(programs, own);
        if let Some(&victim) = random.choice(&victims) {
            // It may have ended meanwhile.
            kills += usize::from(kill(Pid::from_raw(victim), Signal::SIGKILL).is_ok());
        }
    }
    kills
}

/// What must not come of a kill. A scene may well fail by it, and say so.
fn is_bad(reason: &str) -> bool {
    ["deadline", "not-played", "left-process", "left-port", "left-shm"]
        .iter()
        .any(|kind| reason.starts_with(kind))
}

/// The processes that play our scenes now: the programs' own and whoever they have
/// started.
fn scenes_processes(programs: &[String], own: &str) -> Vec<i32> {
    let pids = fs::read_dir("/proc")
        .expect("/proc")
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let mark = format!("{MARK}={own}");
    let plays = |pid: &i32| {
        // One that goes meanwhile has none of these.
        let program = fs::read_link(format!("/proc/{pid}/exe")).unwrap_or_default();
        let command =
            fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let environment =
            fs::read_to_string(format!("/proc/{pid}/environ")).unwrap_or_default();
        programs.contains(&program.display().to_string())
            && !command.contains("--describe")
            && environment.split('\0').any(|variable| variable == mark)
    };
    pids.filter(plays).collect()
}

/// Why scenes failed: `KIND TOPIC/SCENE: REASON`.
fn reasons(results: &Value) -> impl Iterator<Item = String> {
    let all =
        |value: &Value, key: &str| value[key].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
    let scenes = all(results, "topics").into_iter().flat_map(move |topic| {
        all(&topic, "scenes")
            .into_iter()
            .map(move |scene| (text(&topic["topic"]), scene))
    });
    scenes.flat_map(move |(topic, scene)| {
        let whose = format!("{topic}/{}", text(&scene["scene"]));
        let reasons = all(&scene, "reasons").into_iter();
        reasons.map(move |reason| {
            format!("{} {whose}: {}", text(&reason["kind"]), text(&reason["text"]))
        })
    })
}
