//! A headless Chromium, driven by the `DevTools` protocol over a pair of pipes.
//!
//! Chromium reads commands from descriptor 3 and writes answers and events to
//! descriptor 4, each as JSON with a NUL behind it (`--remote-debugging-pipe`).

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;
use tests::{processes_with, until};

use super::PATIENCE;

/// The names under which systems have it.
const NAMES: [&str; 4] =
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

const FLAGS: [&str; 10] = [
    "--headless",
    "--remote-debugging-pipe",
    // The sandbox needs rights that a container may not have.
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    "--no-first-run",
    // The browser shows pages of the loopback, and connects to nothing else.
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// The browser; it ends when this is dropped, and also when its pipes break.
pub struct Chromium {
    child: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
    last: u64,
    /// The events that came while an answer was awaited.
    pub events: Vec<Value>,
    profile: TempDir,
}

impl Chromium {
    /// The name of the browser on this machine, if there is one.
    pub fn name() -> Option<&'static str> {
        let version = |name: &&&str| {
            let mut command = Command::new(name);
            command.arg("--version").stdin(Stdio::null()).output().is_ok()
        };
        NAMES.iter().find(version).copied()
    }

    pub fn start() -> Self {
        let profile = TempDir::new().expect("a folder");
        // The shell makes descriptors 3 and 4 of the pipes.
        let mut child = Command::new("sh")
            .args(["-c", r#"exec "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#, "sh"])
            .arg(Self::name().expect("Chromium"))
            .args(FLAGS)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .env("TMPDIR", profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Chromium starts");
        let commands = child.stdin.take().expect("a pipe");
        let answers = BufReader::new(child.stdout.take().expect("a pipe"));
        Self { child, commands, answers, last: 0, events: Vec::new(), profile }
    }

    /// Has a command carried out, in a session or by the browser itself; its result.
    ///
    /// # Panics
    /// If the browser refuses the command.
    pub fn call(
        &mut self,
        session: Option<&str>,
        method: &str,
        params: &Value,
    ) -> Value {
        self.last += 1;
        let mut command =
            json!({ "id": self.last, "method": method, "params": params });
        if let Some(session) = session {
            command["sessionId"] = session.into();
        }
        self.commands
            .write_all(format!("{command}\0").as_bytes())
            .expect("Chromium runs");
        loop {
            let mut message = self.receive();
            if message["id"] == self.last {
                assert!(message["error"].is_null(), "{method}: {}", message["error"]);
                return message["result"].take();
            }
            self.events.push(message);
        }
    }

    fn receive(&mut self) -> Value {
        let mut message = Vec::new();
        self.answers.read_until(0, &mut message).expect("Chromium runs");
        assert_eq!(message.pop(), Some(0), "Chromium has ended");
        serde_json::from_slice(&message).expect("JSON")
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _it_may_have_ended = self.child.kill();
        let _status = self.child.wait();
        // The processes that it has started notice its death.
        let mark = self.profile.path().display().to_string();
        until("all of Chromium has ended", PATIENCE, || {
            processes_with(&mark).is_empty()
        });
    }
}
