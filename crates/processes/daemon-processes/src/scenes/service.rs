//! N2.8: a Unix daemon: a service with a session, a pid file and a log of its own.

use std::fs;
use std::path::Path;
use std::time::Duration;

use daemon_processes::{Error, Service, Stop};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{Pid, getsid};
use shared::{Result, claim, pace, say, trace};

pub fn play() -> Result {
    let folder = tempfile::tempdir()?;
    let [pid_file, log] =
        ["watchman.pid", "watchman.log"].map(|name| folder.path().join(name));
    let service = Service::new("watchman", &pid_file, &log);
    let scene = std::process::id();
    // The scope adopts the service, which has no family of its own any more, and would
    // end it if the scene failed.
    processes::scope(|_| {
        let first = service.start(|stop| watch(stop, scene))?;
        say!("started");
        let session = getsid(Some(pid(first)))?;
        claim!(session != getsid(None)?, "it has a session of its own");
        claim!(
            session != pid(first),
            "which it does not lead, so no terminal can ever become its own"
        );

        let again = service.start(|stop| watch(stop, scene));
        say!(
            "started again: {}",
            again.as_ref().map_or_else(Error::to_string, u32::to_string)
        );
        let refused = matches!(again, Err(Error::Running { pid, .. }) if pid == first);
        claim!(refused, "a second start is refused, and names the process that runs");
        end_cleanly(first, Signal::SIGTERM, &pid_file)?;

        let second = service.start(|stop| watch(stop, scene))?;
        send(Signal::SIGKILL, second)?;
        claim!(
            processes::ends_within(second, Duration::from_secs(10))?,
            "SIGKILL ends it"
        );
        say!("killed, its pid file says {}", who(&pid_file, second)?);
        claim!(pid_file.exists(), "SIGKILL leaves it no time to remove its pid file");

        let third = service.start(|stop| watch(stop, scene))?;
        say!("started, its pid file says {}", who(&pid_file, third)?);
        claim!(who(&pid_file, third)? == "it", "the next one takes over the file");
        end_cleanly(third, Signal::SIGINT, &pid_file)?;

        say!("its log:");
        fs::read_to_string(&log)?.lines().for_each(|line| say!("  {line}"));
        Ok(())
    })
}

fn watch(stop: &Stop, scene: u32) -> Result {
    println!("on watch");
    let _on_watch = trace::span("on watch");
    while !stop.wait_timeout(pace::secs(1.0)) {
        // A service goes on, whatever becomes of those who have started it. But a scene
        // leaves nothing behind.
        if processes::ends_within(scene, Duration::ZERO)? {
            return Ok(());
        }
    }
    println!("asked to end");
    Ok(())
}

fn end_cleanly(service: u32, signal: Signal, pid_file: &Path) -> Result {
    send(signal, service)?;
    claim!(
        processes::ends_within(service, Duration::from_secs(10))?,
        "{signal} ends it"
    );
    let exit = waitpid(pid(service), None)?;
    claim!(exit == WaitStatus::Exited(pid(service), 0), "cleanly");
    claim!(!pid_file.exists(), "and its pid file is removed");
    Ok(())
}

fn send(signal: Signal, service: u32) -> Result {
    trace::signal(signal.as_str(), "watchman", service as i32);
    Ok(kill(pid(service), signal)?)
}

fn who(pid_file: &Path, expected: u32) -> Result<&'static str> {
    let said = fs::read_to_string(pid_file)?;
    Ok(if said.trim() == expected.to_string() { "it" } else { "somebody else" })
}

fn pid(of: u32) -> Pid {
    Pid::from_raw(of as i32)
}
