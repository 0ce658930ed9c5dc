//! Events between processes, of which some are killed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use processes::{
    Error, Event, Exit, Family, Process, SIGKILL, SharedMemory, State, scope, state,
};
use tests::stepping::{Reached, kill_at, sweep, traced};

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(20);

/// How many processes are killed in one test.
const KILLS: u32 = 200;

tests::main! {
    a_set_wakes_all_processes,
    two_processes_take_turns,
    a_killed_waiter_leaves_nothing_behind,
    a_killed_setter_keeps_no_waiter,
    a_setter_may_be_killed_at_any_instruction,
}

fn a_set_wakes_all_processes() -> Result<(), Error> {
    let (go, written) = (Event::new().unwrap(), number());
    scope(|family| {
        let waiters = waiters(family, &go, || assert_eq!(written.load(Relaxed), 7))?;
        written.store(7, Relaxed);
        go.set();
        all_end_well(&waiters)
    })
}

fn two_processes_take_turns() -> Result<(), Error> {
    const TURNS: u32 = 1_000;
    let (first, second) = (Event::new().unwrap(), Event::new().unwrap());
    let turns = number();
    let play = |mine: &Event, yours: &Event, parity: u32| {
        for turn in (parity..TURNS).step_by(2) {
            assert!(mine.wait_timeout(LONG));
            mine.clear();
            assert_eq!(turns.fetch_add(1, Relaxed), turn);
            yours.set();
        }
    };
    scope(|family| {
        family.spawn("a", || play(&first, &second, 0))?;
        family.spawn("b", || play(&second, &first, 1))?;
        first.set();
        family.join()
    })?;
    assert_eq!(turns.load(Relaxed), TURNS);
    Ok(())
}

fn a_killed_waiter_leaves_nothing_behind() -> Result<(), Error> {
    let mut random = shared::seed::announce().rng("kills");
    let event = Event::new().unwrap();
    for _ in 0..KILLS {
        scope(|family| {
            let waits = Event::new().unwrap();
            let victim = family.spawn("victim", || {
                waits.set();
                event.wait();
            })?;
            let others = waiters(family, &event, || ())?;
            assert!(waits.wait_timeout(LONG));
            std::thread::sleep(Duration::from_micros(random.u64(..300)));
            victim.kill()?;
            assert_eq!(victim.join()?, Exit::Killed(SIGKILL));
            event.set();
            all_end_well(&others)?;
            event.clear();
            assert!(!event.is_set());
            Ok(())
        })?;
    }
    Ok(())
}

fn a_killed_setter_keeps_no_waiter() -> Result<(), Error> {
    let mut random = shared::seed::announce().rng("kills");
    let event = Event::new().unwrap();
    let (was_set, was_clear) = (number(), number());
    for _ in 0..KILLS {
        scope(|family| {
            let sets = Event::new().unwrap();
            let victim = family.spawn("victim", || {
                loop {
                    sets.set();
                    event.set();
                    event.clear();
                }
            })?;
            assert!(sets.wait_timeout(LONG));
            let others = waiters(family, &event, || ())?;
            std::thread::sleep(Duration::from_micros(random.u64(..300)));
            victim.kill()?;
            assert_eq!(victim.join()?, Exit::Killed(SIGKILL));
            let left = if event.is_set() { &was_set } else { &was_clear };
            left.fetch_add(1, Relaxed);
            event.set();
            all_end_well(&others)?;
            event.clear();
            assert!(!event.is_set());
            Ok(())
        })?;
    }
    // It was killed in either state, not always before it had begun.
    assert!(was_set.load(Relaxed) > 0 && was_clear.load(Relaxed) > 0);
    Ok(())
}

fn a_setter_may_be_killed_at_any_instruction() {
    let event = Event::new().unwrap();
    let (mut was_set, mut was_clear) = (0, 0);
    sweep(1, |instructions| {
        event.clear();
        scope(|family| {
            let victim = family.spawn("victim", || traced(|| event.set()))?;
            let others = waiters(family, &event, || ())?;
            until_they_sleep(&others);
            let reached = kill_at(victim.pid(), instructions);
            let is_killed = victim.join()? == Exit::Killed(SIGKILL);
            assert_eq!(is_killed, reached == Reached::Inside);
            if event.is_set() {
                was_set += 1;
            } else {
                was_clear += 1;
                event.set();
            }
            all_end_well(&others)?;
            Ok::<_, Error>(reached)
        })
        .unwrap()
    });
    assert!(was_set > 0 && was_clear > 0, "{was_set} {was_clear}");
}

/// Waits until each of these processes sleeps, as it does in its wait for the event.
fn until_they_sleep(waiters: &[Process]) {
    for waiter in waiters {
        while state(waiter.pid()).unwrap() != Some(State::Sleeping) {
            std::thread::yield_now();
        }
    }
}

/// Children that wait for the event and then do `work`.
fn waiters(
    family: &Family,
    event: &Event,
    work: impl Fn(),
) -> Result<[Process; 2], Error> {
    let wait = || {
        assert!(event.wait_timeout(LONG));
        work();
    };
    Ok([family.spawn("waiter-1", wait)?, family.spawn("waiter-2", wait)?])
}

fn all_end_well(waiters: &[Process]) -> Result<(), Error> {
    for waiter in waiters {
        assert_eq!(waiter.join_timeout(LONG / 2)?, Some(Exit::Ok), "{}", waiter.name());
    }
    Ok(())
}

fn number() -> SharedMemory<AtomicU32> {
    SharedMemory::new(AtomicU32::new(0), 0).unwrap()
}
