//! N2.22: an `RLock` is free for others when it was released as often as acquired.

use std::cell::Cell;
use std::sync::{Barrier, Mutex};
use std::thread::{self, Builder};

use interleavings::{Limits, explore};
use shared::{Result, claim, pace, say};
use thread_locks::{Detector, RLock};

pub fn play() -> Result {
    let rl = RLock::new(&Detector::new(), "rl", ());
    let (told, holds) = (Mutex::new(Vec::new()), Barrier::new(2));
    let tell = |number: i32| {
        say!("{number}");
        told.lock().expect("no panic").push(number);
    };
    let named = |name: &str| Builder::new().name(name.to_owned());
    thread::scope(|scope| -> Result {
        let func1 = named("func1").spawn_scoped(scope, || -> Result {
            let outer = rl.lock()?;
            tell(1111);
            holds.wait();
            let inner = rl.lock()?;
            // Time in which func2 comes in, if the lock lets it.
            pace::sleep(1.0);
            tell(2222);
            claim!(!another_gets(&rl), "no other thread gets an RLock held twice");
            drop(inner);
            let held = rl.is_owned() && !another_gets(&rl);
            claim!(held, "an RLock held twice is held after one release");
            drop(outer);
            Ok(())
        })?;
        holds.wait();
        let func2 =
            named("func2").spawn_scoped(scope, || rl.lock().map(|_held| tell(3333)))?;
        func2.join().expect("no panic")?;
        func1.join().expect("no panic")
    })?;
    let told = told.into_inner().expect("no panic");
    claim!(told == [1111, 2222, 3333], "func2 got the RLock after both releases");

    let report = explore(nested, Limits::default())?;
    say!("two threads, each with the lock in the lock: {report}");
    let never = report.failures == 0;
    claim!(never, "two nested decrements never meet, under any schedule");
    Ok(())
}

/// Whether a thread that does not wait gets the lock.
fn another_gets(rl: &RLock<()>) -> bool {
    thread::scope(|scope| {
        let other = scope.spawn(|| rl.try_lock().is_some());
        other.join().expect("no panic")
    })
}

fn nested() {
    let n = RLock::new(&Detector::new(), "n", Cell::new(2));
    interleavings::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let outer = n.lock().expect("no deadlock");
                let seen = outer.get();
                // A step, at which another thread may come in if the lock lets it.
                let inner = n.lock().expect("no deadlock");
                inner.set(seen - 1);
            });
        }
    });
    assert_eq!(n.into_inner().get(), 0, "n");
}
