//! Pid files of several services at one path.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::time::Duration;

use daemon_processes::{Error, PidFile, Service, Stop};
use processes::{ends_within, scope};
use rustix::process::{Pid, Signal, kill_process};
use tests::stepping::{Reached, STRIDE, stop_at, sweep, traced};

tests::main! {
    a_pid_file_removes_no_other_file,
    a_service_leaves_the_pid_file_of_the_next,
    a_second_start_never_names_the_pid_in_a_stale_file,
}

/// The number of no process: it is above the greatest pid.
const STALE: &str = "4194304\n";

fn a_pid_file_removes_no_other_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pid");
    let first = PidFile::lock(&path).unwrap();
    fs::remove_file(&path).unwrap();
    let second = PidFile::lock(&path).unwrap();
    first.remove().unwrap();
    assert!(
        matches!(PidFile::lock(&path), Err(Error::Starting { .. })),
        "a third starts beside the second"
    );
    fs::remove_file(&path).unwrap();
    second.remove().unwrap();
}

fn a_service_leaves_the_pid_file_of_the_next() -> Result<(), processes::Error> {
    let folder = tempfile::tempdir().unwrap();
    let [path, log] = ["pid", "log"].map(|name| folder.path().join(name));
    let service = Service::new("idler", &path, log);
    scope(|_| {
        let first = service.start(Stop::wait).unwrap();
        fs::remove_file(&path).unwrap();
        let second = service.start(Stop::wait).unwrap();
        let pid = Pid::from_raw(first as i32).unwrap();
        kill_process(pid, Signal::TERM).unwrap();
        assert!(ends_within(first, Duration::from_secs(20)).unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("{second}\n"));
        let third = service.start(Stop::wait);
        assert!(matches!(third, Err(Error::Running { pid, .. }) if pid == second));
        // The scope ends the second, as any orphan.
        Ok(())
    })
}

/// A start is stopped at many places, and another one says what it finds there.
fn a_second_start_never_names_the_pid_in_a_stale_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pid");
    let (mut starting, mut running) = (0, 0);
    sweep(3 * STRIDE, |instructions| {
        fs::write(&path, STALE).unwrap();
        scope(|family| {
            let first = family.spawn("first", || {
                let _locked = traced(|| {
                    let mut file = PidFile::lock(&path).unwrap();
                    file.write_pid().unwrap();
                    file
                });
            })?;
            let stopped = stop_at(first.pid(), instructions);
            // Unlocked again before the first goes on.
            let second = PidFile::lock(&path).map(drop);
            let reached = stopped.release();
            match second {
                Ok(()) if reached == Reached::Inside => {}
                Err(Error::Starting { .. }) if reached == Reached::Inside => {
                    starting += 1;
                }
                Err(Error::Running { pid, .. }) => {
                    assert_eq!(pid, first.pid(), "after {instructions} instructions");
                    running += 1;
                }
                other => panic!("after {instructions} instructions: {other:?}"),
            }
            assert!(first.join()?.is_ok());
            Ok(reached)
        })
        .unwrap_or_else(|error: processes::Error| panic!("{error}"))
    });
    assert!(starting > 0 && running > 0, "{starting} starting, {running} running");
}
