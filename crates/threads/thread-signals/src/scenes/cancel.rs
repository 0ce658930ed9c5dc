//! N5.8: a timer says hello a second later; one that is cancelled never does.

use std::time::Instant;

use shared::{Result, claim, pace, say};
use thread_signals::Timer;

pub fn play() -> Result {
    let begin = Instant::now();
    let t = Timer::new("hello", pace::secs(1.0), hello).start()?;
    let never = Timer::new("never", pace::secs(12.0), hello).start()?;
    let said = t.join()?;
    claim!(
        said.is_some_and(|said| said - begin >= pace::secs(1.0)),
        "hello world was said after a second, no sooner"
    );
    let in_time = never.cancel();
    claim!(in_time, "cancel() returned true for a timer that was still waiting");
    let begin = Instant::now();
    let said = never.join()?;
    claim!(said.is_none(), "the cancelled timer did not run its function");
    claim!(
        begin.elapsed() < pace::secs(10.0),
        "the thread of the cancelled timer ended before its twelve seconds were over"
    );
    Ok(())
}

fn hello() -> Instant {
    let now = Instant::now();
    say!("hello world");
    now
}
