//! The keeper of a test: starts the test's process, watches it, and kills everything
//! that it leaves. [`harness`](crate::harness) says what that promises.

use std::io::{PipeReader, Read as _, Write as _, pipe};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::{Completion, Failed};
use nix::sys::prctl::set_child_subreaper;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{PidfdFlags, pidfd_open, pidfd_send_signal};
use serde::{Deserialize, Serialize};
use shared::SKIPPED;

use crate::processes::{self, Process};
use crate::test::{FAILED, KEEPER, PASSED, PROCESS, Test};

/// The time that a process which is ending when its test ends may take to do so.
const GRACE: Duration = Duration::from_secs(1);

/// The bytes of a test's output that are kept, the last ones.
const KEPT: usize = 1 << 20;

/// The report of a keeper.
#[derive(Serialize, Deserialize)]
struct Report {
    faults: Vec<String>,
    skipped: bool,
    output: String,
}

/// Has a keeper run the test.
pub fn run(test: &Test, captured: bool) -> Result<Completion, Failed> {
    // The keeper's standard input: the keeper reports on it, and its end tells the
    // keeper that this process has died.
    let (mut here, there) = UnixStream::pair()?;
    let mut keeper = Command::new("/proc/self/exe")
        .args([KEEPER, test.name, &captured.to_string()])
        .stdin(OwnedFd::from(there))
        // Ctrl-C in a terminal ends the harness, and by that the keeper.
        .process_group(0)
        .spawn()?;
    let mut report = String::new();
    let read = here.read_to_string(&mut report);
    let status = keeper.wait()?;
    read?;
    let Ok(report) = serde_json::from_str::<Report>(&report) else {
        return Err(
            format!("the test's keeper ended without a report: {status}").into()
        );
    };
    if !report.faults.is_empty() {
        return Err(format!("{}\n{}", report.faults.join("\n"), report.output).into());
    }
    Ok(if report.skipped {
        Completion::Ignored { reason: report.output.lines().last().map(str::to_owned) }
    } else {
        Completion::Completed
    })
}

/// The end of a test.
enum End {
    /// By itself.
    Own,
    /// Its deadline has passed.
    Late,
    /// The harness has died.
    Orphaned,
}

/// Keeps a test, reports on standard input.
pub fn main(test: &Test, captured: bool) -> ExitCode {
    let harness = std::io::stdin().as_fd().try_clone_to_owned().expect("a descriptor");
    let report = keep(test, captured, &harness);
    let report = serde_json::to_string(&report).expect("JSON");
    let _the_harness_may_be_dead =
        UnixStream::from(harness).write_all(report.as_bytes());
    ExitCode::SUCCESS
}

fn keep(test: &Test, captured: bool, harness: &OwnedFd) -> Report {
    set_child_subreaper(true).expect("a subreaper");
    let (reader, writer) = pipe().expect("a pipe");
    let mut command = Command::new("/proc/self/exe");
    command
        .args([PROCESS, test.name, &std::process::id().to_string()])
        .stdin(Stdio::null());
    if captured {
        command.stdout(writer.try_clone().expect("a descriptor")).stderr(writer);
    }
    let mut child = command.spawn().expect("a process");
    // With it goes this process's writing end of the pipe.
    drop(command);
    let pidfd =
        pidfd_open(rustix::process::Pid::from_child(&child), PidfdFlags::empty())
            .expect("a pidfd");

    let mut output = Output { reader: Some(reader), kept: Vec::new() };
    let end = watch(&pidfd, harness, &mut output, Instant::now() + test.deadline);
    if !matches!(end, End::Own) {
        let _it_may_have_ended =
            pidfd_send_signal(&pidfd, rustix::process::Signal::KILL);
    }
    let status = child.wait().expect("a status");
    let mut faults: Vec<String> = match end {
        End::Own => fault(status).into_iter().collect(),
        End::Late => vec![format!("not ended within {:?}: killed", test.deadline)],
        End::Orphaned => vec!["the harness has died".to_owned()],
    };
    if matches!(end, End::Own) {
        let left = left_behind().into_iter();
        faults.extend(left.map(|process| format!("left behind: {process}")));
    }
    kill_all();
    output.read_the_rest();
    Report {
        faults,
        skipped: status.code() == Some(i32::from(SKIPPED)),
        output: String::from_utf8_lossy(&output.kept).into_owned(),
    }
}

/// Reads the output until the test ends, its deadline passes, or the harness dies.
fn watch(
    test: &OwnedFd,
    harness: &OwnedFd,
    output: &mut Output,
    deadline: Instant,
) -> End {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return End::Late;
        }
        let timeout = Timespec::try_from(left).expect("a time within a lifetime");
        let mut fds =
            vec![PollFd::new(harness, PollFlags::IN), PollFd::new(test, PollFlags::IN)];
        fds.extend(output.reader.iter().map(|it| PollFd::new(it, PollFlags::IN)));
        if poll(&mut fds, Some(&timeout)).is_err() {
            continue; // Interrupted by a signal.
        }
        let ready: Vec<bool> = fds.iter().map(|fd| !fd.revents().is_empty()).collect();
        if ready[0] {
            return End::Orphaned;
        }
        if ready[1] {
            return End::Own;
        }
        if ready.get(2) == Some(&true) {
            output.read();
        }
    }
}

/// The reason for which a test with this exit status has failed, if it has.
fn fault(status: ExitStatus) -> Option<String> {
    const AS_PASSED: i32 = PASSED as i32;
    const AS_SKIPPED: i32 = SKIPPED as i32;
    const AS_FAILED: i32 = FAILED as i32;
    match (status.code(), status.signal()) {
        (Some(AS_PASSED | AS_SKIPPED), _) => None,
        (Some(AS_FAILED), _) => Some("failed:".to_owned()),
        (Some(code), _) => Some(format!("exited with code {code} before it returned")),
        (None, signal) => {
            let signal = signal.and_then(|number| Signal::try_from(number).ok());
            Some(format!("killed by {}", signal.map_or("a signal", Signal::as_str)))
        }
    }
}

/// The output of a test.
struct Output {
    /// Nothing at its end.
    reader: Option<PipeReader>,
    kept: Vec<u8>,
}

impl Output {
    /// Reads a piece; whether there may be more.
    fn read(&mut self) -> bool {
        let mut piece = [0; 1 << 13];
        let Some(reader) = &mut self.reader else { return false };
        match reader.read(&mut piece) {
            Ok(0) | Err(_) => self.reader = None,
            Ok(length) => self.kept.extend_from_slice(&piece[..length]),
        }
        self.kept.drain(..self.kept.len().saturating_sub(KEPT));
        self.reader.is_some()
    }

    /// Reads whatever has been written; a process out of the keeper's reach may hold
    /// the pipe open.
    fn read_the_rest(&mut self) {
        if let Some(reader) = &self.reader {
            rustix::io::ioctl_fionbio(reader, true).expect("a pipe");
        }
        while self.read() {}
    }
}

/// The processes of the test that run and go on to do so.
fn left_behind() -> Vec<Process> {
    let end = Instant::now() + GRACE;
    loop {
        let running = processes::below(std::process::id()).into_iter();
        let left: Vec<Process> = running.filter(|process| !process.is_zombie).collect();
        if left.is_empty() || Instant::now() > end {
            return left;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Kills and reaps everything below this process.
fn kill_all() {
    loop {
        for process in processes::below(std::process::id()) {
            let _it_may_have_ended = kill(process.pid(), Signal::SIGKILL);
        }
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Err(_) => return,
            Ok(WaitStatus::StillAlive) => std::thread::sleep(Duration::from_millis(1)),
            Ok(_) => {}
        }
    }
}
