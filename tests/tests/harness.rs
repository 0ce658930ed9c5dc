//! The harness of tests that fork, by tests that go wrong in each way it promises to
//! handle.

use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tests::{Ended, Running, processes_with, run, start, until};

const LONG: Duration = Duration::from_secs(20);

/// The program with these arguments; the processes that it starts bear the mark.
fn ill_behaved(mark: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ill-behaved-tests"));
    command.args(arguments).env("MARK", mark).env_remove("CI");
    command
}

/// A text that no other process of the machine has in its environment.
fn mark(name: &str) -> String {
    format!("{name} of {}", std::process::id())
}

/// Runs one test, requires that no process is left of it, and gives its end.
fn play(name: &str) -> Ended {
    let mark = mark(name);
    let ended = run(&mut ill_behaved(&mark, &["--exact", name]), LONG);
    assert_eq!(processes_with(&mark), "", "{name}");
    ended
}

/// Requires that the test fails and that its output has all of these texts.
fn fails(name: &str, texts: &[&str]) {
    let ended = play(name);
    assert_eq!(ended.status.code(), Some(101), "{name}: {ended:?}");
    for text in texts {
        assert!(ended.stdout.contains(text), "{name}: {text:?} in {}", ended.stdout);
    }
}

fn passes(name: &str) {
    let ended = play(name);
    assert!(ended.status.success(), "{name}: {ended:?}");
    assert!(ended.stdout.contains("1 passed; 0 failed; 0 ignored"), "{ended:?}");
}

#[test]
fn a_test_passes_that_returns() {
    passes("passes");
}

#[test]
fn a_test_has_a_process_of_its_own_for_which_fork_is_safe() {
    passes("has_one_thread_and_default_signals");
    let sh = format!(
        "trap '' HUP INT QUIT TERM USR1 CHLD; exec {:?} --exact {}",
        env!("CARGO_BIN_EXE_ill-behaved-tests"),
        "has_one_thread_and_default_signals"
    );
    let ended = run(Command::new("sh").args(["-c", &sh]), LONG);
    assert!(ended.status.success(), "{ended:?}");
}

#[test]
fn an_error_and_a_panic_fail_a_test_and_its_output_is_shown() {
    fails("returns_an_error", &["before the error", "no apples"]);
    fails("panics", &["no pears", "ill-behaved-tests.rs"]);
    let ended = play("prints_much");
    assert!(
        ended.stdout.contains("line 39999 of many") && ended.stdout.len() < 2 << 20
    );
    assert!(!ended.stdout.contains("the beginning"), "the last megabyte is kept");
}

#[test]
fn a_test_that_does_not_return_fails() {
    fails("kills_itself", &["killed by SIGKILL"]);
    fails("exits_early", &["exited with code 0 before it returned"]);
    let texts = ["not ended within 500ms: killed", "before the deadline"];
    fails("exceeds_its_deadline", &texts);
}

#[test]
fn a_test_that_leaves_a_process_fails_and_names_it() {
    fails("leaves_a_child", &["left behind: process ", "(sleep 1002)"]);
    fails("leaves_a_zombie", &["left behind: zombie ", "(cat)"]);
    fails("leaves_an_orphan", &["left behind: process ", "(sleep 1001)"]);
}

#[test]
fn a_skipped_test_counts_as_ignored_and_fails_in_ci() {
    let ended = play("is_skipped");
    assert!(ended.status.success(), "{ended:?}");
    let line = "skipped: the tree bears no apples (remedy: plant another)";
    assert!(
        ended.stdout.contains(line)
            && ended.stdout.contains("0 passed; 0 failed; 1 ignored"),
        "{}",
        ended.stdout
    );
    let mut in_ci = ill_behaved("CI", &["--exact", "is_skipped"]);
    let ended = run(in_ci.env("CI", "true"), LONG);
    assert_eq!(ended.status.code(), Some(101), "{ended:?}");
    assert!(ended.stdout.contains("plant another"), "{}", ended.stdout);
}

#[test]
fn the_command_line_is_that_of_libtest() {
    let of = |arguments: &[&str]| run(&mut ill_behaved("list", arguments), LONG).stdout;
    let list = of(&["--list"]);
    assert!(list.starts_with("passes: test\n") && list.lines().count() == 14, "{list}");
    assert_eq!(of(&["--list", "leaves_a"]).lines().count(), 3);
    assert_eq!(of(&["--list", "--ignored"]), "");
    let uncaptured = of(&["--exact", "returns_an_error", "--nocapture"]);
    let (before, after) = uncaptured.split_once("before the error\n").expect("output");
    assert!(
        before.contains("running 1 test") && after.contains("1 failed"),
        "{uncaptured}"
    );
}

/// Starts the program with a test that waits and has an orphan, through this command.
fn waiting(mark: &str, mut command: Command) -> Running {
    let running = start(command.env("MARK", mark));
    until("the orphan sleeps", LONG, || processes_with(mark).contains(": sleep 1001"));
    running
}

#[test]
fn the_death_of_the_test_binary_ends_all_that_its_tests_have_started() {
    let mark = mark("killed binary");
    let command = ill_behaved(&mark, &["--exact", "waits_with_an_orphan"]);
    let running = waiting(&mark, command);
    running.signal(Signal::SIGKILL);
    until("all have ended", LONG, || processes_with(&mark).is_empty());
    assert_eq!(running.wait(LONG).status.signal(), Some(9));
}

#[test]
fn the_death_of_cargo_ends_all_that_its_tests_have_started() {
    let mark = mark("killed cargo");
    // The program's parent; `wait` keeps it from becoming the program.
    let mut cargo = Command::new("sh");
    cargo
        .args(["-c", "\"$0\" --exact waits_with_an_orphan & wait"])
        .arg(env!("CARGO_BIN_EXE_ill-behaved-tests"))
        .env("CARGO_MANIFEST_DIR", env!("CARGO_MANIFEST_DIR"));
    let running = waiting(&mark, cargo);
    running.signal(Signal::SIGKILL);
    until("all have ended", LONG, || processes_with(&mark).is_empty());
    assert_eq!(running.wait(LONG).status.signal(), Some(9));
}

/// The number of the process whose line has this text.
fn find(mark: &str, text: &str) -> Option<Pid> {
    let all = processes_with(mark);
    let line = all.lines().find(|line| line.contains(text))?;
    Some(Pid::from_raw(line.split_once(':')?.0.parse().ok()?))
}

#[test]
fn the_death_of_a_keeper_ends_its_test_and_fails_it() {
    let mark = mark("killed keeper");
    let running = start(&mut ill_behaved(&mark, &["--exact", "waits"]));
    until("the test runs", LONG, || find(&mark, "--process-of-test").is_some());
    kill(find(&mark, "--keeper-of-test").expect("a keeper"), Signal::SIGKILL)
        .expect("it runs");
    let ended = running.wait(LONG);
    assert_eq!(ended.status.code(), Some(101), "{ended:?}");
    assert!(ended.stdout.contains("keeper ended without a report"), "{}", ended.stdout);
    until("the test has ended", LONG, || processes_with(&mark).is_empty());
}

#[test]
fn a_program_ends_with_the_thread_that_has_started_it() {
    let mark = mark("thread");
    let started = std::thread::spawn({
        let mark = mark.clone();
        move || {
            let running = start(Command::new("sleep").arg("1003").env("MARK", &mark));
            assert_ne!(processes_with(&mark), "");
            running
        }
    });
    let running = started.join().expect("it has started");
    assert_eq!(running.wait(LONG).status.signal(), Some(9));
    assert_eq!(processes_with(&mark), "");
}
