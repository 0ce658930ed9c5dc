//! Families of real processes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::Cell;
use std::io::{PipeReader, Read as _, Write as _, pipe};
use std::time::{Duration, Instant};

use nix::sys::signal::{SigSet, Signal};
use nix::unistd::{dup, dup2_stdout};
use processes::{Error, Event, Exit, Family, SIGABRT, SIGKILL, SIGTERM, scope, state};

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(20);

tests::main! {
    the_four_endings_are_told_apart,
    an_error_or_a_panic_of_a_child_is_its_exit_code,
    what_a_child_changes_changes_in_the_child,
    a_child_knows_its_parent_and_its_parent_knows_its_pid,
    a_scope_joins_children_and_terminates_daemons,
    a_wait_for_an_event_ends_with_the_last_child,
    a_scope_reports_a_child_that_failed_unseen,
    a_scope_reports_a_daemon_that_failed_by_itself,
    an_exit_that_the_caller_has_seen_is_not_reported_again,
    a_failing_scope_terminates_all,
    a_panicking_scope_terminates_all,
    a_child_that_ignores_sigterm_is_killed,
    joining_twice_gives_the_same,
    join_timeout_waits_no_longer,
    the_family_is_joined_until_the_first_failure,
    some_are_joined_until_any_fails,
    fork_is_refused_in_the_presence_of_threads,
    a_family_is_not_its_childrens,
    destructors_of_the_parent_run_once,
    what_a_child_prints_is_printed_once,
    the_death_of_a_parent_ends_its_children_and_theirs,
    a_peeked_child_stays_a_zombie_until_it_is_joined,
}

fn sleep_for_ever() -> ! {
    loop {
        std::thread::park();
    }
}

/// A pipe on which a read ends when all processes that were there to inherit its other
/// end are dead.
struct Lifeline(PipeReader);

impl Lifeline {
    /// Runs `start`; whatever processes it starts hold the line.
    fn around<T>(start: impl FnOnce() -> T) -> (Self, T) {
        let (reader, writer) = pipe().unwrap();
        let started = start();
        drop(writer);
        (Self(reader), started)
    }

    fn wait_until_all_are_dead(mut self) {
        assert_eq!(self.0.read_to_end(&mut Vec::new()).unwrap(), 0);
    }
}

fn the_four_endings_are_told_apart() -> Result<(), Error> {
    scope(|family| {
        assert_eq!(family.spawn("good", || ())?.join()?, Exit::Ok);
        assert_eq!(
            family.spawn("bad", || std::process::exit(3))?.join()?,
            Exit::Code(3)
        );
        assert_eq!(
            family.spawn("fatal", || std::process::abort())?.join()?,
            Exit::Fatal(SIGABRT)
        );
        let victim = family.spawn("victim", sleep_for_ever)?;
        victim.kill()?;
        assert_eq!(victim.join()?, Exit::Killed(SIGKILL));
        victim.kill()?; // Harmless now.
        Ok(())
    })
}

fn an_error_or_a_panic_of_a_child_is_its_exit_code() -> Result<(), Error> {
    scope(|family| {
        assert_eq!(
            family.spawn("error", || Err::<(), _>("no apples"))?.join()?,
            Exit::Code(1)
        );
        assert_eq!(
            family.spawn("panic", || panic!("no apples"))?.join()?,
            Exit::Code(101)
        );
        Ok(())
    })
}

fn what_a_child_changes_changes_in_the_child() -> Result<(), Error> {
    let apples = Cell::new(10);
    scope(|family| {
        let eater = family.spawn("eater", || {
            apples.set(apples.get() - 1);
            std::process::exit(apples.get())
        })?;
        assert_eq!(eater.join()?, Exit::Code(9));
        assert_eq!(apples.get(), 10);
        Ok(())
    })
}

fn a_child_knows_its_parent_and_its_parent_knows_its_pid() -> Result<(), Error> {
    let (mut reader, writer) = pipe().unwrap();
    let parent = std::process::id();
    scope(|family| {
        let child = family.spawn("x", || {
            assert_eq!(std::os::unix::process::parent_id(), parent);
            assert_eq!(shared::lane::current(), "x");
            (&writer).write_all(&std::process::id().to_ne_bytes())
        })?;
        let mut pid = [0; 4];
        reader.read_exact(&mut pid).unwrap();
        assert_eq!((child.pid(), child.name()), (u32::from_ne_bytes(pid), "x"));
        assert_eq!(shared::lane::current(), "main");
        Ok(())
    })
}

fn a_wait_for_an_event_ends_with_the_last_child() {
    let wait = |body: fn(&Event)| {
        let event = Event::new().unwrap();
        scope(|family| {
            family.spawn("x", || body(&event))?;
            family.join()?;
            family.wait_for(&event)
        })
    };
    assert!(wait(Event::set).is_ok());
    assert!(matches!(wait(|_| ()), Err(Error::NeverSet)));
}

fn a_scope_joins_children_and_terminates_daemons() {
    let (line, ()) = Lifeline::around(|| {
        scope(|family| {
            for name in ["a", "b"] {
                family.daemon(name, sleep_for_ever)?;
            }
            for name in ["c", "d"] {
                family.spawn(name, || std::thread::sleep(Duration::from_millis(20)))?;
            }
            Ok::<(), Error>(())
        })
        .unwrap();
    });
    line.wait_until_all_are_dead();
}

fn a_scope_reports_a_child_that_failed_unseen() {
    let ended = scope(|family| family.spawn("x", || std::process::exit(3)).map(drop));
    assert_eq!(ended.unwrap_err().to_string(), "process x ended badly: exit code 3");
}

fn a_scope_reports_a_daemon_that_failed_by_itself() {
    let ended = scope(|family| family.daemon("x", || std::process::exit(3))?.peek());
    assert_eq!(ended.unwrap_err().to_string(), "process x ended badly: exit code 3");
}

fn an_exit_that_the_caller_has_seen_is_not_reported_again() -> Result<(), Error> {
    scope(|family| {
        assert_eq!(family.spawn("x", || std::process::exit(3))?.join()?, Exit::Code(3));
        family.join()
    })
}

fn a_failing_scope_terminates_all() {
    let (line, failed) = Lifeline::around(|| {
        scope(|family| {
            family.spawn("a", sleep_for_ever)?;
            family.daemon("b", sleep_for_ever)?;
            Err::<(), _>(Error::NotYours { name: "the scene".into(), owner: 7 })
        })
    });
    line.wait_until_all_are_dead();
    assert!(
        failed.unwrap_err().to_string().starts_with("the scene belongs to process 7")
    );
}

fn a_panicking_scope_terminates_all() {
    let (line, panic) = Lifeline::around(|| {
        std::panic::catch_unwind(|| {
            scope(|family: &Family| -> Result<(), Error> {
                family.spawn("a", sleep_for_ever)?;
                panic!("on purpose")
            })
        })
    });
    line.wait_until_all_are_dead();
    assert_eq!(panic.unwrap_err().downcast_ref(), Some(&"on purpose"));
}

fn a_child_that_ignores_sigterm_is_killed() -> Result<(), Error> {
    let (mut reader, writer) = pipe().unwrap();
    let daemon = scope(|family| {
        let daemon = family.daemon("deaf", || {
            SigSet::from(Signal::SIGTERM).thread_block().unwrap();
            (&writer).write_all(b"!").unwrap();
            sleep_for_ever();
        })?;
        reader.read_exact(&mut [0]).unwrap();
        Ok::<_, Error>(daemon)
    })?;
    assert_eq!(daemon.exit_status()?, Some(Exit::Killed(SIGKILL)));
    Ok(())
}

fn joining_twice_gives_the_same() -> Result<(), Error> {
    let child = scope(|family| {
        let child = family.spawn("x", || std::process::exit(3))?;
        assert_eq!((child.join()?, child.join()?), (Exit::Code(3), Exit::Code(3)));
        assert_eq!(state(child.pid()).unwrap(), None, "it is reaped");
        Ok::<_, Error>(child)
    })?;
    assert_eq!(
        (child.join()?, child.is_alive()?, child.peek()?),
        (Exit::Code(3), false, Exit::Code(3))
    );
    child.terminate()
}

fn join_timeout_waits_no_longer() -> Result<(), Error> {
    scope(|family| {
        let child = family.spawn("x", sleep_for_ever)?;
        assert_eq!(child.join_timeout(Duration::ZERO)?, None);
        let begin = Instant::now();
        assert_eq!(child.join_timeout(Duration::from_millis(30))?, None);
        assert!(begin.elapsed() >= Duration::from_millis(30));
        assert!(child.is_alive()?);
        child.terminate()?;
        assert_eq!(child.join_timeout(Duration::MAX)?, Some(Exit::Killed(SIGTERM)));
        assert_eq!(child.join_timeout(Duration::ZERO)?, Some(Exit::Killed(SIGTERM)));
        Ok(())
    })
}

fn the_family_is_joined_until_the_first_failure() -> Result<(), Error> {
    let ended = scope(|family| {
        family.spawn("waits for ever", sleep_for_ever)?;
        family.spawn("x", || std::process::exit(3))?;
        family.join()
    });
    assert_eq!(ended.unwrap_err().to_string(), "process x ended badly: exit code 3");
    scope(|family| {
        family.daemon("watchman", sleep_for_ever)?;
        for name in ["a", "b", "c"] {
            family.spawn(name, || ())?;
        }
        family.join()
    })
}

fn some_are_joined_until_any_fails() -> Result<(), Error> {
    let ended = scope(|family| {
        let waits = family.spawn("waits for ever", sleep_for_ever)?;
        family.spawn("x", || std::process::exit(3))?;
        family.join_these(&[waits])
    });
    assert_eq!(ended.unwrap_err().to_string(), "process x ended badly: exit code 3");
    scope(|family| {
        let (done, waits) = (
            family.spawn("done", || ())?,
            family.spawn("waits for ever", sleep_for_ever)?,
        );
        assert_eq!(
            family.daemon("failing", || std::process::exit(3))?.join()?,
            Exit::Code(3)
        );
        family.join_these(&[done])?;
        assert!(waits.is_alive()?);
        waits.kill()?;
        assert_eq!(waits.join()?, Exit::Killed(SIGKILL));
        Ok(())
    })
}

fn fork_is_refused_in_the_presence_of_threads() -> Result<(), Error> {
    let refused =
        std::thread::spawn(|| scope(|family| family.spawn("x", || ()).map(drop)))
            .join()
            .unwrap();
    let said = refused.unwrap_err().to_string();
    assert!(
        said.starts_with(
            "cannot start x: this process has 2 threads, and a child made by fork"
        ),
        "{said}"
    );
    // That thread has ended, so now it may.
    scope(|family| family.spawn("x", || ()).map(drop))
}

fn a_family_is_not_its_childrens() -> Result<(), Error> {
    scope(|family| {
        let sister = family.spawn("sister", || ())?;
        let child = family.spawn("x", || {
            assert!(matches!(family.spawn("y", || ()), Err(Error::NotYours { .. })));
            assert!(matches!(sister.is_alive(), Err(Error::NotYours { .. })));
            assert!(matches!(sister.join(), Err(Error::NotYours { .. })));
            assert!(matches!(sister.kill(), Err(Error::NotYours { .. })));
            // But it may have a family of its own.
            scope(|family| family.spawn("z", || ()).map(drop)).unwrap();
        })?;
        assert_eq!(child.join()?, Exit::Ok);
        Ok(())
    })
}

fn destructors_of_the_parent_run_once() -> Result<(), Error> {
    struct Drops(std::io::PipeWriter);
    impl Drop for Drops {
        fn drop(&mut self) {
            self.0.write_all(b"!").unwrap();
        }
    }
    let (mut reader, writer) = pipe().unwrap();
    let lent = Drops(writer);
    scope(|family| {
        let borrow = || assert!(std::ptr::from_ref(&lent).is_aligned());
        assert_eq!(family.spawn("returns", borrow)?.join()?, Exit::Ok);
        let panics = || {
            borrow();
            panic!("on purpose")
        };
        assert_eq!(family.spawn("panics", panics)?.join()?, Exit::Code(101));
        Ok::<(), Error>(())
    })?;
    drop(lent);
    let mut dropped = Vec::new();
    reader.read_to_end(&mut dropped).unwrap();
    assert_eq!(dropped, b"!");
    Ok(())
}

fn what_a_child_prints_is_printed_once() -> Result<(), Error> {
    let (mut reader, writer) = pipe().unwrap();
    let before = dup(std::io::stdout()).unwrap();
    dup2_stdout(writer).unwrap();
    // None of these ends in a newline, so all of it waits in the buffer of standard
    // output.
    print!("parent, ");
    scope(|family| family.spawn("x", || print!("child, ")).map(drop))?;
    print!("parent.");
    std::io::stdout().flush().unwrap();
    dup2_stdout(before).unwrap();
    let mut printed = String::new();
    reader.read_to_string(&mut printed).unwrap();
    assert_eq!(printed, "parent, child, parent.");
    Ok(())
}

fn the_death_of_a_parent_ends_its_children_and_theirs() -> Result<(), Error> {
    let (mut ready, writer) = pipe().unwrap();
    scope(|family| {
        let (line, parent) = Lifeline::around(|| {
            family.spawn("parent", || {
                scope(|inner| {
                    inner.daemon("daemon", sleep_for_ever)?;
                    inner.spawn("child", || {
                        scope(|innermost| {
                            innermost.spawn("grandchild", sleep_for_ever)?;
                            (&writer).write_all(b"!").unwrap();
                            Ok::<(), Error>(())
                        })
                    })?;
                    Ok::<(), Error>(())
                })
            })
        });
        let parent = parent?;
        ready.read_exact(&mut [0]).unwrap();
        parent.kill()?;
        assert_eq!(parent.join()?, Exit::Killed(SIGKILL));
        // Still within the scope, so it is the kernel that ends them.
        line.wait_until_all_are_dead();
        Ok(())
    })
}

fn a_peeked_child_stays_a_zombie_until_it_is_joined() -> Result<(), Error> {
    scope(|family| {
        let child = family.spawn("x", || ())?;
        assert_eq!(child.peek()?, Exit::Ok);
        assert_eq!(state(child.pid()).unwrap(), Some(processes::State::Zombie));
        assert_eq!(child.join_timeout(LONG)?, Some(Exit::Ok));
        assert_eq!(state(child.pid()).unwrap(), None);
        Ok(())
    })
}
