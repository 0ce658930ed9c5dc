//! `cargo xtask doctor`: what the machine lacks, and how to get it.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use anyhow::Result;
use rustix::process::{PidfdFlags, getpid, pidfd_open};
use serde::Serialize;

use crate::book::tool::{self, VERSION as MDBOOK};
use crate::print::table::Look;
use crate::twin::{Python, REMEDY};
use crate::workspace::Workspace;

/// Check what the machine lacks for the optional parts, and tell how to get it
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
}

/// What was looked for, and what was found.
#[derive(Debug, Serialize)]
struct Finding {
    what: String,
    /// What needs it.
    wanted_for: &'static str,
    /// Whether nothing works without it.
    required: bool,
    there: bool,
    /// What was found, or how to get it.
    remark: String,
}

/// The exit code is 1 if something is missing that is required.
pub fn doctor(args: &Args, workspace: &Workspace) -> Result<ExitCode> {
    let findings = [
        required(
            "C compiler",
            "linking",
            version("cc"),
            "sudo apt install gcc, or what your system calls it",
        ),
        required(
            "pidfd_open",
            "waiting for processes",
            pidfd(),
            "a Linux kernel from 5.3 on",
        ),
        required(
            "subreaper",
            "finding orphans",
            subreaper(),
            "a Linux kernel from 3.4 on",
        ),
        required(
            "/proc",
            "finding what is left behind",
            folder("/proc/self/task"),
            "mount -t proc proc /proc",
        ),
        required(
            "/dev/shm",
            "finding what is left behind",
            folder("/dev/shm"),
            "mount -t tmpfs tmpfs /dev/shm",
        ),
        optional(
            "2 cores",
            "what runs in parallel",
            cores(),
            "a machine, or a container, with more of them",
        ),
        optional(
            "rustfmt",
            "what CI checks",
            version("rustfmt"),
            "rustup component add rustfmt",
        ),
        optional(
            "clippy",
            "what CI checks",
            version("clippy-driver"),
            "rustup component add clippy",
        ),
        optional(
            "Python 3.11 with venv",
            "the twins, Python's side of benches",
            Python::find().ok().map(|it| it.version),
            REMEDY,
        ),
        optional(
            &format!("mdbook {MDBOOK}"),
            "the book",
            tool::find(workspace).map(|program| program.display().to_string()),
            "cargo xtask book installs it into the target folder",
        ),
        optional(
            "Chromium",
            "the book's tests",
            version("chromium"),
            "sudo apt install chromium",
        ),
        optional(
            "Redis",
            "the scenes of brokers",
            version("redis-server"),
            "sudo apt install redis-server",
        ),
        optional(
            "Memcached",
            "the scenes of brokers",
            version("memcached"),
            "sudo apt install memcached",
        ),
        optional(
            "RabbitMQ",
            "a scene of brokers",
            // Its script takes seconds to tell its version.
            file("/usr/lib/rabbitmq/bin/rabbitmq-server"),
            "sudo apt install rabbitmq-server",
        ),
    ];

    let mut stdout = std::io::stdout().lock();
    if args.json {
        writeln!(stdout, "{}", serde_json::to_string_pretty(&findings)?)?;
    } else {
        writeln!(stdout, "{}", table(&findings, Look::of(&stdout)))?;
    }
    let lacks = findings.iter().any(|finding| finding.required && !finding.there);
    Ok(if lacks { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn required(
    what: &str,
    wanted_for: &'static str,
    found: Option<String>,
    remedy: &str,
) -> Finding {
    Finding { required: true, ..optional(what, wanted_for, found, remedy) }
}

fn optional(
    what: &str,
    wanted_for: &'static str,
    found: Option<String>,
    remedy: &str,
) -> Finding {
    let there = found.is_some();
    Finding {
        what: what.to_owned(),
        wanted_for,
        required: false,
        there,
        remark: found.unwrap_or(remedy.to_owned()),
    }
}

/// The first line of what a program says of its version.
fn version(program: &str) -> Option<String> {
    let output =
        Command::new(program).arg("--version").stdin(Stdio::null()).output().ok()?;
    let said =
        String::from_utf8_lossy(&output.stdout).lines().next().map(str::to_owned);
    said.filter(|_| output.status.success())
}

fn pidfd() -> Option<String> {
    pidfd_open(getpid(), PidfdFlags::empty()).ok().map(|_| kernel())
}

fn subreaper() -> Option<String> {
    nix::sys::prctl::get_child_subreaper().ok().map(|_| kernel())
}

fn kernel() -> String {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("Linux {}", release.trim())
}

fn folder(path: &str) -> Option<String> {
    Path::new(path).is_dir().then(|| path.to_owned())
}

fn file(path: &str) -> Option<String> {
    Path::new(path).is_file().then(|| path.to_owned())
}

fn cores() -> Option<String> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    (cores >= 2).then(|| format!("{cores} cores"))
}

fn table(findings: &[Finding], look: Look) -> String {
    let rows = findings.iter().map(|finding| {
        let sign = match (finding.there, finding.required) {
            (true, _) => '✓',
            (false, true) => '✗',
            (false, false) => '–',
        };
        let remark = if finding.there {
            finding.remark.clone()
        } else {
            format!("get it: {}", finding.remark)
        };
        [format!("{sign} {}", finding.what), finding.wanted_for.to_owned(), remark]
    });
    look.table(["what", "wanted for", "found"], rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_says_so_and_what_is_not_says_how_to_get_it() {
        let there = required("cc", "linking", Some("cc 12".to_owned()), "install it");
        assert!(there.there && there.required && there.remark == "cc 12");
        let missing =
            optional("cc", "linking", version("no-such-compiler"), "install it");
        assert!(!missing.there && !missing.required && missing.remark == "install it");
        let table = table(&[there, missing], Look::plain());
        assert!(
            table.contains("✓ cc")
                && table.contains("– cc")
                && table.contains("get it: install it"),
            "{table}"
        );
    }

    #[test]
    fn this_machine_can_run_what_these_tests_are_part_of() {
        assert!(
            pidfd().is_some()
                && subreaper().is_some()
                && folder("/proc/self/task").is_some()
        );
    }
}
