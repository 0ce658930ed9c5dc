//! Processes as the kernel has them: suspended, their descendants, their descriptors.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use nix::sys::resource::{Resource, setrlimit};
use processes::{
    Error, Event, Exit, SIGKILL, SIGTERM, State, descendants, parent, scope, state,
};

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(20);

tests::main! {
    a_suspended_child_does_nothing_until_it_is_resumed,
    a_suspended_child_can_be_killed,
    descendants_are_found_at_any_depth,
    a_scope_has_any_number_of_children_one_after_the_other,
}

fn sleep_for_ever() -> ! {
    loop {
        std::thread::park();
    }
}

fn a_suspended_child_does_nothing_until_it_is_resumed() -> Result<(), Error> {
    let (begun, done) = (Event::new().unwrap(), Event::new().unwrap());
    scope(|family| {
        let child = family.spawn("child", || {
            begun.wait();
            done.set();
            sleep_for_ever()
        })?;
        for _ in 0..2 {
            child.suspend()?;
            assert_eq!(state(child.pid()).unwrap(), Some(State::Stopped));
        }
        begun.set();
        assert!(!done.wait_timeout(Duration::from_millis(20)));
        child.resume()?;
        assert!(done.wait_timeout(LONG));

        child.suspend()?;
        child.terminate()?;
        assert_eq!(child.join_timeout(Duration::from_millis(20))?, None);
        child.resume()?;
        assert_eq!(child.join()?, Exit::Killed(SIGTERM));
        // Harmless now.
        child.suspend()?;
        child.resume()
    })
}

fn a_suspended_child_can_be_killed() -> Result<(), Error> {
    scope(|family| {
        let child = family.spawn("child", sleep_for_ever)?;
        child.suspend()?;
        child.kill()?;
        assert_eq!(child.join()?, Exit::Killed(SIGKILL));

        // One that has ended and is not reaped does not stop any more.
        let dead = family.spawn("dead", || ())?;
        assert_eq!(dead.peek()?, Exit::Ok);
        dead.suspend()?;
        assert_eq!(dead.join()?, Exit::Ok);
        Ok(())
    })
}

fn descendants_are_found_at_any_depth() -> Result<(), Error> {
    fn live(depth: u32, all_live: &Event) -> Result<(), Error> {
        scope(|family| {
            if depth == 0 {
                all_live.set();
                sleep_for_ever();
            }
            family.spawn("below", || live(depth - 1, all_live))?;
            family.join()
        })
    }
    let all_live = Event::new().unwrap();
    scope(|family| {
        let top = family.daemon("top", || live(3, &all_live))?;
        assert!(all_live.wait_timeout(LONG));
        let below = descendants(top.pid()).unwrap();
        assert_eq!(below.len(), 3);
        let mut above = top.pid();
        for pid in below {
            assert_eq!(parent(pid).unwrap(), Some(above));
            above = pid;
        }
        assert!(descendants(above).unwrap().is_empty());
        Ok(())
    })
}

fn a_scope_has_any_number_of_children_one_after_the_other() -> Result<(), Error> {
    setrlimit(Resource::RLIMIT_NOFILE, 32, 32).unwrap();
    scope(|family| {
        for _ in 0..200 {
            assert!(family.spawn("child", || ())?.join()?.is_ok());
        }
        Ok(())
    })
}
