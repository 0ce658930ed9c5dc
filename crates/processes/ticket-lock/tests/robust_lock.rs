//! The lock alone, between processes of which one is killed while it holds the lock.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::{Duration, Instant};

use processes::{Error, Exit, SIGKILL, SharedMemory, scope};
use ticket_lock::RobustLock;

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(30);

tests::main! {
    the_heir_is_told_once => Duration::from_mins(2),
    a_waiter_inherits_the_lock => Duration::from_mins(2),
}

fn the_heir_is_told_once() -> Result<(), Error> {
    let lock = SharedMemory::new(RobustLock::new().unwrap(), 0).unwrap();
    scope(|family| {
        for death in 1..=100 {
            let owner =
                family.spawn("owner", || lock.hold(None, |_| die()).unwrap())?;
            assert_eq!(owner.join()?, Exit::Killed(SIGKILL));
            assert_eq!(
                lock.hold(Some(Instant::now() + LONG), |inherited| inherited),
                Some(true)
            );
            assert_eq!(
                lock.hold(Some(Instant::now() + LONG), |inherited| inherited),
                Some(false)
            );
            assert_eq!(lock.deaths(), death);
        }
        Ok(())
    })
}

fn a_waiter_inherits_the_lock() -> Result<(), Error> {
    let lock = SharedMemory::new(RobustLock::new().unwrap(), 0).unwrap();
    let held = SharedMemory::new(AtomicBool::new(false), 0).unwrap();
    scope(|family| {
        let owner = family.spawn("owner", || {
            lock.hold(None, |_| {
                held.store(true, SeqCst);
                wait_for_ever();
            });
        })?;
        while !held.load(SeqCst) {
            std::thread::yield_now();
        }
        let heir = family.spawn("heir", || {
            assert_eq!(lock.hold(None, |inherited| inherited), Some(true));
        })?;
        let begin = Instant::now();
        let in_vain = lock.hold(Some(begin + Duration::from_millis(150)), |_| ());
        assert!(in_vain.is_none() && begin.elapsed() >= Duration::from_millis(150));
        owner.kill()?;
        assert_eq!(owner.join()?, Exit::Killed(SIGKILL));
        assert_eq!(heir.join_timeout(LONG)?, Some(Exit::Ok));
        Ok(())
    })
}

fn die() {
    nix::sys::signal::raise(nix::sys::signal::SIGKILL).unwrap();
}

fn wait_for_ever() {
    loop {
        std::thread::park();
    }
}
