//! What the end-to-end tests share: the runner and the topics' programs, built once,
//! and run as a user runs them.
//!
//! ```no_run
//! use std::time::Duration;
//!
//! let topic = &tests::topics()[0];
//! let listed = tests::run(topic.command().arg("--list"), Duration::from_secs(10));
//! assert!(listed.status.success());
//! assert_eq!(listed.stdout.lines().count(), topic.scenes.len());
//! ```
//!
//! # Panics
//! Everything here panics where something goes wrong: a test has no caller to give an
//! error to.

#![deny(unsafe_code)]
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a test fails by panicking, as the crate's page says"
)]

pub mod harness;
pub mod hostile;
mod keeper;
mod processes;
pub mod stepping;
mod test;

pub use harness::skip;

use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::{Pid, getpid, getppid};
use serde::Deserialize;
use shared::SceneDescription;

/// How long the slowest may take that is not measured: a build on a machine that has
/// other things to do.
pub const LONG: Duration = Duration::from_mins(10);

/// The workspace's folder.
#[must_use]
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The runner, `cargo xtask`, to be given its arguments; it runs in the workspace's
/// folder.
#[must_use]
pub fn xtask() -> Command {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    let program = PROGRAM.get_or_init(|| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .args([
                "build",
                "--package",
                "xtask",
                "--message-format=json-render-diagnostics",
            ])
            .current_dir(root());
        let built = run(&mut cargo, LONG);
        assert!(built.status.success(), "{}", built.stderr);
        let messages = built
            .stdout
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        messages
            .filter_map(|message| Some(PathBuf::from(message["executable"].as_str()?)))
            .next_back()
            .unwrap()
    });
    let mut xtask = Command::new(program);
    xtask.current_dir(root());
    xtask
}

/// A topic of the workspace.
#[derive(Debug, Deserialize)]
pub struct Topic {
    /// Its name.
    #[serde(rename = "topic")]
    pub name: String,
    /// Its program.
    pub program: PathBuf,
    /// Its scenes.
    pub scenes: Vec<SceneDescription>,
}

impl Topic {
    /// Its program, to be given its arguments.
    #[must_use]
    pub fn command(&self) -> Command {
        Command::new(&self.program)
    }
}

/// All topics, in reading order, with their programs, which the runner has built as it
/// does for its own use.
#[must_use]
pub fn topics() -> &'static [Topic] {
    static TOPICS: OnceLock<Vec<Topic>> = OnceLock::new();
    TOPICS.get_or_init(|| {
        let list = run(xtask().args(["list", "--json"]), LONG);
        assert!(list.status.success(), "{}", list.stderr);
        serde_json::from_str(&list.stdout).unwrap()
    })
}

/// Whether this machine can play twins: a test that needs that is skipped elsewhere,
/// which a line tells. In CI nothing is skipped.
///
/// # Panics
/// In CI, if Python is missing.
#[must_use]
pub fn python() -> bool {
    let can = "import ensurepip, venv, sys; sys.exit(sys.version_info < (3, 11))";
    let python =
        Command::new("python3").args(["-c", can]).stdin(Stdio::null()).output();
    let can = python.is_ok_and(|python| python.status.success());
    assert!(
        can || std::env::var_os("CI").is_none(),
        "CI must have Python 3.11 or later with venv"
    );
    if !can {
        // Not by a macro, whose output the test harness keeps: the line is to be seen.
        std::io::stderr()
            .write_all(b"skipped: this needs Python 3.11 or later with venv\n")
            .unwrap();
    }
    can
}

/// How a program ended, and what it wrote.
#[derive(Debug)]
pub struct Ended {
    /// How it ended.
    pub status: ExitStatus,
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
}

/// A program that runs, in a process group of its own, without standard input.
#[derive(Debug)]
pub struct Running {
    command: String,
    pid: Pid,
    output: Receiver<std::io::Result<Output>>,
}

/// Runs a program to its end.
///
/// # Panics
/// If it has not ended by the deadline; it is killed then, and what runs in its process
/// group with it.
pub fn run(command: &mut Command, deadline: Duration) -> Ended {
    start(command).wait(deadline)
}

/// Starts a program, which is killed when the calling thread ends: a program does not
/// survive the test that has started it, even if the test is killed.
///
/// No signal is ignored or blocked in it, whatever the test has inherited (nohup, a
/// script's background job).
#[expect(
    unsafe_code,
    reason = "only a child can ask for a signal at its parent's death"
)]
pub fn start(command: &mut Command) -> Running {
    let test = getpid();
    let begin = move || {
        shared::signals::reset()?;
        set_pdeathsig(Signal::SIGKILL)?;
        // A parent that has died before sends no signal.
        if getppid() == test { Ok(()) } else { Err(std::io::ErrorKind::Other.into()) }
    };
    // SAFETY: the closure calls sigaction(2), sigprocmask(2), prctl(2) and getppid(2),
    // and allocates nothing, as the child of a process with threads must not.
    unsafe { command.pre_exec(begin) };
    let child: Child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let pid = Pid::from_raw(child.id() as i32);
    let (sender, output) = mpsc::channel();
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    Running { command: format!("{command:?}"), pid, output }
}

impl Running {
    /// Sends a signal to the program, not to its group.
    pub fn signal(&self, signal: Signal) {
        kill(self.pid, signal).unwrap();
    }

    /// Waits until it has ended, and its output with it.
    ///
    /// # Panics
    /// As [`run`].
    #[must_use]
    pub fn wait(self, deadline: Duration) -> Ended {
        let Ok(output) = self.output.recv_timeout(deadline) else {
            let killed = killpg(self.pid, Signal::SIGKILL);
            panic!(
                "{} did not end within {deadline:?} (killed: {killed:?})",
                self.command
            );
        };
        let Output { status, stdout, stderr } = output.unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ended { status, stdout: text(stdout), stderr: text(stderr) }
    }
}

/// Waits until something is true.
///
/// # Panics
/// If it has not become true by the deadline.
pub fn until(what: &str, deadline: Duration, mut is_true: impl FnMut() -> bool) {
    let end = Instant::now() + deadline;
    while !is_true() {
        assert!(Instant::now() < end, "not within {deadline:?}: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The processes, by number and command line, in whose environment a text stands: a
/// TMPDIR that only they have.
#[must_use]
pub fn processes_with(text: &str) -> String {
    let mut found = String::new();
    for entry in std::fs::read_dir("/proc").unwrap().filter_map(Result::ok) {
        // One that has gone meanwhile has no environment any more.
        let environment =
            std::fs::read(entry.path().join("environ")).unwrap_or_default();
        if String::from_utf8_lossy(&environment).contains(text) {
            let line = std::fs::read_to_string(entry.path().join("cmdline"))
                .unwrap_or_default();
            writeln!(
                found,
                "{}: {}",
                entry.file_name().display(),
                line.replace('\0', " ")
            )
            .unwrap();
        }
    }
    found
}
