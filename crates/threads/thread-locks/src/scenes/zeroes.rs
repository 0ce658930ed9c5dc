//! N5.4: ten threads decrement, sleep, and print: each of them prints 0.

use std::sync::Barrier;
use std::sync::Mutex;

use interleavings::sync::atomic::{AtomicI64, Ordering::Relaxed};
use interleavings::{Limits, explore, thread};
use shared::{Result, claim, pace, say};

pub fn play() -> Result {
    // The sleep alone is no guarantee: on a busy machine a thread may begin only after
    // the first has slept.
    let all = Barrier::new(10);
    let printed = decrement_sleep_print(10, &|| {
        all.wait();
    });
    claim!(
        printed == [0; 10],
        "each of ten threads printed 0, and none its own number"
    );

    // While a program is explored, a sleep ends when no other thread can go on.
    let report = explore(three, Limits::default())?;
    say!("three threads: {report}");
    let zeroes = report.returned("[0, 0, 0]").map_or(0, |it| it.schedules);
    claim!(
        zeroes == report.schedules,
        "each of three threads prints 0, in whichever order they decrement"
    );
    Ok(())
}

pub fn three() -> Vec<i64> {
    decrement_sleep_print(3, &|| ())
}

fn decrement_sleep_print(threads: i64, meet: &(dyn Fn() + Sync)) -> Vec<i64> {
    let num = AtomicI64::new(threads);
    let printed = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                num.fetch_sub(1, Relaxed);
                meet();
                pace::sleep(1.0);
                // By now all others have decremented as well.
                let seen = num.load(Relaxed);
                say!("{seen}");
                printed.lock().expect("no panic").push(seen);
            });
        }
    });
    printed.into_inner().expect("no panic")
}
