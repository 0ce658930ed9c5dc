//! What a guard does with its order: the program is started, watched, and cleared away.

use std::fs;
use std::io::{self, BufRead as _, BufReader};
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use nix::sys::prctl::set_child_subreaper;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use rustix::event::{PollFd, PollFlags};
use rustix::process::{Pid, PidfdFlags, Signal, getgid, pidfd_open, pidfd_send_signal};
use shared::trace::{Kind, Record};
use tempfile::TempDir;

use super::output::{Keep, Output};
use super::{Ended, Left, Order, Report, processes};

/// How long processes whose parent did not end well may take to notice it.
const GRACE: Duration = Duration::from_secs(1);

/// How many bytes of standard error are kept: the last ones.
const KEEP_STDERR: usize = 64 * 1024;

/// Carries out the order; the lifeline is standard input.
pub fn carry_out(order: &Order) -> Result<Report> {
    set_child_subreaper(true).context("cannot become a subreaper")?;
    let report = play(order);
    if report.is_err() {
        processes::kill_all()?;
    }
    report
}

fn play(order: &Order) -> Result<Report> {
    let stage = if order.staged { Some(Stage::build()?) } else { None };
    let begin = Instant::now();
    let mut child = start(order, stage.as_ref())
        .with_context(|| format!("cannot start {}", order.program.display()))?;
    let stdout = Output::of(child.stdout.take(), Keep::First(order.keep));
    let stderr = Output::of(child.stderr.take(), Keep::Last(KEEP_STDERR));

    let ended = watch(&mut child, order.deadline.map(|deadline| begin + deadline))?;
    let time = begin.elapsed();
    let left = clear(ended, order.staged)?;
    // All that it has started is reaped by now, by its parents or by this process.
    let used =
        getrusage(UsageWho::RUSAGE_CHILDREN).context("cannot tell what it has used")?;
    let cpu = used.user_time() + used.system_time();
    let (stdout, stdout_bytes) = stdout.collect(GRACE);
    let (stderr, _) = stderr.collect(GRACE);
    let (records, files) =
        stage.map_or_else(|| Ok(Default::default()), Stage::strike)?;
    Ok(Report {
        ended,
        time,
        cpu: Duration::from_micros(cpu.num_microseconds().unsigned_abs()),
        // The kernel counts it in KiB.
        peak: used.max_rss().unsigned_abs() * 1024,
        stdout,
        stdout_bytes,
        stderr,
        claims: records
            .iter()
            .filter(|record| matches!(record.kind, Kind::Claim { .. }))
            .count(),
        broken: records
            .iter()
            .filter_map(|record| match &record.kind {
                Kind::Broken { text } => Some(text.clone()),
                _ => None,
            })
            .collect(),
        records,
        left: left.into_iter().chain(files).collect(),
    })
}

/// A folder with a TMPDIR for the program, and beside it the trace of what it does.
struct Stage(TempDir);

impl Stage {
    fn build() -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("scene-")
            .tempdir()
            .context("no temporary folder")?;
        let stage = Self(folder);
        fs::create_dir(stage.tmp())
            .with_context(|| format!("cannot create {}", stage.tmp().display()))?;
        Ok(stage)
    }

    fn tmp(&self) -> PathBuf {
        self.0.path().join("tmp")
    }

    fn trace(&self) -> PathBuf {
        self.0.path().join("trace")
    }

    /// Collects what was written down and the files left behind, and removes the
    /// folder.
    fn strike(self) -> Result<(Vec<Record>, Vec<Left>)> {
        let mut records = Vec::new();
        if let Ok(trace) = fs::File::open(self.trace()) {
            for line in BufReader::new(trace).lines() {
                // A process killed as it writes leaves half a line, which tells of
                // nothing that has happened.
                records.extend(serde_json::from_str::<Record>(&line?));
            }
        }
        let mut files = Vec::new();
        list_files(&self.tmp(), "", &mut files)
            .context("cannot list what is left in TMPDIR")?;
        self.0.close().context("cannot remove the temporary folder")?;
        Ok((records, files))
    }
}

/// Lists what a folder holds, by paths relative to the first one.
fn list_files(folder: &Path, prefix: &str, files: &mut Vec<Left>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            let path = format!("{path}/");
            let before = files.len();
            list_files(&entry.path(), &path, files)?;
            if files.len() == before {
                files.push(Left::File { path });
            }
        } else {
            files.push(Left::File { path });
        }
    }
    Ok(())
}

fn start(order: &Order, stage: Option<&Stage>) -> io::Result<Child> {
    let mut command = Command::new(&order.program);
    command.args(&order.args).envs(order.env.iter().map(|(name, value)| (name, value)));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).process_group(0);
    // The group is what it is anyway. But asked for it, the standard library forks,
    // where it would otherwise take vfork(2): the program's peak of memory would then
    // begin at that of this process, several MB.
    command.gid(getgid().as_raw());
    if let Some(folder) = &order.folder {
        command.current_dir(folder);
    }
    if let Some(stage) = stage {
        command
            .env("TMPDIR", stage.tmp())
            .env("SCENE_TRACE", stage.trace())
            .stderr(Stdio::piped());
        // A scene ends with its parent if it is told who that is: should the guard be
        // killed, the scene goes too.
        command.env("SCENE_PARENT", std::process::id().to_string());
    }
    command.spawn()
}

/// Waits until the program has ended, by itself or because its time is up or the
/// lifeline is cut.
fn watch(child: &mut Child, deadline: Option<Instant>) -> Result<Ended> {
    let pid = Pid::from_child(child);
    let pidfd =
        pidfd_open(pid, PidfdFlags::empty()).context("cannot watch a process")?;
    let killed = std::thread::scope(|scope| {
        let killed = scope.spawn(|| kill_in_time(&pidfd, deadline));
        processes::reap_orphans_until(pid)?;
        killed.join().unwrap_or_else(|_| {
            bail!("the thread that watches over the deadline panicked")
        })
    })?;
    let status = child.wait()?;
    Ok(killed.unwrap_or(Ended::of(status)))
}

/// Kills the program when its time is up or the lifeline is cut, and says which;
/// nothing if it ends before.
fn kill_in_time(pidfd: &OwnedFd, deadline: Option<Instant>) -> Result<Option<Ended>> {
    let lifeline = io::stdin();
    // Nothing more is ever written to the lifeline: its end is the only event, and it
    // needs no asking for.
    let mut events =
        [PollFd::new(pidfd, PollFlags::IN), PollFd::new(&lifeline, PollFlags::empty())];
    let in_time = processes::poll_until(&mut events, deadline)?;
    let [ended, cut] = events.map(|event| !event.revents().is_empty());
    if ended {
        return Ok(None);
    }
    pidfd_send_signal(pidfd, Signal::KILL).context("cannot kill a process")?;
    Ok(Some(if cut && in_time { Ended::Interrupted } else { Ended::Late }))
}

impl Ended {
    fn of(status: ExitStatus) -> Self {
        match (status.code(), status.signal()) {
            (Some(code), _) => Self::Code(code),
            (None, signal) => Self::Signal(signal.unwrap_or_default()),
        }
    }
}

/// Ends what still runs below this process, and gives what of it should not have been
/// there.
fn clear(ended: Ended, staged: bool) -> Result<Vec<Left>> {
    match ended {
        Ended::Code(_) if !staged => return Ok(Vec::new()),
        Ended::Late | Ended::Interrupted => {
            processes::kill_all()?;
            return Ok(Vec::new());
        }
        Ended::Code(0) => {}
        Ended::Code(_) | Ended::Signal(_) => processes::let_end(GRACE)?,
    }
    let left = processes::left_behind()?;
    processes::kill_all()?;
    Ok(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_empty_folders_are_listed_by_their_paths() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(folder.path().join("a/b")).expect("folders");
        fs::write(folder.path().join("a/x"), "").expect("a file");
        let mut files = Vec::new();
        list_files(folder.path(), "", &mut files).expect("listed");
        files.sort_by_key(|left| format!("{left:?}"));
        let file = |path: &str| Left::File { path: path.to_owned() };
        assert_eq!(files, [file("a/b/"), file("a/x")]);
    }
}
