//! N1.3, N5.8: a timer calls its function once, later; a cancelled one never does.

use std::sync::Arc;
use std::thread;
use std::time::Instant;

use shared::{Result, claim, pace, say};
use thread_signals::{Event, Timer};

pub fn play() -> Result {
    let never = Timer::new("never", pace::secs(100.0), || say!("this is never said"))
        .start()?;
    let main_spoke = Arc::new(Event::new());
    let begin = Instant::now();
    let timer = Timer::new("timer", pace::secs(3.0), {
        let main_spoke = Arc::clone(&main_spoke);
        move || task(10, &main_spoke)
    });
    let timer = timer.start()?;
    say!("main");
    main_spoke.set();
    // Python waits for the timer at the end of the program; in Rust nobody does, unless
    // it is joined.
    let Some(ran) = timer.join()? else { anyhow::bail!("the timer was cancelled") };
    claim!(ran.main_first, "main did not wait for the timer, it spoke first");
    claim!(ran.at - begin >= pace::secs(3.0), "the task ran no sooner than 3 u later");
    claim!(ran.thread.as_deref() == Some("timer"), "it ran in the timer's own thread");

    claim!(
        never.cancel(),
        "a timer cancelled before its 100 u are up says that this was in time"
    );
    let begin = Instant::now();
    claim!(never.join()?.is_none(), "it never fires");
    claim!(
        begin.elapsed() < pace::secs(50.0),
        "and its thread ends at once, not when the time is up"
    );
    Ok(())
}

/// What the task tells of its run: a timer's function may return a value.
struct Ran {
    at: Instant,
    main_first: bool,
    thread: Option<String>,
}

fn task(x: i32, main_spoke: &Event) -> Ran {
    let at = Instant::now();
    // On a busy machine main may need longer than 3 u to get so far.
    let main_first = main_spoke.wait_timeout(pace::secs(50.0));
    let thread = thread::current().name().map(str::to_owned);
    say!("{x} runs");
    say!("in thread {}", thread.as_deref().unwrap_or("without a name"));
    Ran { at, main_first, thread }
}
