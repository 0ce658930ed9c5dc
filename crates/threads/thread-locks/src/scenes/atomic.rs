//! N2.20: `fetch_sub` decrements in one step: right without a lock, and faster.

use std::hint::black_box;
use std::time::Duration;

use interleavings::sync::atomic::{AtomicI64, Ordering::Relaxed};
use interleavings::{Limits, explore, thread};
use shared::{Result, claim, say};
use thread_locks::{Detector, Lock};

pub fn play() -> Result {
    let left = count_down(5, 100_000);
    say!("five threads, 100,000 decrements each: n is {left}");
    claim!(left == 0, "n is 0 after five real threads with fetch_sub");

    let report = explore(race, Limits::default())?;
    say!("two threads, one decrement each: {report}");
    claim!(
        (report.schedules, report.failures) == (2, 0),
        "a decrement in one step leaves 2 schedules, and neither loses one"
    );

    let n = AtomicI64::new(0);
    let atomic = least_cpu_time(|| {
        black_box(&n).fetch_sub(1, Relaxed);
    });
    let n = Lock::new(&Detector::new(), "n", 0);
    let lock = least_cpu_time(|| {
        if let Ok(mut n) = black_box(&n).lock() {
            *n -= 1;
        }
    });
    let times = lock.as_secs_f64() / atomic.as_secs_f64();
    say!("the lock takes {times:.1} times the CPU time of fetch_sub");
    claim!(
        times > 1.0,
        "fetch_sub takes less CPU time than a lock, decrement and release"
    );
    Ok(())
}

pub fn race() {
    assert_eq!(count_down(2, 1), 0, "n");
}

fn count_down(threads: i64, turns: i64) -> i64 {
    let n = AtomicI64::new(threads * turns);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                for _ in 0..turns {
                    // It reads and writes in one step, so nothing comes in between.
                    n.fetch_sub(1, Relaxed);
                }
            });
        }
    });
    n.into_inner()
}

/// The CPU time of 100,000 calls: the least of five rounds, as other programs can only
/// add to it.
fn least_cpu_time(work: impl Fn()) -> Duration {
    let round = || {
        let begin = shared::bench::cpu_time();
        (0..100_000).for_each(|_| work());
        shared::bench::cpu_time().saturating_sub(begin)
    };
    (0..5).map(|_| round()).min().unwrap_or_default()
}
