//! A process is killed, or stopped, at each instruction of a barrier's `wait`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use processes::{Error, Event, Process, ProcessBarrier, scope};
use tests::stepping::{STRIDE, kill_at, stop_at, sweep, traced};

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(20);

/// Longer than a sweep over every instruction takes on a busy machine.
const EVERY: Duration = Duration::from_mins(20);

tests::main! {
    killed,
    stopped,
    #[ignore] killed_at_every_instruction => EVERY,
    #[ignore] stopped_at_every_instruction => EVERY,
}

fn killed() {
    sweep_kills(STRIDE / 5);
}

fn killed_at_every_instruction() {
    sweep_kills(1);
}

fn stopped() {
    sweep_stops(STRIDE / 5);
}

fn stopped_at_every_instruction() {
    sweep_stops(1);
}

/// A process that is killed at the barrier has come or has not: with it, or without it,
/// the next two complete a round, so that one of them passes.
fn sweep_kills(stride: usize) {
    let places = sweep(stride, |at| {
        let (barrier, passed) =
            (ProcessBarrier::new(2).unwrap(), Event::new().unwrap());
        let reached = scope(|family| {
            let child = family.spawn("child", || traced(|| barrier.wait()))?;
            let pass = || {
                barrier.wait();
                passed.set();
            };
            // At the end of the operation the child waits for the first of the others.
            let first = family.spawn("first", pass)?;
            let reached = kill_at(child.pid(), at);
            let second = family.spawn("second", pass)?;
            assert!(passed.wait_timeout(LONG), "at {at}: neither of the two passes");
            for process in [child, first, second] {
                process.kill()?;
                let _either = process.join()?;
            }
            Ok::<_, Error>(reached)
        });
        reached.unwrap()
    });
    println!("killed at {places} places");
}

/// A process that is stopped at the barrier and goes on passes it with the other.
fn sweep_stops(stride: usize) {
    let places = sweep(stride, |at| {
        let barrier = ProcessBarrier::new(2).unwrap();
        let reached = scope(|family| {
            let child = family.spawn("child", || traced(|| barrier.wait()))?;
            let other = family.spawn("other", || barrier.wait())?;
            let reached = stop_at(child.pid(), at).release();
            for process in [&child, &other] {
                assert!(passes(process)?, "at {at}: {} does not pass", process.name());
            }
            Ok::<_, Error>(reached)
        });
        reached.unwrap()
    });
    println!("stopped at {places} places");
}

fn passes(process: &Process) -> Result<bool, Error> {
    Ok(process.join_timeout(LONG)?.is_some_and(processes::Exit::is_ok))
}
