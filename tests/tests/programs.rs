//! The topics' programs, as a user runs them: whichever topics there are, each must
//! behave alike.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::pty::openpty;
use nix::sys::signal::Signal;
use shared::Description;
use shared::line::{HELD, MARK};
use shared::trace::{Kind, Record};
use tempfile::TempDir;
use tests::{Topic, processes_with, run, start, topics, until};

/// How long a program may take that plays a few scenes, on a machine that has other
/// things to do.
const PATIENCE: Duration = Duration::from_mins(2);

fn topic(name: &str) -> &'static Topic {
    topics()
        .iter()
        .find(|topic| topic.name == name)
        .unwrap_or_else(|| panic!("there is no topic {name}"))
}

#[test]
fn help_names_every_scene_and_shows_an_example() {
    for topic in topics() {
        let help = run(topic.command().arg("--help"), PATIENCE);
        assert!(help.status.success(), "{}", help.stderr);
        for scene in &topic.scenes {
            assert!(
                help.stdout.contains(&format!("- {}: ", scene.name)),
                "{} {}",
                scene.name,
                help.stdout
            );
        }
        let example = format!(
            "Example:\n  cargo run -p {} -- {}",
            topic.name,
            topic.scenes.last().expect("scenes").name
        );
        assert!(help.stdout.contains(&example), "{}", help.stdout);
    }
}

#[test]
fn a_list_has_a_line_a_scene() {
    for topic in topics() {
        let list = run(topic.command().arg("--list"), PATIENCE);
        assert!(list.status.success(), "{}", list.stderr);
        let lines: Vec<&str> = list.stdout.lines().collect();
        assert_eq!(lines.len(), topic.scenes.len(), "{}", list.stdout);
        for (line, scene) in lines.iter().zip(&topic.scenes) {
            assert!(
                line.starts_with(&scene.name) && line.ends_with(&scene.about),
                "{line}"
            );
            assert!(scene.notes.iter().all(|note| line.contains(note)), "{line}");
        }
    }
}

#[test]
fn what_a_program_says_of_itself_is_what_it_lists() {
    for topic in topics() {
        let described = run(topic.command().arg("--describe"), PATIENCE);
        let described: Description =
            serde_json::from_str(&described.stdout).expect("a description");
        assert_eq!(described.topic, topic.name);
        assert!(!described.about.is_empty());
        let names: BTreeSet<_> =
            described.scenes.iter().map(|scene| &scene.name).collect();
        assert_eq!(
            names.len(),
            topic.scenes.len(),
            "two scenes of one name in {}",
            topic.name
        );
    }
}

#[test]
fn an_unknown_scene_is_an_error_that_lists_the_known_ones() {
    for topic in topics() {
        let refused = run(topic.command().arg("nowhere"), PATIENCE);
        assert_eq!(refused.status.code(), Some(2));
        assert!(refused.stderr.contains("'nowhere'"), "{}", refused.stderr);
        assert!(
            topic.scenes.iter().all(|scene| refused.stderr.contains(&scene.name)),
            "{}",
            refused.stderr
        );
        assert!(refused.stdout.is_empty());
    }
}

#[test]
fn a_reader_who_goes_after_the_first_line_ends_the_program_quietly() {
    for topic in topics() {
        let tmp = TempDir::new().expect("a folder");
        let mut command = topic.command();
        command
            .env("TMPDIR", tmp.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut program = command.spawn().expect("the program");
        let mut first = String::new();
        // The reader is dropped at the end of the statement, and the pipe with it.
        BufReader::new(program.stdout.take().expect("its output"))
            .read_line(&mut first)
            .expect("a line");
        assert!(first.starts_with("── "), "{first:?}");
        let ended = program.wait_with_output().expect("its end");
        let stderr = String::from_utf8_lossy(&ended.stderr);
        assert!(
            !stderr.contains("panicked") && !stderr.contains("roken pipe"),
            "{}: {stderr}",
            topic.name
        );
        assert_eq!(ended.status.code(), Some(141), "{}: {stderr}", topic.name);
        nobody_is_left(&tmp);
    }
}

#[test]
fn ctrl_c_ends_a_scene_and_whoever_plays_in_it() {
    let tmp = TempDir::new().expect("a folder");
    let mut command = topic("processes").command();
    // Four mails of one to three note-seconds, which last ten seconds each.
    command.arg("mails").env("PACE", "10").env("TMPDIR", tmp.path());
    let scene = start(&mut command);
    let here = tmp.path().display().to_string();
    until("the scene and its four children are there", PATIENCE, || {
        processes_with(&here).lines().count() == 5
    });
    scene.signal(Signal::SIGINT);
    let ended = scene.wait(PATIENCE);
    assert!(!ended.status.success());
    nobody_is_left(&tmp);
}

#[test]
fn the_death_of_the_program_ends_the_scene_that_it_plays() {
    let tmp = TempDir::new().expect("a folder");
    let mut command = topic("processes").command();
    command.args(["mails", "control"]).env("PACE", "10").env("TMPDIR", tmp.path());
    let program = start(&mut command);
    let here = tmp.path().display().to_string();
    until("program, scene and children are there", PATIENCE, || {
        processes_with(&here).lines().count() == 6
    });
    program.signal(Signal::SIGKILL);
    assert!(!program.wait(PATIENCE).status.success());
    nobody_is_left(&tmp);
}

/// Waits until no process lives that has `tmp` for its TMPDIR.
fn nobody_is_left(tmp: &TempDir) {
    let here = tmp.path().display().to_string();
    until("all processes have ended", PATIENCE, || processes_with(&here).is_empty());
}

#[test]
fn pace_stretches_the_notes_seconds() {
    let took = |pace: &str| {
        let begin = Instant::now();
        let ended = run(
            topic("processes").command().arg("arguments").env("PACE", pace),
            PATIENCE,
        );
        assert!(ended.status.success(), "{}", ended.stderr);
        begin.elapsed()
    };
    // The scene sleeps for one note-second.
    assert!(took("0.5") >= Duration::from_millis(500));
    assert!(took("0.01") >= Duration::from_millis(10));
}

#[test]
fn a_bad_environment_is_refused_before_anything_plays() {
    let cases = [
        ("PACE", "fast", "PACE=fast: "),
        ("PACE", "0", "PACE=0: "),
        ("SEED", "-1", "SEED=-1: "),
    ];
    for (name, value, said) in cases {
        let refused = run(topic("processes").command().env(name, value), PATIENCE);
        assert_eq!(refused.status.code(), Some(2));
        assert!(
            refused.stderr.starts_with(&format!("processes: {said}")),
            "{}",
            refused.stderr
        );
        assert_eq!((refused.stderr.lines().count(), refused.stdout.as_str()), (1, ""));
    }
    let refused = run(
        topic("processes").command().env("SCENE_TRACE", "/nowhere/trace"),
        PATIENCE,
    );
    assert_eq!(refused.status.code(), Some(2));
    assert_eq!(
        refused.stderr,
        "processes: SCENE_TRACE=/nowhere/trace: No such file or directory (os error \
         2)\n"
    );
}

#[test]
fn a_seed_is_printed_and_gives_the_same_again() {
    let mails = |seed: &str| {
        let ended =
            run(topic("processes").command().arg("mails").env("SEED", seed), PATIENCE);
        assert!(ended.status.success(), "{}", ended.stderr);
        assert!(
            ended.stdout.contains(&format!("\n── seed {seed}\n")),
            "{}",
            ended.stdout
        );
        // How long the slowest mail and all of them take follows from the seed.
        ended
            .stdout
            .lines()
            .filter_map(|line| Some(line.split_once('(')?.1.to_owned()))
            .collect::<Vec<_>>()
    };
    assert_eq!(mails("7"), mails("7"));
    assert_ne!(mails("7"), mails("8"));
}

#[test]
fn a_trace_has_every_line_and_every_claim() {
    let tmp = TempDir::new().expect("a folder");
    let trace = tmp.path().join("trace");
    let played = run(
        topic("processes").command().arg("own-type").env("SCENE_TRACE", &trace),
        PATIENCE,
    );
    let records: Vec<Record> = BufReader::new(File::open(&trace).expect("a trace"))
        .lines()
        .map(|line| serde_json::from_str(&line.expect("a line")).expect("a record"))
        .collect();
    let (mut claims, mut said, mut story) = (Vec::new(), Vec::new(), Vec::new());
    for Record { ns, pid, lane, kind, .. } in &records {
        match kind {
            Kind::Claim { held: true, text, .. } => claims.push(text.as_str()),
            Kind::Say { text, .. } => {
                said.push(text.as_str());
                story.push((*ns, "say", lane.clone(), *pid));
            }
            Kind::Birth { name, .. } => story.push((*ns, "birth", name.clone(), *pid)),
            Kind::Death { name, pid, how } => {
                assert_eq!(how, "ended well");
                story.push((*ns, "death", name.clone(), *pid));
            }
            _ => {}
        }
    }
    let (held, told): (Vec<&str>, Vec<&str>) =
        played.stdout.lines().partition(|line| line.starts_with(HELD));
    assert_eq!(claims, held.iter().map(|line| &line[HELD.len()..]).collect::<Vec<_>>());
    assert_eq!(
        said,
        told.into_iter().filter(|line| !line.starts_with(MARK)).collect::<Vec<_>>()
    );

    // All processes share a clock.
    story.sort_unstable();
    let child = story[1].3;
    let order: Vec<_> =
        story.iter().map(|(_, what, lane, pid)| (*what, lane.as_str(), *pid)).collect();
    let own = "MyProcess-1";
    assert_eq!(
        order,
        [
            ("birth", "main", story[0].3),
            ("birth", own, child),
            ("say", own, child),
            ("say", own, child),
            ("death", own, child)
        ]
    );
}

#[test]
fn on_a_terminal_lines_have_a_time_a_lane_and_a_colour_unless_refused() {
    let plain = on_a_terminal(
        topic("processes").command().arg("own-type").env("NO_COLOR", "1"),
    );
    assert!(!plain.contains('\x1b'), "{plain:?}");
    let line = plain.lines().find(|line| line.contains("in func")).expect("the line");
    let (time, rest) = line.trim_start().split_once("s ").expect("a time");
    assert!(time.parse::<f64>().is_ok_and(|seconds| seconds < 60.0), "{line}");
    assert_eq!(rest.trim_end(), "MyProcess-1 in func");

    let coloured = on_a_terminal(
        topic("processes").command().arg("own-type").env_remove("NO_COLOR"),
    );
    assert!(coloured.contains("\x1b[32m✓ "), "{coloured:?}");
}

/// What a program writes to a terminal.
fn on_a_terminal(command: &mut Command) -> String {
    let pty = openpty(None, None).expect("a terminal");
    let mut program = command
        .env("TERM", "xterm")
        .stdout(pty.slave)
        .stdin(Stdio::null())
        .spawn()
        .expect("the program");
    // The command holds the other end too, as long as it has not been given another.
    command.stdout(Stdio::null());
    let mut written = Vec::new();
    // Reading a terminal ends with an error (EIO) when its last writer has gone.
    let _ = File::from(pty.master).read_to_end(&mut written);
    assert!(program.wait().expect("its end").success());
    String::from_utf8(written).expect("text")
}
