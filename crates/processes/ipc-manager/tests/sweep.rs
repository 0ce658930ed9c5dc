//! A client is killed at each instruction of an update, and stopped at each.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use ipc_manager::{Error, Manager, Value};
use processes::{Exit, scope};
use tests::stepping::{Reached, STRIDE, kill_at, stop_at, sweep, traced};

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(20);

/// Longer than a sweep over every instruction takes on a busy machine.
const EVERY: Duration = Duration::from_hours(1);

tests::main! {
    killed,
    stopped,
    #[ignore] killed_at_every_instruction => EVERY,
    #[ignore] stopped_at_every_instruction => EVERY,
}

fn killed() -> Result<(), Error> {
    sweep_kills(16 * STRIDE)
}

fn killed_at_every_instruction() -> Result<(), Error> {
    sweep_kills(1)
}

fn stopped() -> Result<(), Error> {
    sweep_stops(16 * STRIDE)
}

fn stopped_at_every_instruction() -> Result<(), Error> {
    sweep_stops(1)
}

/// The connection to the manager, which the first operation of a process opens, is not
/// part of what is swept.
fn update_traced(number: &Value<u64>) -> Result<(), Error> {
    number.get()?;
    traced(|| number.update(|it| it + 1)).map(drop)
}

/// An update by a killed client has happened or has not; the others go on.
fn sweep_kills(stride: usize) -> Result<(), Error> {
    scope(|family| {
        let manager = Manager::start(family)?;
        let number = manager.value(&0_u64)?;
        let mut expected = 0;
        let places = sweep(stride, |at| {
            let reached = killed_update(&number, at).unwrap();
            let now = number.get().unwrap();
            assert!(now == expected || now == expected + 1, "at {at}: {now}");
            expected = number.update(|it| it + 1).unwrap();
            reached
        });
        println!("killed at {places} places");
        Ok(())
    })
}

/// A scope of its own for each place: a scope keeps a descriptor of each child.
fn killed_update(number: &Value<u64>, at: usize) -> Result<Reached, Error> {
    scope(|family| {
        let child = family.spawn("child", || update_traced(number))?;
        let reached = kill_at(child.pid(), at);
        let _either = child.join()?;
        Ok(reached)
    })
}

/// While a client is stopped in its update, another waits; when it goes on, neither
/// update is lost.
fn sweep_stops(stride: usize) -> Result<(), Error> {
    scope(|family| {
        let manager = Manager::start(family)?;
        let number = manager.value(&0_u64)?;
        let mut expected = 0;
        let places = sweep(stride, |at| {
            let reached = beside_a_stopped_update(&number, at).unwrap();
            expected += 2;
            assert_eq!(number.get().unwrap(), expected, "at {at}");
            reached
        });
        println!("stopped at {places} places");
        Ok(())
    })
}

fn beside_a_stopped_update(number: &Value<u64>, at: usize) -> Result<Reached, Error> {
    scope(|family| {
        let child = family.spawn("child", || update_traced(number))?;
        let stopped = stop_at(child.pid(), at);
        let other = family.spawn("other", || number.update(|it| it + 1).map(drop))?;
        let reached = stopped.release();
        for client in [child, other] {
            let ended = client.join_timeout(LONG)?;
            assert!(ended.is_some_and(Exit::is_ok), "at {at}: {ended:?}");
        }
        Ok(reached)
    })
}
