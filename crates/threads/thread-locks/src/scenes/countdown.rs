//! N5.4: with a lock over decrement, sleep and print, ten threads count from 9 to 0.

use std::cell::{Cell, RefCell};
use std::thread;

use shared::{Result, claim, pace, say};
use thread_locks::{Detector, Lock, RLock, WouldDeadlock};

pub fn play() -> Result {
    let counted = with_a_lock()?;
    let down: Vec<_> = (0..10).rev().collect();
    claim!(
        counted == down,
        "ten threads with a Lock printed 9 to 0, one after another"
    );

    let counted = with_a_nested_rlock()?;
    claim!(counted == down, "ten threads with a nested RLock printed 9 to 0 as well");
    Ok(())
}

fn with_a_lock() -> Result<Vec<i64>> {
    let num = Lock::new(&Detector::new(), "num", (10, Vec::new()));
    ten_threads(|| {
        let mut guard = num.lock()?;
        let (num, printed) = &mut *guard;
        *num -= 1;
        pace::sleep(1.0);
        say!("{num}");
        printed.push(*num);
        // The guard goes at the end of the block: the note's release.
        Ok(())
    })?;
    Ok(num.into_inner().1)
}

fn with_a_nested_rlock() -> Result<Vec<i64>> {
    let printed = RefCell::new(Vec::new());
    let num = RLock::new(&Detector::new(), "num", (Cell::new(10), printed));
    ten_threads(|| {
        let outer = num.lock()?;
        let (num_now, printed) = &*outer;
        num_now.set(num_now.get() - 1);
        // Taken and released once more, in the middle. The lock is still held.
        drop(num.lock()?);
        pace::sleep(1.0);
        say!("{}", num_now.get());
        printed.borrow_mut().push(num_now.get());
        Ok(())
    })?;
    Ok(num.into_inner().1.into_inner())
}

fn ten_threads(func: impl Fn() -> Result<(), WouldDeadlock> + Sync) -> Result {
    thread::scope(|scope| {
        let threads: Vec<_> = (0..10).map(|_| scope.spawn(&func)).collect();
        let results = threads.into_iter().map(|it| it.join().expect("no panic"));
        results.collect::<Result<(), _>>()
    })?;
    Ok(())
}
