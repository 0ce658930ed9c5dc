//! N5.8: a timer cancelled just as it is due either fires or is cancelled, never both.

use std::thread;
use std::time::{Duration, Instant};

use shared::{Result, claim, say, trace};
use thread_signals::Timer;

const TIMERS: u32 = 25;
const INTERVAL: Duration = Duration::from_micros(500);
const STEP: Duration = Duration::from_micros(40);

pub fn play() -> Result {
    let (mut fired, mut cancelled, mut both_or_neither) = (0, 0, 0);
    for number in 0..TIMERS {
        // The thread needs a while to wake up: so the first are cancelled a little too
        // soon, and the last too late.
        let cancelled_at = Instant::now() + INTERVAL + number * STEP;
        let timer = Timer::new(format!("timer {number}"), INTERVAL, || {
            drop(trace::span("fires"));
        })
        .start()?;
        // No sleep is as exact as that.
        while Instant::now() < cancelled_at {
            thread::yield_now();
        }
        match (timer.cancel(), timer.join()?) {
            (false, Some(())) => fired += 1,
            (true, None) => cancelled += 1,
            _ => both_or_neither += 1,
        }
    }
    say!("of {TIMERS} timers {fired} fired and {cancelled} were cancelled in time");
    claim!(
        both_or_neither == 0,
        "each either fired or was cancelled in time, and none did both"
    );
    Ok(())
}
