//! Services, and daemons whose parent is killed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::{Read as _, Write as _, pipe};
use std::os::fd::OwnedFd;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use daemon_processes::{Error, Service, Stop};
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{Pid, getsid};
use processes::held::{NoFork, PrivateFd};
use processes::{Exit, ends_within, scope};
use tempfile::TempDir;

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(20);

tests::main! {
    it_leaves_everything_behind_and_ends_when_it_is_asked_to,
    a_second_start_is_refused_by_the_pid_of_the_first,
    of_many_starts_at_once_one_succeeds,
    a_killed_service_is_no_obstacle,
    what_goes_wrong_in_it_stands_in_its_log,
    what_cannot_be_opened_is_named,
    a_service_that_cannot_begin_says_why,
    fork_is_refused_in_the_presence_of_threads,
    fork_is_refused_while_a_guard_is_held,
    a_service_has_no_end_of_a_pipe_that_is_private_to_its_starter,
    a_daemon_is_gone_at_once_when_its_parent_is_killed,
    a_daemon_is_gone_at_once_when_its_parents_code_ends,
}

/// A service in a folder of its own.
fn service() -> (TempDir, Service) {
    let folder = tempfile::tempdir().unwrap();
    let [pid_file, log] = ["pid", "log"].map(|name| folder.path().join(name));
    (folder, Service::new("idler", pid_file, log))
}

fn read(folder: &TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap()
}

fn end(service: u32, signal: Signal) -> WaitStatus {
    let service_pid = Pid::from_raw(service as i32);
    kill(service_pid, signal).unwrap();
    assert!(ends_within(service, LONG).unwrap());
    waitpid(service_pid, None).unwrap()
}

fn it_leaves_everything_behind_and_ends_when_it_is_asked_to()
-> Result<(), processes::Error> {
    for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP] {
        scope(|_| {
            let (folder, service) = service();
            let pid = service
                .start(|stop| {
                    println!("{}", std::env::current_dir().unwrap().display());
                    println!(
                        "{} bytes of input",
                        std::io::stdin().read(&mut [0]).unwrap()
                    );
                    stop.wait();
                    assert!(
                        stop.wait_timeout(Duration::ZERO),
                        "once asked, it stays asked"
                    );
                    print!("without a newline");
                })
                .unwrap();
            assert_eq!(read(&folder, "pid"), format!("{pid}\n"));
            let session = getsid(Some(Pid::from_raw(pid as i32))).unwrap();
            assert!(session != getsid(None).unwrap() && session.as_raw() as u32 != pid);
            assert_eq!(
                end(pid, signal),
                WaitStatus::Exited(Pid::from_raw(pid as i32), 0)
            );
            assert_eq!(read(&folder, "log"), "/\n0 bytes of input\nwithout a newline");
            assert!(!folder.path().join("pid").exists());
            Ok::<(), processes::Error>(())
        })?;
    }
    Ok(())
}

fn a_second_start_is_refused_by_the_pid_of_the_first() -> Result<(), processes::Error> {
    scope(|_| {
        let (folder, service) = service();
        let first = service.start(Stop::wait).unwrap();
        let refused = service.start(|_| panic!("never called")).unwrap_err();
        let path = folder.path().join("pid");
        assert_eq!(
            refused.to_string(),
            format!("{}: process {first} is running already", path.display())
        );
        end(first, Signal::SIGTERM);
        let second = service.start(Stop::wait).unwrap();
        end(second, Signal::SIGTERM);
        Ok(())
    })
}

fn of_many_starts_at_once_one_succeeds() -> Result<(), processes::Error> {
    scope(|family| {
        let (folder, service) = service();
        for number in 0..8 {
            let (folder, service) = (&folder, &service);
            family.spawn("starter", move || match service.start(Stop::wait) {
                Ok(pid) => {
                    fs::write(
                        folder.path().join(format!("started-{number}")),
                        pid.to_string(),
                    )
                    .unwrap();
                }
                Err(Error::Running { .. } | Error::Starting { .. }) => {}
                Err(other) => panic!("{other}"),
            })?;
        }
        family.join()?;
        let names = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let started: Vec<_> =
            names.filter(|name| name.starts_with("started-")).collect();
        let [started] = &started[..] else { panic!("started: {started:?}") };
        assert_eq!(read(&folder, "pid"), format!("{}\n", read(&folder, started)));
        // The scope ends it, as any orphan.
        Ok(())
    })
}

fn a_killed_service_is_no_obstacle() -> Result<(), processes::Error> {
    scope(|_| {
        let (folder, service) = service();
        for _ in 0..10 {
            let pid = service.start(Stop::wait).unwrap();
            assert_eq!(read(&folder, "pid"), format!("{pid}\n"));
            assert!(matches!(end(pid, Signal::SIGKILL), WaitStatus::Signaled(..)));
            assert_eq!(read(&folder, "pid"), format!("{pid}\n"));
        }
        Ok(())
    })
}

fn what_goes_wrong_in_it_stands_in_its_log() -> Result<(), processes::Error> {
    scope(|_| {
        let (folder, service) = service();
        let failing = service.start(|_| Err::<(), _>("no apples")).unwrap();
        assert!(ends_within(failing, LONG).unwrap());
        assert!(matches!(
            waitpid(Pid::from_raw(failing as i32), None),
            Ok(WaitStatus::Exited(_, 1))
        ));
        assert_eq!(read(&folder, "log"), "idler: no apples\n");

        let panicking = service.start(|_| panic!("on purpose")).unwrap();
        assert!(ends_within(panicking, LONG).unwrap());
        assert!(matches!(
            waitpid(Pid::from_raw(panicking as i32), None),
            Ok(WaitStatus::Exited(_, 101))
        ));
        assert!(read(&folder, "log").contains("on purpose"));
        assert!(!folder.path().join("pid").exists());
        Ok(())
    })
}

fn what_cannot_be_opened_is_named() {
    let (folder, _) = service();
    let here = |name: &str| folder.path().join(name);
    fs::write(here("letter"), "dear sir").unwrap();
    for (pid_file, log, said) in [
        (here("no/pid"), here("log"), here("no/pid").display().to_string()),
        (here("pid"), here("no/log"), here("no/log").display().to_string()),
        (
            here("letter"),
            here("log"),
            format!("{} is not a pid file", here("letter").display()),
        ),
    ] {
        let refused = Service::new("idler", pid_file, log).start(|_| ()).unwrap_err();
        assert_eq!(refused.to_string(), said);
    }
    assert_eq!(read(&folder, "letter"), "dear sir");
    assert!(!here("pid").exists());
}

fn a_service_that_cannot_begin_says_why() -> Result<(), processes::Error> {
    scope(|family| {
        let (_folder, service) = service();
        let starter = family.spawn("starter", || {
            // From here on a process that writes to a file is ended by SIGXFSZ, as the
            // service is when it writes its pid.
            setrlimit(Resource::RLIMIT_FSIZE, 0, 0).unwrap();
            let refused = service.start(|_| panic!("never called")).unwrap_err();
            assert_eq!(refused.to_string(), "idler did not start: it has died");
        })?;
        assert_eq!(starter.join()?, Exit::Ok);
        Ok(())
    })
}

fn fork_is_refused_in_the_presence_of_threads() {
    let (folder, service) = service();
    let (sender, receiver) = channel::<()>();
    let thread = std::thread::spawn(move || receiver.recv());
    let refused = service.start(|_| ()).unwrap_err().to_string();
    assert!(
        refused.starts_with("cannot start idler: this process has 2 threads"),
        "{refused}"
    );
    drop(sender);
    assert!(thread.join().unwrap().is_err());
    assert!(!folder.path().join("pid").exists());
}

fn fork_is_refused_while_a_guard_is_held() {
    let (folder, service) = service();
    let _guard = NoFork::new("a guard");
    let refused = service.start(|_| ()).unwrap_err().to_string();
    assert!(
        refused.starts_with("cannot start idler: this thread holds a guard"),
        "{refused}"
    );
    assert!(!folder.path().join("pid").exists());
}

/// The peer of a process that has gone would wait for as long as the service runs.
fn a_service_has_no_end_of_a_pipe_that_is_private_to_its_starter()
-> Result<(), processes::Error> {
    scope(|family| {
        let (_folder, service) = service();
        let (mut reader, writer) = pipe().unwrap();
        let starter = family.spawn("starter", || {
            let private = PrivateFd::new(OwnedFd::from(writer));
            let service = service.start(move |stop| {
                assert!(private.get().is_none());
                stop.wait();
            });
            assert!(service.is_ok());
        })?;
        assert!(starter.join()?.is_ok());
        assert_eq!(reader.read(&mut [0]).unwrap(), 0, "the pipe has ended");
        // The scope ends the service, as any orphan.
        Ok(())
    })
}

fn a_daemon_is_gone_at_once_when_its_parent_is_killed() -> Result<(), processes::Error>
{
    const ROUNDS: usize = 50;
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        scope(|family| {
            let (mut birth, born) = pipe().unwrap();
            let parent = family.spawn("parent", move || {
                scope(|inner| {
                    inner.daemon("daemon", || {
                        (&born).write_all(&std::process::id().to_ne_bytes()).unwrap();
                        wait_for_ever()
                    })?;
                    wait_for_ever()
                })
            })?;
            let mut pid = [0; 4];
            birth.read_exact(&mut pid).unwrap();
            let killed = Instant::now();
            parent.kill()?;
            assert!(ends_within(u32::from_ne_bytes(pid), LONG).unwrap());
            times.push(killed.elapsed());
            let _killed_on_purpose = parent.join()?;
            Ok::<(), processes::Error>(())
        })?;
    }
    times.sort();
    println!(
        "gone after {:?} in the middle, {:?} at most",
        times[ROUNDS / 2],
        times[ROUNDS - 1]
    );
    // The one in the middle: on a busy machine some may have to wait for a core.
    assert!(times[ROUNDS / 2] < Duration::from_millis(100), "{times:?}");
    Ok(())
}

/// Another child, for which the scope waits, ends when the daemon has.
fn a_daemon_is_gone_at_once_when_its_parents_code_ends() -> Result<(), processes::Error>
{
    const ROUNDS: usize = 20;
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let ended = scope(|family| {
            let daemon = family.daemon("daemon", wait_for_ever)?.pid();
            family.spawn("other", || assert!(ends_within(daemon, LONG).unwrap()))?;
            Ok::<_, processes::Error>(Instant::now())
        })?;
        times.push(ended.elapsed());
    }
    times.sort();
    // The one in the middle: on a busy machine some may have to wait for a core.
    assert!(times[ROUNDS / 2] < Duration::from_millis(100), "{times:?}");
    Ok(())
}

fn wait_for_ever() -> Result<(), processes::Error> {
    loop {
        std::thread::park();
    }
}
