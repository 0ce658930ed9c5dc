//! The lock and the ticket file among real processes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{Read as _, Write as _, pipe};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use processes::{Error, Exit, Process, SIGKILL, SharedMemory, scope};
use ticket_lock::{Inherited, ProcessLock, TicketFile, TryLockError};

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(20);

tests::main! {
    one_process_at_a_time,
    a_killed_holder_is_survived_in_10_ms_1000_times,
    a_killed_holder_is_survived_by_the_waiters,
    a_panic_leaves_a_value_to_be_repaired,
    a_value_that_could_not_be_put_in_order_is_inherited_again,
    a_forgotten_guard_does_no_harm,
    lock_timeout_waits_no_longer,
    a_ticket_file_is_never_half_written,
}

fn wait_to_be_killed() -> ! {
    loop {
        std::thread::park();
    }
}

fn one_process_at_a_time() -> Result<(), Error> {
    let count = ProcessLock::new(0).unwrap();
    scope(|family| {
        for name in ["a", "b", "c", "d"] {
            family.spawn(name, || {
                (0..10_000).for_each(|_| *count.lock().unwrap() += 1);
            })?;
        }
        family.join()
    })?;
    assert_eq!(*count.lock().unwrap(), 40_000);
    Ok(())
}

/// Starts a process that holds the lock, and has changed half of the value, when this
/// returns.
fn holder(
    family: &processes::Family,
    pair: &ProcessLock<(u32, u32)>,
) -> Result<Process, Error> {
    let (mut ready, is_ready) = pipe().unwrap();
    let holder = family.spawn("holder", move || {
        let mut pair = pair.lock().unwrap();
        pair.0 += 1;
        (&is_ready).write_all(b"!").unwrap();
        wait_to_be_killed();
    })?;
    ready.read_exact(&mut [0]).unwrap();
    Ok(holder)
}

#[expect(clippy::unnecessary_wraps, reason = "a repair may fail")]
fn finish_change(pair: &mut (u32, u32)) -> Result<(), Error> {
    assert_eq!(pair.0, pair.1 + 1, "exactly one change was left half done");
    pair.1 = pair.0;
    Ok(())
}

fn a_killed_holder_is_survived_in_10_ms_1000_times() -> Result<(), Error> {
    const TIMES: u32 = 1_000;
    let pair = ProcessLock::new((0, 0)).unwrap();
    let mut longest = Duration::ZERO;
    scope(|family| {
        for _ in 0..TIMES {
            let holder = holder(family, &pair)?;
            holder.kill()?;
            assert_eq!(holder.join()?, Exit::Killed(SIGKILL));
            let begin = Instant::now();
            let repaired = pair.lock().unwrap_err().recover(finish_change)?;
            longest = longest.max(begin.elapsed());
            drop(repaired);
            assert!(pair.lock().is_ok(), "it is inherited no more after the repair");
        }
        Ok::<(), Error>(())
    })?;
    assert_eq!(*pair.lock().unwrap(), (TIMES, TIMES));
    println!(
        "after the holder's death the lock was there within {longest:?}, {TIMES} \
         times of {TIMES}"
    );
    assert!(longest < Duration::from_millis(10), "{longest:?}");
    Ok(())
}

fn a_killed_holder_is_survived_by_the_waiters() -> Result<(), Error> {
    let pair = ProcessLock::new((0, 0)).unwrap();
    for round in 1..=20 {
        scope(|family| {
            let holder = holder(family, &pair)?;
            for name in ["a", "b", "c"] {
                family.spawn(name, || {
                    pair.lock().or_else(|it| it.recover(finish_change)).map(drop)
                })?;
            }
            holder.kill()?;
            assert_eq!(holder.join()?, Exit::Killed(SIGKILL));
            family.join()
        })?;
        assert_eq!(*pair.lock().unwrap(), (round, round));
    }
    Ok(())
}

fn a_panic_leaves_a_value_to_be_repaired() -> Result<(), Error> {
    let pair = ProcessLock::new((0, 0)).unwrap();
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let mut pair = pair.lock().unwrap();
        pair.0 += 1;
        panic!("before the other half is done");
    }));
    assert!(panic.is_err());
    scope(|family| {
        let heir = family.spawn("heir", || {
            pair.lock().unwrap_err().recover(finish_change).map(drop)
        })?;
        assert_eq!(heir.join()?, Exit::Ok);
        Ok::<(), Error>(())
    })?;
    assert_eq!(*pair.lock().unwrap(), (1, 1));
    Ok(())
}

fn a_value_that_could_not_be_put_in_order_is_inherited_again() -> Result<(), Error> {
    let pair = ProcessLock::new((0, 0)).unwrap();
    scope(|family| {
        let killed = holder(family, &pair)?;
        killed.kill()?;
        assert_eq!(killed.join()?, Exit::Killed(SIGKILL));
        let failed = pair.lock().unwrap_err().recover(|_| Err("out of paper"));
        assert_eq!(failed.unwrap_err(), "out of paper");
        // Using the value as it is repairs nothing, and the next holder may die, too.
        assert_eq!(*pair.lock().unwrap_err().into_inner(), (1, 0));
        assert_eq!(*pair.lock_as_is(), (1, 0));
        let heir = family.spawn("heir", || {
            let _held = pair.lock().unwrap_err();
            std::process::abort();
        })?;
        assert!(matches!(heir.join()?, Exit::Fatal(_)));
        let inherited = pair.lock().unwrap_err();
        assert!(
            inherited
                .to_string()
                .starts_with("a holder of the lock has died or panicked"),
            "{inherited}"
        );
        let repaired = inherited.recover(finish_change)?;
        assert_eq!(*repaired, (1, 1));
        Ok(())
    })
}

fn a_forgotten_guard_does_no_harm() {
    let forgotten = ProcessLock::new(0).unwrap();
    std::mem::forget(forgotten.lock().unwrap());
    drop(forgotten);
    // Had its memory gone, this would write to it: the locks that a thread holds are
    // linked to each other.
    let count = ProcessLock::new(0).unwrap();
    *count.lock().unwrap() += 1;
    assert_eq!(*count.lock().unwrap(), 1);
}

fn lock_timeout_waits_no_longer() -> Result<(), Error> {
    let pair = ProcessLock::new((0, 0)).unwrap();
    scope(|family| {
        let holder = holder(family, &pair)?;
        assert!(matches!(pair.lock_timeout(Duration::ZERO), Err(TryLockError::Busy)));
        let begin = Instant::now();
        let busy = pair.lock_timeout(Duration::from_millis(30));
        assert!(matches!(busy, Err(TryLockError::Busy)));
        assert!(begin.elapsed() >= Duration::from_millis(30));
        holder.kill()?;
        assert_eq!(holder.join()?, Exit::Killed(SIGKILL));
        drop(pair.lock_timeout(LONG).unwrap_err().inherited().unwrap());
        let inherited = pair.lock_timeout(Duration::MAX).unwrap_err().inherited();
        drop(inherited.unwrap().recover(finish_change)?);
        assert_eq!(*pair.lock_timeout(Duration::ZERO).unwrap(), (1, 1));
        Ok(())
    })
}

/// Writers are killed at random moments, and a reader looks all the time.
fn a_ticket_file_is_never_half_written() -> Result<(), Error> {
    const KILLS: u32 = 200;
    let mut random = shared::seed::announce().rng("kills");
    let folder = tempfile::tempdir().unwrap();
    let file = TicketFile::create(folder.path().join("ticket"), 1_000_000_000).unwrap();
    let lock = ProcessLock::new(()).unwrap();
    let written = SharedMemory::new(AtomicU32::new(0), 0).unwrap();
    scope(|family| {
        family.daemon("reader", || {
            loop {
                assert!([1, 1_000_000_000].contains(&file.count().unwrap()));
            }
        })?;
        for _ in 0..KILLS {
            let before = written.load(Ordering::Relaxed);
            let writer = family.spawn("writer", || {
                // A short text and a long one, so that the end of an old one would be
                // seen behind a new one.
                for count in [1, 1_000_000_000].into_iter().cycle() {
                    let _mine = lock.lock().unwrap_or_else(Inherited::into_inner);
                    file.set_count(count).unwrap();
                    written.fetch_add(1, Ordering::Relaxed);
                }
            })?;
            while written.load(Ordering::Relaxed) == before {
                assert!(writer.is_alive()?);
                std::thread::yield_now();
            }
            std::thread::sleep(Duration::from_micros(random.u64(..1_000)));
            writer.kill()?;
            assert_eq!(writer.join()?, Exit::Killed(SIGKILL));
            assert!([1, 1_000_000_000].contains(&file.count().unwrap()));
        }
        Ok(())
    })
}
