//! N2.20: with a lock around each decrement, n is 0 under every schedule.

use std::time::{Duration, Instant};

use interleavings::sync::atomic::{AtomicI64, Ordering::Relaxed};
use interleavings::{Limits, explore, thread};
use shared::{Result, claim, say};
use thread_locks::{Detector, Lock};

pub fn play() -> Result {
    let (with, left) = timed(|| count_down(5, 100_000));
    say!("five threads, 100,000 decrements each: n is {left}");
    claim!(left == 0, "n is 0 after five real threads with a lock");

    // The note's program took 23 times as long with the lock as without.
    let (without, _) = timed(|| without_a_lock(5, 100_000));
    let times = with.as_secs_f64() / without.as_secs_f64();
    say!("it took {times:.0} times as long as without the lock");

    let report = explore(race, Limits::default())?;
    say!("two threads, one decrement each: {report}");
    claim!(
        report.complete && report.failures == 0,
        "n is 0 at the end of every schedule of two threads with a lock"
    );
    Ok(())
}

pub fn race() {
    assert_eq!(count_down(2, 1), 0, "n");
}

fn count_down(threads: i64, turns: i64) -> i64 {
    let n = Lock::new(&Detector::new(), "n", threads * turns);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                for _ in 0..turns {
                    // The number is in the lock; there is no way to it but this.
                    let mut n = n.lock().expect("it holds no other lock");
                    *n -= 1;
                }
            });
        }
    });
    n.into_inner()
}

fn without_a_lock(threads: i64, turns: i64) -> i64 {
    let n = AtomicI64::new(threads * turns);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                (0..turns).for_each(|_| n.store(n.load(Relaxed) - 1, Relaxed));
            });
        }
    });
    n.into_inner()
}

fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let begin = Instant::now();
    let value = work();
    (begin.elapsed(), value)
}
