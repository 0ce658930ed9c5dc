//! N3.3: four processes add 1 to a managed number, and three additions are lost.

use interleavings::sync::atomic::{AtomicI64, Ordering::Relaxed};
use interleavings::thread;
use ipc_manager::{Manager, Value};
use processes::ProcessBarrier;
use shared::{Result, claim, say};

pub fn play() -> Result {
    processes::scope(|family| {
        let manager = Manager::start(family)?;
        let apples = manager.value(&0)?;
        let all_have_read = ProcessBarrier::new(4)?;
        for name in ["a", "b", "c", "d"] {
            family.spawn(name, || add_one(name, &apples, &all_have_read))?;
        }
        family.join()?;
        let left = apples.get()?;
        say!("main: {left}");
        claim!(
            left == 1,
            "the number is 1 after four processes have added 1 each to 0"
        );
        Ok(())
    })
}

/// `get` and `set` are atomic each, but between the two any other process may come.
/// Here all of them do: by chance alone it would go right most of the time, as it does
/// in Python, and wrong once in production.
fn add_one(name: &str, apples: &Value<u32>, all_have_read: &ProcessBarrier) -> Result {
    let seen = apples.get()?;
    say!("{name} sees {seen}");
    all_have_read.wait();
    apples.set(&(seen + 1))?;
    say!("{name} has set it to {}", seen + 1);
    Ok(())
}

/// A model of it, small enough to be run under every schedule: the processes are
/// threads, and the manager's number is an atomic.
pub fn model() {
    let apples = AtomicI64::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let seen = apples.load(Relaxed);
                apples.store(seen + 1, Relaxed);
            });
        }
    });
    let left = apples.into_inner();
    assert!(left == 4, "the number is {left}");
}
