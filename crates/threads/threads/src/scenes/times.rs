//! N5.13: how long a thread takes to start, to run and to end, as the kernel counts.

use std::hint::spin_loop;
use std::time::{Duration, Instant};

use shared::{Result, claim, pace, say};
use threads::Life;

pub fn play() -> Result {
    let ((), computes) = Life::of("computes", || compute(pace::secs(2.0)))?;
    let ((), sleeps) = Life::of("sleeps", || pace::sleep(2.0))?;
    for (name, Life { start, run, end, .. }) in
        [("computes", computes), ("sleeps", sleeps)]
    {
        say!("{name}: Ts {start:.0?}, Tr {:.0?}, Td {end:.0?}", run.time);
        say!(
            "of Tr: on a core {:.0?}, ready {:.0?}, blocked {:.0?}",
            run.on_core,
            run.ready,
            run.blocked
        );
    }
    let (run, half) = (computes.run, computes.run.time / 2);
    claim!(
        run.on_core + run.ready > half,
        "the thread that computed was hardly blocked"
    );
    let (run, half) = (sleeps.run, sleeps.run.time / 2);
    claim!(
        run.blocked > half,
        "the thread that slept was blocked for most of its time"
    );
    Ok(())
}

fn compute(time: Duration) {
    let begin = Instant::now();
    while begin.elapsed() < time {
        spin_loop();
    }
}
