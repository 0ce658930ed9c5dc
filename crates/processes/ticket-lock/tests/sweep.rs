//! A process is killed, or stopped, at each instruction from before the lock is taken
//! to after it is released.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use processes::{Error, scope};
use tests::stepping::{kill_at, stop_at, sweep, traced};
use ticket_lock::{ProcessLock, TryLockError};

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(20);

/// The deadline of the lock beside a stopped process.
const SHORT: Duration = Duration::from_millis(20);

/// Two numbers that are equal while the lock is free.
type Pair = ProcessLock<[u64; 2]>;

/// Longer than a sweep over every instruction takes on a busy machine.
const EVERY: Duration = Duration::from_mins(20);

tests::main! {
    killed,
    stopped,
    #[ignore] killed_at_every_instruction => EVERY,
    #[ignore] stopped_at_every_instruction => EVERY,
}

fn killed() {
    sweep_kills(7);
}

fn killed_at_every_instruction() {
    sweep_kills(1);
}

fn stopped() {
    sweep_stops(7);
}

fn stopped_at_every_instruction() {
    sweep_stops(1);
}

fn add_one(pair: &Pair) {
    let mut pair = pair.lock().unwrap();
    pair[0] += 1;
    pair[1] += 1;
}

/// The lock of a killed holder goes to the next process, which is told: a value that it
/// may trust is whole.
fn sweep_kills(stride: usize) {
    let mut inherited = 0;
    let places = sweep(stride, |at| {
        let pair = Pair::new([0, 0]).unwrap();
        let reached = scope(|family| {
            let child = family.spawn("child", || traced(|| add_one(&pair)))?;
            let reached = kill_at(child.pid(), at);
            let _either = child.join()?;
            Ok::<_, Error>(reached)
        });
        match pair.lock_timeout(LONG) {
            Ok(guard) => assert_eq!(guard[0], guard[1], "at {at}"),
            Err(TryLockError::Inherited(heir)) => {
                inherited += 1;
                let repaired = heir.recover(|pair| {
                    pair[1] = pair[0];
                    Ok::<(), std::fmt::Error>(())
                });
                drop(repaired.unwrap());
            }
            Err(error) => panic!("at {at}: the lock stays locked: {error}"),
        }
        add_one(&pair);
        reached.unwrap()
    });
    println!("killed at {places} places, {inherited} times as the holder");
    assert!(inherited > 0, "none was killed while it held the lock");
}

/// Beside a stopped process the others' deadlines hold, whether it holds the lock or
/// not.
fn sweep_stops(stride: usize) {
    let mut timed_out = 0;
    let places = sweep(stride, |at| {
        let pair = Pair::new([0, 0]).unwrap();
        let reached = scope(|family| {
            let child = family.spawn("child", || traced(|| add_one(&pair)))?;
            let stopped = stop_at(child.pid(), at);
            // It returns, or the deadline of the test ends it.
            match pair.lock_timeout(SHORT) {
                Ok(guard) => assert_eq!(guard[0], guard[1], "at {at}"),
                Err(TryLockError::Busy) => timed_out += 1,
                Err(error) => panic!("at {at}: the holder is alive: {error}"),
            }
            let reached = stopped.release();
            assert!(child.join()?.is_ok());
            Ok::<_, Error>(reached)
        });
        assert_eq!(*pair.lock().unwrap(), [1, 1], "at {at}");
        reached.unwrap()
    });
    println!("stopped at {places} places, {timed_out} times as the holder");
    assert!(timed_out > 0, "none was stopped while it held the lock");
}
