//! N1.12: ten threads set one attribute, and each then reads the last one's 9.

use std::sync::Barrier;
use std::thread::{Builder, scope};

use interleavings::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use interleavings::{Limits, explore, thread};
use shared::{Result, claim, say};

pub fn play() -> Result {
    // The note's object with one attribute, for all threads.
    let name = AtomicUsize::new(0);
    let (has_set, all_have_set) = (Barrier::new(2), Barrier::new(10));
    let read = scope(|scope| -> Result<Vec<_>> {
        let mut threads = Vec::new();
        for num in 0..10 {
            let (name, has_set, all_have_set) = (&name, &has_set, &all_have_set);
            let func = move || {
                name.store(num, Relaxed);
                has_set.wait();
                // The note sleeps for two seconds, and hopes that all have set it.
                all_have_set.wait();
                let read = name.load(Relaxed);
                say!("{read} thread-{num}");
                read
            };
            let named = Builder::new().name(format!("thread-{num}"));
            threads.push(named.spawn_scoped(scope, func)?);
            // The next one begins when this one has set its number: 9 is the last.
            has_set.wait();
        }
        Ok(threads.into_iter().filter_map(|thread| thread.join().ok()).collect())
    })?;
    claim!(read == [9; 10], "all ten threads read 9, the number that was set last");

    let report = explore(set_and_read, Limits::default())?;
    say!("two threads that set and read: {report}");
    claim!(
        (report.schedules, report.failures) == (6, 4),
        "in 4 of the 6 schedules of two threads one reads the number of the other"
    );
    Ok(())
}

/// Two threads set one attribute, and each reads it and expects its own number.
pub fn set_and_read() {
    let read = race();
    assert!(read == [1, 2], "numbers read: {read:?}");
}

/// Two threads set one attribute and read it. Returns what each has read.
fn race() -> [usize; 2] {
    let name = AtomicUsize::new(0);
    thread::scope(|scope| {
        let func = |num| {
            let name = &name;
            move || {
                name.store(num, Relaxed);
                name.load(Relaxed)
            }
        };
        let both = [scope.spawn(func(1)), scope.spawn(func(2))];
        both.map(|thread| thread.join().expect("no panic"))
    })
}
