//! A server's program, run as a user runs it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// A server that runs; killed if the test fails.
pub struct Program {
    child: Child,
    /// What it prints, read all the while: a server whose log nobody reads stands still
    /// when the pipe is full.
    lines: Receiver<String>,
    port: String,
}

impl Program {
    /// Starts a server on a free port, and waits for its ready line.
    pub fn serving(program: &str, options: &[&str]) -> Self {
        let mut child = Command::new(program)
            .args(["serve", "--port", "0"])
            .args(options)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (tell, lines) = mpsc::channel();
        std::thread::spawn(move || {
            output.lines().map_while(Result::ok).try_for_each(|line| tell.send(line))
        });
        let ready: String =
            lines.recv_timeout(Duration::from_secs(20)).expect("a ready line");
        let port = ready
            .strip_prefix("serving on 127.0.0.1:")
            .expect("a ready line")
            .to_owned();
        Self { child, lines, port }
    }

    pub fn port(&self) -> String {
        self.port.clone()
    }

    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id() as i32), signal).unwrap();
    }

    pub fn next_line(&self) -> String {
        self.lines.recv_timeout(Duration::from_secs(20)).expect("a line")
    }

    /// Stops the server, requires that it ends well and soon, and gives what it has
    /// printed.
    pub fn stop(mut self, signal: Signal) -> Vec<String> {
        let begin = Instant::now();
        self.signal(signal);
        let rest = self.lines.iter().collect();
        let ended = self.child.wait().unwrap();
        assert_eq!(ended.code(), Some(0), "{ended}");
        // It promises a second; the machine may be busy.
        assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
        rest
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _reaped_already = self.child.wait();
    }
}

/// Runs a program to its end; its exit code, and what it has printed on either output.
pub fn at_its_end(
    program: &str,
    options: &[&str],
    input: &str,
) -> (Option<i32>, String, String) {
    let mut child = Command::new(program)
        .args(options)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may end before it has read all.
    let _gone = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// Serves, talks with piped input up to `q`, asks for statistics, and stops while a
/// silent client is connected.
pub fn serve_and_talk(
    program: &str,
    of_server: &[&str],
    of_client: &[&str],
    answers: &[&str],
) {
    let server = Program::serving(program, of_server);
    let port = server.port();
    let talk = [&["talk", "--port", &port], of_client].concat();
    let (code, said, errors) =
        at_its_end(program, &talk, "hello\n\n   \nq?\nq\nnever sent\n");
    assert_eq!((code, errors.as_str()), (Some(0), ""));
    assert_eq!(said.lines().collect::<Vec<_>>(), answers);
    let (code, said, _) = at_its_end(program, &talk, "");
    assert_eq!(
        (code, said.contains("hello")),
        (Some(0), false),
        "the end of input ends"
    );

    let _silent = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    server.signal(Signal::SIGUSR1);
    let told = server.next_line();
    assert!(
        told.starts_with("connections ") && told.contains("messages 2, bytes 7 in"),
        "{told}"
    );
    let told = server.stop(Signal::SIGINT);
    assert!(told[0] == "stopping" && told[1].starts_with("connections "), "{told:?}");
}

/// Loads a server, with silent and resetting clients beside, and requires that no byte
/// was wrong.
pub fn load(program: &str, options: &[&str]) {
    let server = Program::serving(program, options);
    let port = server.port();
    let few = [
        "load",
        "--port",
        &port,
        "--connections",
        "7",
        "--idle",
        "20",
        "--seconds",
        "1",
        "--resets",
        "50",
    ];
    let (code, said, errors) = at_its_end(program, &[&few, options].concat(), "");
    assert_eq!((code, errors.as_str()), (Some(0), ""), "{said}");
    assert!(
        said.contains("requests/s, p50 ") && said.trim_end().ends_with("errors 0"),
        "{said}"
    );
    assert!(!said.contains("resets 0,"), "{said}");
    server.stop(Signal::SIGTERM);
}
