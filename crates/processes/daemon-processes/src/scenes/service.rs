//! N2.8: a Unix daemon: a service with a session, a pid file and a log of its own.

use std::fs::read_to_string;
use std::path::Path;
use std::process::id;
use std::time::Duration;

use daemon_processes::{Error, Service, Stop};
use processes::{Exit, Process, ends_within, session};
use shared::{Result, claim, pace, say};

pub fn play() -> Result {
    let folder = tempfile::tempdir()?;
    let pid_file = folder.path().join("watchman.pid");
    let log = folder.path().join("watchman.log");
    let service = Service::new("watchman", &pid_file, &log);
    let scene = id();
    // A service leaves its parent. The scope gets it as an orphan, and adopts it to
    // learn how it ends.
    processes::scope(|family| {
        let start = || service.start(|stop| watch(stop, scene));
        let first = family.adopt("watchman", start()?)?;
        say!("started");
        let its = session(first.pid())?;
        claim!(its != session(scene)?, "the service has a session of its own");
        // Only the leader of a session can get a terminal for it.
        claim!(its != Some(first.pid()), "the service does not lead its session");

        let again = start();
        if let Err(refusal) = &again {
            say!("started again: {refusal}");
        }
        let refused =
            matches!(again, Err(Error::Running { pid, .. }) if pid == first.pid());
        claim!(refused, "a second start is refused and names the running process");
        end_cleanly(&first, &pid_file)?;

        let second = family.adopt("watchman", start()?)?;
        second.kill()?;
        say!("{}, its pid file is left behind", second.join()?);
        let left = pid_in(&pid_file);
        claim!(left == Some(second.pid()), "a killed service leaves its pid file");

        let third = start();
        say!("started, it takes over the pid file");
        let taken = pid_in(&pid_file)
            .is_some_and(|pid| third.as_ref().is_ok_and(|third| *third == pid));
        claim!(taken, "the next service takes over the pid file");
        end_cleanly(&family.adopt("watchman", third?)?, &pid_file)?;

        let log = read_to_string(&log)?;
        say!("its log:");
        log.lines().for_each(|line| say!("  {line}"));
        let asked = log.matches("asked to end").count();
        claim!(asked == 2, "the killed service was not asked to end");
        Ok(())
    })
}

fn watch(stop: &Stop, scene: u32) -> Result {
    println!("on watch");
    // A service outlives the process that started it, but a scene leaves no process.
    while !stop.wait_timeout(pace::secs(1.0)) && !ends_within(scene, Duration::ZERO)? {}
    println!("asked to end");
    Ok(())
}

fn end_cleanly(service: &Process, pid_file: &Path) -> Result {
    service.terminate()?;
    claim!(service.join()? == Exit::Ok, "the service ends well after SIGTERM");
    claim!(!pid_file.exists(), "the service removes its pid file after SIGTERM");
    Ok(())
}

fn pid_in(pid_file: &Path) -> Option<u32> {
    read_to_string(pid_file).ok()?.trim().parse().ok()
}
