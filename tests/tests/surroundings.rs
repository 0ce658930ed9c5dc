//! The programs and the runner, started in surroundings that are not a terminal's.

#![forbid(unsafe_code)]

use std::fs;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::time::Duration;

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::sys::signal::Signal;
use nix::unistd::{Pid, geteuid};
use tempfile::TempDir;
use tests::{Ended, LONG, Topic, run, start, topics, until, xtask};

/// How long a program may take that plays a few scenes, on a machine that has other
/// things to do.
const PATIENCE: Duration = Duration::from_mins(2);

/// The topics that depend on signals, descriptors and children.
const TOPICS: [&str; 3] = ["processes", "daemon-processes", "thread-signals"];

/// Shell commands that bring about what a program inherits.
const SURROUNDINGS: [(&str, &str); 8] = [
    ("nohup", r#"trap "" HUP; exec "$@""#),
    ("a background job of a script", r#"trap "" INT QUIT; exec "$@""#),
    (
        "all signals ignored",
        r#"exec env --ignore-signal=HUP,INT,QUIT,TERM,USR1,CHLD "$@""#,
    ),
    ("all signals blocked", r#"exec env --block-signal "$@""#),
    ("standard input closed", r#"exec "$@" <&-"#),
    ("standard error closed", r#"exec "$@" 2>&-"#),
    ("256 descriptors", r#"ulimit -n 256; exec "$@""#),
    ("a soft limit of 1,024 descriptors", r#"ulimit -S -n 1024; exec "$@""#),
];

#[test]
fn programs_play_whatever_they_inherit() {
    for (surroundings, script) in SURROUNDINGS {
        for topic in TOPICS.map(topic) {
            let played = run(&mut within(script, &topic.command()), PATIENCE);
            expect_played(&played, surroundings, &topic.name);
        }
    }
}

#[test]
fn the_runner_plays_whatever_it_inherits() {
    for (surroundings, script) in SURROUNDINGS {
        let mut play = xtask();
        play.args(["play", "daemon-processes", "processes/control"]);
        let played = run(&mut within(script, &play), LONG);
        expect_played(&played, surroundings, "the runner");
        assert!(played.stdout.ends_with("4 passed, 0 failed\n"), "{}", played.stdout);
    }
}

#[test]
fn a_closed_standard_output_is_no_error() {
    let script = r#"exec "$@" >&-"#;
    for command in [topic("processes").command(), {
        let mut play = xtask();
        play.args(["play", "processes/control"]);
        play
    }] {
        let played = run(&mut within(script, &command), LONG);
        expect_played(&played, "standard output closed", &format!("{command:?}"));
    }
}

#[test]
fn one_core_is_enough() {
    let this_thread = Pid::from_raw(0);
    let all = sched_getaffinity(this_thread).unwrap();
    let first = (0..CpuSet::count()).find(|&cpu| all.is_set(cpu).unwrap()).unwrap();
    let mut one = CpuSet::new();
    one.set(first).unwrap();
    sched_setaffinity(this_thread, &one).unwrap();
    let played =
        run(xtask().args(["play", "joinable-queue", "daemon-processes"]), LONG);
    sched_setaffinity(this_thread, &all).unwrap();
    expect_played(&played, "one core", "the runner");
}

#[test]
fn a_path_with_spaces_and_chinese_is_a_path() {
    let folder = TempDir::with_prefix("note 笔记 ").unwrap();
    let program = folder.path().join("进程 processes");
    fs::copy(&topic("processes").program, &program).unwrap();
    let mut play = Command::new(&program);
    play.current_dir(folder.path()).env("TMPDIR", folder.path());
    expect_played(&run(&mut play, PATIENCE), "a path with spaces", "processes");

    let drawn = folder.path().join("图 1.svg");
    let mut picture = xtask();
    picture.args(["picture", "processes/mails", "--out"]).arg(&drawn);
    let picture = run(picture.env("TMPDIR", folder.path()), LONG);
    assert_eq!(picture.status.code(), Some(0), "{}", picture.stderr);
    assert!(fs::read_to_string(&drawn).unwrap().contains("<svg"));
}

#[test]
fn a_server_in_the_background_ignores_ctrl_c_and_ends_at_sigterm() {
    let mut serve = topic("socket-server").command();
    serve.args(["serve", "--port", "0"]);
    let log = TempDir::new().unwrap();
    let log = log.path().join("log");
    let script = format!(r#"trap "" HUP INT; exec "$@" >{}"#, log.display());
    let server = start(&mut within(&script, &serve));
    let mut said = String::new();
    until("the server serves", PATIENCE, || {
        said = fs::read_to_string(&log).unwrap_or_default();
        said.ends_with('\n')
    });
    let address = said.trim_end().replace("serving on ", "");
    server.signal(Signal::SIGINT);
    server.signal(Signal::SIGHUP);
    drop(TcpStream::connect(&address).unwrap());
    server.signal(Signal::SIGTERM);
    let ended = server.wait(PATIENCE);
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    let said = fs::read_to_string(&log).unwrap();
    assert_eq!(said.matches("stopping\n").count(), 1, "{said}");
}

#[test]
fn a_reader_that_goes_away_ends_the_runner_quietly() {
    let head = r#""$@" 2>&1 | head -n 1; exit "${PIPESTATUS[0]}""#;
    for args in [&["notes"][..], &["list"], &["doctor"], &["play", "processes"]] {
        let mut bash = Command::new("bash");
        let runner = xtask();
        bash.args(["-c", head, "bash"]).arg(runner.get_program()).args(args);
        bash.current_dir(tests::root());
        let ended = run(&mut bash, LONG);
        assert!(ended.stdout.lines().count() <= 1, "{args:?}: {}", ended.stdout);
        assert_eq!(ended.stderr, "", "{args:?}");
        let code = ended.status.code();
        assert!(matches!(code, Some(0 | 141)), "{args:?}: {code:?}");
    }
}

#[test]
fn another_user_plays_a_program() {
    if !root_is_here() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let open = fs::Permissions::from_mode(0o777);
    fs::set_permissions(folder.path(), open).unwrap();
    let program = folder.path().join("processes");
    fs::copy(&topic("processes").program, &program).unwrap();
    let mut play = Command::new(&program);
    play.uid(65534).gid(65534).env_clear().env("TMPDIR", folder.path());
    expect_played(&run(play.current_dir("/"), PATIENCE), "another user", "processes");
}

#[test]
fn a_small_shared_memory_is_enough() {
    if !root_is_here() {
        return;
    }
    let small = r#"mount -t tmpfs -o size=1m tmpfs /dev/shm && exec "$@""#;
    for topic in ["joinable-queue", "ipc-manager"].map(topic) {
        let mut unshare = Command::new("unshare");
        unshare.args(["--mount", "sh", "-c", small, "sh"]).arg(&topic.program);
        expect_played(&run(&mut unshare, PATIENCE), "1 MiB of /dev/shm", &topic.name);
    }
}

fn topic(name: &str) -> &'static Topic {
    topics()
        .iter()
        .find(|topic| topic.name == name)
        .unwrap_or_else(|| panic!("there is no topic {name}"))
}

/// The command, started by a shell script that execs it.
fn within(script: &str, command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", script, "sh"]).arg(command.get_program());
    shell.args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        shell.current_dir(folder);
    }
    shell
}

fn expect_played(played: &Ended, surroundings: &str, program: &str) {
    let Ended { status, stdout, stderr } = played;
    assert!(
        status.success(),
        "{program} with {surroundings}: {status}\n{stdout}\n{stderr}"
    );
    assert!(!stdout.contains('✗'), "{program} with {surroundings}: {stdout}");
}

/// Whether this test is root's; if not, it is skipped.
fn root_is_here() -> bool {
    let is_root = geteuid().is_root();
    assert!(is_root || std::env::var_os("CI").is_none(), "CI runs as root");
    if !is_root {
        eprintln!("skipped: this needs root (remedy: run the test as root)");
    }
    is_root
}
