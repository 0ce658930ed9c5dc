//! The supervisor: starts the program, watches it, and ends what is left of it.

use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use nix::sys::prctl::set_child_subreaper;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use rustix::event::{PollFd, PollFlags};
use rustix::process::{Pid, PidfdFlags, Signal, getgid, pidfd_open, pidfd_send_signal};
use shared::trace::Kind;

use super::order::{Order, Strike};
use super::output::{Keep, Output};
use super::processes;
use super::report::{Ended, Left, Report};
use super::sandbox::Sandbox;

/// How long processes whose parent did not end well may take to notice it.
const GRACE: Duration = Duration::from_secs(1);

/// How many bytes of standard error are kept: the last ones.
const KEEP_STDERR: usize = 64 * 1024;

/// What a supervisor does: takes the order from its standard input, and reports on its
/// standard output.
pub fn serve() -> Result<()> {
    let Some(order) = read_order()? else { return Ok(()) };
    let report = carry_out(&order).map_err(|error| format!("{error:#}"));
    std::io::stdout().write_all(serde_json::to_string(&report)?.as_bytes())?;
    Ok(())
}

/// The order; nothing if the runner is gone already.
fn read_order() -> Result<Option<Order>> {
    let mut order = String::new();
    std::io::stdin().read_line(&mut order)?;
    if order.is_empty() {
        return Ok(None);
    }
    Ok(Some(serde_json::from_str(&order)?))
}

/// Carries out the order; the lifeline is standard input.
fn carry_out(order: &Order) -> Result<Report> {
    set_child_subreaper(true).context("cannot become a subreaper")?;
    let report = run(order);
    if report.is_err() {
        processes::kill_all()?;
    }
    report
}

fn run(order: &Order) -> Result<Report> {
    let sandbox = if order.sandboxed { Some(Sandbox::create()?) } else { None };
    let begin = Instant::now();
    let mut child = start(order, sandbox.as_ref())
        .with_context(|| format!("cannot start {}", order.program.display()))?;
    let stdout = Output::of(child.stdout.take(), Keep::First(order.keep));
    let stderr = Output::of(child.stderr.take(), Keep::Last(KEEP_STDERR));

    let (ended, struck) = watch(&mut child, begin, order)?;
    let time = begin.elapsed();
    let left = clear(ended, order.sandboxed)?;
    // All that it has started is reaped by now, by its parents or by this process.
    let used =
        getrusage(UsageWho::RUSAGE_CHILDREN).context("cannot tell what it has used")?;
    let cpu = used.user_time() + used.system_time();
    let (stdout, stdout_bytes) = stdout.collect(GRACE);
    let (stderr, _) = stderr.collect(GRACE);
    let (records, files) =
        sandbox.map_or_else(|| Ok(Default::default()), Sandbox::clear)?;
    Ok(Report {
        ended,
        time,
        cpu: Duration::from_micros(cpu.num_microseconds().unsigned_abs()),
        // The kernel counts it in KiB.
        peak: used.max_rss().unsigned_abs() * 1024,
        stdout,
        stdout_bytes,
        stderr,
        struck,
        claims: records
            .iter()
            .filter(|record| matches!(record.kind, Kind::Claim { held: true, .. }))
            .count(),
        broken: records
            .iter()
            .filter_map(|record| match &record.kind {
                Kind::Claim { held: false, text, .. } => Some(text.clone()),
                _ => None,
            })
            .collect(),
        records,
        left: left.into_iter().chain(files).collect(),
    })
}

fn start(order: &Order, sandbox: Option<&Sandbox>) -> io::Result<Child> {
    let mut command = Command::new(&order.program);
    command.args(&order.args).envs(order.env.iter().map(|(name, value)| (name, value)));
    // Cargo has named the runner's own package in the environment. A build script that
    // depends on these names, as that of ring does, would run anew each time.
    for (name, _value) in std::env::vars_os() {
        let bytes = name.as_encoded_bytes();
        if bytes.starts_with(b"CARGO_PKG_") || bytes.starts_with(b"CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).process_group(0);
    // The group is what it is anyway. But asked for it, the standard library forks,
    // where it would otherwise take vfork(2): the program's peak of memory would then
    // begin at that of this process, several MB.
    command.gid(getgid().as_raw());
    if let Some(folder) = &order.folder {
        command.current_dir(folder);
    }
    if order.keeps_errors {
        command.stderr(Stdio::piped());
    }
    if let Some(sandbox) = sandbox {
        command.env("TMPDIR", sandbox.tmp()).env("SCENE_TRACE", sandbox.trace());
        // A scene ends with its parent if it is told who that is: should the supervisor
        // be killed, the scene goes too.
        command.env("SCENE_PARENT", std::process::id().to_string());
    }
    command.spawn()
}

/// Waits until the program has ended, by itself or because its time is up or the
/// lifeline is cut. Gives the name of the process that was killed on the way.
fn watch(
    child: &mut Child,
    begin: Instant,
    order: &Order,
) -> Result<(Ended, Option<String>)> {
    let pid = Pid::from_child(child);
    let pidfd =
        pidfd_open(pid, PidfdFlags::empty()).context("cannot watch a process")?;
    let (killed, struck) = std::thread::scope(|scope| {
        let killed = scope.spawn(|| {
            let struck =
                order.strike.map(|it| strike(&pidfd, begin, it)).transpose()?;
            let killed = kill_in_time(&pidfd, begin, order.deadline)?;
            anyhow::Ok((killed, struck.flatten()))
        });
        processes::reap_orphans_until(pid)?;
        killed
            .join()
            .unwrap_or_else(|_| bail!("the thread that watches the deadline panicked"))
    })?;
    let status = child.wait()?;
    Ok((killed.unwrap_or(Ended::of(status)), struck))
}

/// Kills one of the program's processes when it is time, and gives its name; nothing if
/// the program has ended before or the lifeline is cut.
fn strike(pidfd: &OwnedFd, begin: Instant, strike: Strike) -> Result<Option<String>> {
    let lifeline = io::stdin();
    let mut events =
        [PollFd::new(pidfd, PollFlags::IN), PollFd::new(&lifeline, PollFlags::empty())];
    if processes::poll_until(&mut events, Some(begin + strike.after))? {
        return Ok(None);
    }
    Ok(processes::kill_one(strike.choice)?)
}

/// Kills the program when its time is up or the lifeline is cut, and says which;
/// nothing if it ends before.
fn kill_in_time(
    pidfd: &OwnedFd,
    begin: Instant,
    limit: Option<Duration>,
) -> Result<Option<Ended>> {
    let lifeline = io::stdin();
    // Nothing more is ever written to the lifeline: its end is the only event, and it
    // needs no asking for.
    let mut events =
        [PollFd::new(pidfd, PollFlags::IN), PollFd::new(&lifeline, PollFlags::empty())];
    let deadline = limit.map(|limit| begin + limit);
    let in_time = processes::poll_until(&mut events, deadline)?;
    let [ended, cut] = events.map(|event| !event.revents().is_empty());
    if ended {
        return Ok(None);
    }
    pidfd_send_signal(pidfd, Signal::KILL).context("cannot kill a process")?;
    Ok(Some(match limit {
        Some(limit) if !(cut && in_time) => Ended::Late(limit),
        _ => Ended::Interrupted,
    }))
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
fn clear(ended: Ended, sandboxed: bool) -> Result<Vec<Left>> {
    match ended {
        Ended::Code(_) if !sandboxed => return Ok(Vec::new()),
        Ended::Late(_) | Ended::Interrupted => {
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
