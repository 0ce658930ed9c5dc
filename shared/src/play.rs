//! The process of one scene: what surrounds `play`.

use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use nix::errno::Errno;
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::Signal;
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::unistd::getppid;

use crate::skip::{SKIPPED, Skipped};
use crate::topic::{Need, Scene};
use crate::{Result, lane, line, signals, trace};

/// The environment variable that names, to a scene's process, the process that plays
/// the topic.
pub(crate) const PARENT: &str = "SCENE_PARENT";

/// Plays a scene of `topic` in this process: 0 if every claim held, 1 if one broke or
/// the scene failed, [`SKIPPED`] if it cannot run here.
pub(crate) fn play(topic: &str, scene: &Scene) -> Result<ExitCode> {
    signals::reset().context("cannot reset the signals")?;
    end_with_parent()?;
    let described = scene.describe()?;
    let whose = format!("{topic}/{}", scene.name);
    line::mark(&format!(
        "{} · {} · {}",
        described.name,
        described.notes.join(" "),
        described.about
    ));
    report_panics_in_one_line(whose.clone());
    trace::birth(&lane::process());

    let play = || {
        (scene.play)()?;
        check_threads(scene)?;
        check_children()
    };
    let played = catch_unwind(AssertUnwindSafe(play));
    let skipped = match &played {
        Ok(Err(error)) => error.downcast_ref::<Skipped>(),
        _ => None,
    };
    if let Some(skipped) = skipped {
        line::mark(&skipped.to_string());
        trace::exit("skipped");
        return Ok(ExitCode::from(SKIPPED));
    }
    let failed = "the scene failed";
    trace::exit(if matches!(played, Ok(Ok(()))) { "ended well" } else { failed });
    match played {
        Ok(Ok(())) => Ok(ExitCode::SUCCESS),
        Ok(Err(error)) => {
            eprintln!("{whose}: {}", in_one_line(&format!("{error:#}")));
            Ok(ExitCode::FAILURE)
        }
        Err(_reported_by_the_hook) => Ok(ExitCode::FAILURE),
    }
}

/// Ends this scene when the program that plays the whole topic is killed.
fn end_with_parent() -> Result {
    let parent = getppid().to_string();
    if std::env::var(PARENT).is_ok_and(|expected| expected == parent) {
        set_pdeathsig(Signal::SIGKILL)?;
        ensure!(
            getppid().to_string() == parent,
            "the program that plays the topic has been killed"
        );
    }
    Ok(())
}

/// Requires that the threads of the scene have ended, unless the scene says that it
/// keeps some.
fn check_threads(scene: &Scene) -> Result {
    // A thread that has been joined takes a moment to leave /proc.
    let deadline = Instant::now() + Duration::from_secs(1);
    loop {
        let threads = threads()?;
        if threads.len() <= 1 || scene.needs.contains(&Need::Threads) {
            return Ok(());
        }
        if Instant::now() > deadline {
            bail!(
                "left {} threads running: {}",
                threads.len() - 1,
                threads[1..].join(", ")
            );
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Requires that the scene has waited for each child that has ended. Only the scene can
/// tell: at its end its zombies go where the orphans of other processes have gone.
fn check_children() -> Result {
    let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
    match waitid(Id::All, flags) {
        Ok(status) => match status.pid() {
            Some(pid) => {
                bail!("left process {pid} a zombie: ended, but not waited for")
            }
            None => Ok(()),
        },
        Err(Errno::ECHILD) => Ok(()),
        Err(error) => Err(error).context("cannot look for children"),
    }
}

/// The names of this process's threads, the first one first.
fn threads() -> Result<Vec<String>> {
    let mut tasks = std::fs::read_dir("/proc/self/task")
        .and_then(|tasks| {
            tasks.map(|task| Ok(task?.path())).collect::<std::io::Result<Vec<_>>>()
        })
        .context("/proc/self/task")?;
    tasks.sort();
    // A thread that ends just now has no name any more, and is no longer of interest.
    let names =
        tasks.iter().filter_map(|task| std::fs::read_to_string(task.join("comm")).ok());
    Ok(names.map(|name| name.trim_end().to_owned()).collect())
}

fn report_panics_in_one_line(whose: String) {
    std::panic::set_hook(Box::new(move |panic: &PanicHookInfo<'_>| {
        let message = panic.payload_as_str().unwrap_or("with a value that is no text");
        let place =
            panic.location().map_or_else(String::new, |place| format!(" at {place}"));
        eprintln!(
            "{whose}: {} panicked{place}: {}",
            lane::current(),
            in_one_line(message)
        );
    }));
}

/// The lines of an error or a panic, joined by spaces.
pub(crate) fn in_one_line(text: &str) -> String {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_many_lines_become_one() {
        assert_eq!(in_one_line("left: 1\n  right: 2\n\n"), "left: 1 right: 2");
    }
}
