//! N5.8: a timer cancelled just as it is due fires or is cancelled, and says which.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use shared::{Result, claim, pace, say};
use thread_signals::{Barrier, Timer};

const TIMERS: u32 = 50;
const INTERVAL: Duration = Duration::from_micros(500);
const STEP: Duration = Duration::from_micros(100);

pub fn play() -> Result {
    // The function meets main when it begins, and once more before it ends.
    let meeting = Arc::new(Barrier::new(2)?);
    let late = Timer::new("late", pace::secs(1.0), {
        let meeting = Arc::clone(&meeting);
        move || meeting.wait().and(meeting.wait())
    });
    let late = late.start()?;
    meeting.wait()?;
    let in_time = late.cancel();
    meeting.wait()?;
    late.join()?;
    say!("the function was running when its timer was cancelled");
    claim!(!in_time, "cancel() returned false while the function was running");

    let (mut fired, mut cancelled, mut both_or_neither) = (0, 0, 0);
    let mut patience = INTERVAL;
    for i in 0..TIMERS {
        let cancel_at = Instant::now() + patience;
        let timer = Timer::new(format!("timer {i}"), INTERVAL, || ()).start()?;
        // No sleep is as exact as that.
        while Instant::now() < cancel_at {
            thread::yield_now();
        }
        // Too late: the next one is cancelled sooner. In time: the next one later.
        match (timer.cancel(), timer.join()?) {
            (false, Some(())) => (fired, patience) = (fired + 1, sooner(patience)),
            (true, None) => (cancelled, patience) = (cancelled + 1, patience + STEP),
            _ => both_or_neither += 1,
        }
    }
    say!("of {TIMERS} timers {fired} fired and {cancelled} were cancelled in time");
    claim!(both_or_neither == 0, "cancel() was right about each of the timers");
    claim!(fired > 0, "some of the timers fired");
    claim!(cancelled > 0, "some of the timers were cancelled in time");
    Ok(())
}

fn sooner(patience: Duration) -> Duration {
    patience.saturating_sub(STEP)
}
