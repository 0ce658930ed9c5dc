//! N1.3: a timer runs its task three seconds later, in a thread of its own.

use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use shared::{Result, claim, pace, say};
use thread_signals::{Event, Timer};

pub fn play() -> Result {
    let main_spoke = Arc::new(Event::new());
    let begin = Instant::now();
    let t = Timer::new("timer", pace::secs(3.0), {
        let main_spoke = Arc::clone(&main_spoke);
        move || task(10, &main_spoke)
    })
    .start()?;
    say!("main");
    main_spoke.set();
    // Python waits at the end of the program for the timer's thread. Rust does not,
    // unless the timer is joined.
    let ran = t.join()?.context("the timer was cancelled")?;
    claim!(ran.main_first, "main spoke while the timer was waiting");
    let waited = ran.at - begin;
    claim!(waited >= pace::secs(3.0), "the task ran three seconds after the start");
    claim!(ran.thread == "timer", "the task ran in the timer's own thread");
    Ok(())
}

/// What the task found when it ran: a timer's function may return a value.
struct Ran {
    at: Instant,
    main_first: bool,
    thread: String,
}

fn task(x: i32, main_spoke: &Event) -> Ran {
    let at = Instant::now();
    // On a busy machine main may need longer than the three seconds.
    let main_first = main_spoke.wait_timeout(pace::secs(20.0));
    let thread = std::thread::current().name().unwrap_or("without a name").to_owned();
    say!("{x} runs");
    say!("in thread {thread}");
    Ran { at, main_first, thread }
}
