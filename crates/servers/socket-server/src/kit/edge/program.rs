//! A server's program, run as a user runs it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::Protocol;
use crate::kit::Client;

/// A server that runs; killed if the test fails.
pub struct Program {
    running: Running,
    /// What it prints, read all the while.
    lines: Receiver<String>,
    port: String,
}

struct Running(Child);

impl Program {
    /// Starts a server on a free port, and waits for its ready line.
    pub fn serving(program: &str, options: &[&str]) -> Self {
        let (running, output, port) = Running::start(program, options);
        let (tell, lines) = mpsc::channel();
        std::thread::spawn(move || {
            output.lines().map_while(Result::ok).try_for_each(|line| tell.send(line))
        });
        Self { running, lines, port }
    }

    pub fn port(&self) -> String {
        self.port.clone()
    }

    pub fn signal(&self, signal: Signal) {
        self.running.signal(signal);
    }

    pub fn next_line(&self) -> String {
        self.lines.recv_timeout(Duration::from_secs(20)).expect("a line")
    }

    /// Stops the server, requires that it ends well and soon, and gives what it has
    /// printed.
    pub fn stop(mut self, signal: Signal) -> Vec<String> {
        self.signal(signal);
        self.running.ends_well_and_soon();
        self.lines.iter().collect()
    }
}

impl Running {
    fn start(
        program: &str,
        options: &[&str],
    ) -> (Self, BufReader<ChildStdout>, String) {
        let mut child = Command::new(program)
            .args(["serve", "--port", "0"])
            .args(options)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let (running, mut ready) = (Self(child), String::new());
        output.read_line(&mut ready).unwrap();
        let address = ready.trim_end().strip_prefix("serving on 127.0.0.1:");
        let port = address.expect("a ready line").to_owned();
        (running, output, port)
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.0.id() as i32), signal).unwrap();
    }

    fn ends_well_and_soon(&mut self) {
        let begin = Instant::now();
        // It promises a second; the machine may be busy.
        while begin.elapsed() < Duration::from_secs(10) {
            if let Some(ended) = self.0.try_wait().unwrap() {
                assert_eq!(ended.code(), Some(0), "{ended}");
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("the server goes on");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ended_already = self.0.kill();
        let _reaped_already = self.0.wait();
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

/// A server whose log is not read goes on serving, and ends when it is told to
/// (finding 15).
pub fn serves_while_its_log_is_not_read(
    program: &str,
    options: &[&str],
    protocol: Protocol,
) {
    let verbose = [&["--verbose"], options].concat();
    let (mut running, mut output, port) = Running::start(program, &verbose);
    // Each client makes two lines of 50 bytes together, and a pipe takes 64 KiB.
    for _ in 0..4_000 {
        let address = format!("127.0.0.1:{port}");
        Client::connect(address, protocol).unwrap().ask("hello").unwrap();
    }
    running.signal(Signal::SIGINT);
    running.ends_well_and_soon();
    let mut said = String::new();
    output.read_to_string(&mut said).unwrap();
    assert!(said.contains(" connected\n"), "{said}");
}
