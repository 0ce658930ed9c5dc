//! N2.8: a Unix daemon: a service with a session, a pid file and a log of its own.

use std::fs;
use std::path::Path;
use std::time::Duration;

use daemon_processes::{Error, Service, Stop};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{Pid, getsid};
use processes::ends_within;
use shared::{Result, claim, pace, say, trace};

pub fn play() -> Result {
    let folder = tempfile::tempdir()?;
    let pid_file = folder.path().join("watchman.pid");
    let log = folder.path().join("watchman.log");
    let service = Service::new("watchman", &pid_file, &log);
    let scene = std::process::id();
    // The scope adopts the service, which has no family of its own any more, and would
    // end it if the scene failed.
    processes::scope(|_| {
        let start = || service.start(|stop| watch(stop, scene));
        let first = start()?;
        say!("started");
        let session = getsid(Some(pid(first)))?;
        claim!(session != getsid(None)?, "the service has a session of its own");
        // Only the leader of a session can get a terminal for it.
        claim!(session != pid(first), "the service does not lead its session");

        let again = start();
        let refusal = again.as_ref().map_or_else(Error::to_string, u32::to_string);
        say!("started again: {refusal}");
        let refused = matches!(again, Err(Error::Running { pid, .. }) if pid == first);
        claim!(refused, "a second start is refused, and names the process that runs");
        end_cleanly(first, Signal::SIGTERM, &pid_file)?;

        let second = start()?;
        claim!(end(second, Signal::SIGKILL)?, "SIGKILL ends the service");
        say!("killed, its pid file is left behind");
        claim!(pid_in(&pid_file)? == second, "a killed service leaves its pid file");

        let third = start()?;
        say!("started, it takes over the pid file");
        claim!(pid_in(&pid_file)? == third, "the next service takes over the pid file");
        end_cleanly(third, Signal::SIGINT, &pid_file)?;

        say!("its log:");
        fs::read_to_string(&log)?.lines().for_each(|line| say!("  {line}"));
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

fn end_cleanly(service: u32, signal: Signal, pid_file: &Path) -> Result {
    claim!(end(service, signal)?, "{signal} ends the service");
    let cleanly = waitpid(pid(service), None)? == WaitStatus::Exited(pid(service), 0);
    claim!(cleanly, "after {signal} its exit code is 0");
    claim!(!pid_file.exists(), "after {signal} its pid file is removed");
    Ok(())
}

fn end(service: u32, signal: Signal) -> Result<bool> {
    trace::signal(signal.as_str(), "watchman", service as i32);
    kill(pid(service), signal)?;
    Ok(ends_within(service, Duration::from_secs(10))?)
}

fn pid_in(pid_file: &Path) -> Result<u32> {
    Ok(fs::read_to_string(pid_file)?.trim().parse()?)
}

fn pid(of: u32) -> Pid {
    Pid::from_raw(of as i32)
}
