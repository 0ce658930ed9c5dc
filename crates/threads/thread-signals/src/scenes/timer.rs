//! N1.3, N5.8: a timer runs its task once, 3 u later, in a thread of its own; a cancelled one never fires.

use std::hint;
use std::thread;
use std::time::{Duration, Instant};

use shared::{Result, claim, pace, say};
use thread_signals::Timer;

pub fn play() -> Result {
    let never = Timer::new("never", pace::secs(100.0), || say!("this is never said")).start()?;
    let begin = Instant::now();
    let timer = Timer::new("timer", pace::secs(3.0), || task(10)).start()?;
    say!("main");
    let main_spoke = Instant::now();
    // Python waits for the timer at the end of the program; in Rust nobody does, unless it is joined.
    let Some((task_spoke, thread)) = timer.join()? else { anyhow::bail!("the timer was cancelled") };
    claim!(main_spoke < task_spoke, "main did not wait for the timer, it spoke first");
    claim!(task_spoke - begin >= pace::secs(3.0), "the task ran no sooner than 3 u later");
    claim!(thread.as_deref() == Some("timer"), "it ran in the timer's own thread");

    claim!(never.cancel(), "a timer cancelled before its 100 u are up says that this was in time");
    let begin = Instant::now();
    claim!(never.join()?.is_none(), "it never fires");
    claim!(begin.elapsed() < pace::secs(50.0), "and its thread ends at once, not when the time is up");

    at_the_last_moment()
}

fn task(x: i32) -> (Instant, Option<String>) {
    let now = Instant::now();
    let name = thread::current().name().map(str::to_owned);
    say!("{x} runs");
    say!("in thread {}", name.as_deref().unwrap_or("without a name"));
    (now, name)
}

/// Cancels timers when they are due, some a little sooner and some later, to meet the very moment.
///
/// Python's Timer looks whether it was cancelled and then runs its function; who cancels in between is not heard.
fn at_the_last_moment() -> Result {
    const INTERVAL: Duration = Duration::from_micros(500);
    let (mut fired, mut cancelled, mut both_or_neither) = (0, 0, 0);
    for late in 0..200 {
        let due = Instant::now() + INTERVAL;
        let timer = Timer::new("due", INTERVAL, || ()).start()?;
        // No sleep is as exact as that.
        while Instant::now() < due + Duration::from_micros(late) {
            hint::spin_loop();
        }
        match (timer.cancel(), timer.join()?) {
            (false, Some(())) => fired += 1,
            (true, None) => cancelled += 1,
            _ => both_or_neither += 1,
        }
    }
    say!("of 200 timers {fired} fired and {cancelled} were cancelled in time");
    claim!(both_or_neither == 0, "each either fired or was cancelled in time, and none did both");
    Ok(())
}
