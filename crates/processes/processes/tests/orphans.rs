//! What a scope ends besides its own children, and what it leaves alone.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{Read as _, Write as _, pipe};
use std::mem::ManuallyDrop;
use std::os::fd::AsFd as _;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::channel;
use std::thread;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use processes::{Error, Exit, Family, SIGTERM, scope, state};

tests::main! {
    orphans_end_with_the_scope,
    a_scope_leaves_alone_what_another_thread_has_started,
    scopes_and_threads_that_start_programs_do_not_disturb_each_other,
    a_scope_of_another_thread_leaves_programs_alone,
    a_scope_leaves_alone_what_was_there_before_it,
    an_orphan_with_the_pid_of_an_earlier_child_ends_with_the_scope,
    orphans_end_with_the_scope_although_no_descriptor_is_free,
    an_adopted_orphan_is_a_daemon_of_the_family,
    only_a_child_can_be_adopted,
}

/// A program that runs for ever, and ends with its handle at the latest.
struct Program(Child);

impl Program {
    fn start() -> Self {
        Self(Command::new("sleep").arg("1000").spawn().unwrap())
    }

    fn is_running(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        self.0.wait().unwrap();
    }
}

/// Starts a child that runs `before`, starts a program and ends; gives the program's
/// pid.
fn leave_an_orphan(family: &Family, before: impl Fn()) -> Result<u32, Error> {
    let (mut reader, writer) = pipe().unwrap();
    let parent = family.spawn("parent", || {
        before();
        let orphan = ManuallyDrop::new(Program::start());
        (&writer).write_all(&orphan.0.id().to_ne_bytes())
    })?;
    assert_eq!(parent.join()?, Exit::Ok);
    let mut orphan = [0; 4];
    reader.read_exact(&mut orphan).unwrap();
    let orphan = u32::from_ne_bytes(orphan);
    assert!(state(orphan).unwrap().is_some());
    Ok(orphan)
}

fn orphans_end_with_the_scope() -> Result<(), Error> {
    let orphan = scope(|family| leave_an_orphan(family, || ()))?;
    assert_eq!(state(orphan).unwrap(), None);
    Ok(())
}

fn a_scope_leaves_alone_what_another_thread_has_started() -> Result<(), Error> {
    let (tell, told) = channel();
    let (go_on, goes_on) = channel::<()>();
    let (orphan, thread) = scope(|family| {
        let orphan = leave_an_orphan(family, || ())?;
        let thread = thread::spawn(move || {
            let mut program = Program::start();
            tell.send(()).unwrap();
            goes_on.recv().unwrap();
            program.is_running()
        });
        told.recv().unwrap();
        Ok::<_, Error>((orphan, thread))
    })?;
    assert_eq!(state(orphan).unwrap(), None);
    go_on.send(()).unwrap();
    assert!(thread.join().unwrap(), "the scope has ended the thread's program");
    Ok(())
}

/// A program may end and be reaped, and its pid be used again, at any moment.
fn scopes_and_threads_that_start_programs_do_not_disturb_each_other() {
    static DONE: AtomicBool = AtomicBool::new(false);
    let thread = thread::spawn(|| {
        let failed =
            (0..200).find(|_| !Command::new("true").status().unwrap().success());
        DONE.store(true, Relaxed);
        failed
    });
    while !DONE.load(Relaxed) {
        scope(|_| Ok::<(), Error>(())).unwrap();
    }
    assert_eq!(thread.join().unwrap(), None);
}

fn a_scope_of_another_thread_leaves_programs_alone() {
    let thread = thread::spawn(|| {
        scope(|_| {
            let (tell, told) = channel();
            let (go_on, goes_on) = channel::<()>();
            let third = thread::spawn(move || {
                let program = Program::start();
                tell.send(()).unwrap();
                goes_on.recv().unwrap();
                program
            });
            told.recv().unwrap();
            go_on.send(()).unwrap();
            // The third thread's children are the main thread's from now on.
            Ok::<_, Error>(third.join().unwrap())
        })
    });
    let mut program = thread.join().unwrap().unwrap();
    assert!(program.is_running());
}

fn a_scope_leaves_alone_what_was_there_before_it() -> Result<(), Error> {
    let mut program = Program::start();
    let mut ended = Program::start();
    ended.0.kill().unwrap();
    let orphan = scope(|family| leave_an_orphan(family, || ()))?;
    assert_eq!(state(orphan).unwrap(), None);
    assert!(program.is_running());
    assert!(!ended.0.wait().unwrap().success());
    Ok(())
}

fn an_orphan_with_the_pid_of_an_earlier_child_ends_with_the_scope() -> Result<(), Error>
{
    const LAST: &str = "/proc/sys/kernel/ns_last_pid";
    let earlier = Program::start();
    let pid = earlier.0.id();
    let choose = || std::fs::write(LAST, (pid - 1).to_string());
    if let Err(error) = choose() {
        drop(earlier);
        tests::skip(&format!("{LAST}: {error}"), "run as root");
    }
    scope(|family| {
        drop(earlier);
        // Another process may take the pid first; it comes back then.
        for _ in 0..100 {
            if leave_an_orphan(family, || choose().unwrap())? == pid {
                return Ok(());
            }
        }
        panic!("the pid {pid} is in use");
    })?;
    assert_eq!(state(pid).unwrap(), None);
    Ok(())
}

fn orphans_end_with_the_scope_although_no_descriptor_is_free() -> Result<(), Error> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    let (orphan, taken) = scope(|family| {
        let orphan = leave_an_orphan(family, || ())?;
        setrlimit(Resource::RLIMIT_NOFILE, 64, hard).unwrap();
        let descriptor = || std::io::stderr().as_fd().try_clone_to_owned().ok();
        Ok::<_, Error>((orphan, std::iter::from_fn(descriptor).collect::<Vec<_>>()))
    })?;
    drop(taken);
    setrlimit(Resource::RLIMIT_NOFILE, soft, hard).unwrap();
    assert_eq!(state(orphan).unwrap(), None);
    Ok(())
}

fn an_adopted_orphan_is_a_daemon_of_the_family() -> Result<(), Error> {
    let adopted = scope(|family| {
        let pid = leave_an_orphan(family, || ())?;
        let adopted = family.adopt("orphan", pid)?;
        let again = family.adopt("orphan", pid)?;
        assert_eq!((adopted.pid(), again.pid()), (pid, pid));
        // It is a daemon, so this does not wait for it.
        family.join()?;
        assert!(adopted.is_alive()? && again.is_alive()?);
        Ok::<_, Error>(adopted)
    })?;
    assert_eq!(adopted.exit_status()?, Some(Exit::Killed(SIGTERM)));
    Ok(())
}

fn only_a_child_can_be_adopted() -> Result<(), Error> {
    scope(|family| {
        let child = family.spawn("child", || ())?;
        assert!(child.join()?.is_ok());
        for stranger in [1, std::process::id(), child.pid(), u32::MAX >> 1] {
            let refused = family.adopt("stranger", stranger).unwrap_err();
            assert_eq!(refused.to_string(), "cannot adopt stranger");
        }
        Ok(())
    })
}
