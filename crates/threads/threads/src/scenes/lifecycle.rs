//! N5.13: the states of a thread: created, ready or running, blocked, ended.

use std::hint::spin_loop;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Barrier};
use std::thread::yield_now;
use std::time::Instant;

use shared::{Result, claim, pace, say};
use threads::{State, Unstarted};

pub fn play() -> Result {
    let (stop, begun) = (Arc::new(AtomicBool::new(false)), Arc::new(Barrier::new(2)));
    let t = Unstarted::new("t", {
        let (stop, begun) = (Arc::clone(&stop), Arc::clone(&begun));
        move || live(&begun, &stop)
    });
    let created = state()?;
    let t = t.start()?;
    begun.wait();
    // On a core, or ready and waiting for one: a thread goes to and fro between these
    // two, and the kernel has one letter for both.
    let runs = wait_for(State::Runnable)?;
    stop.store(true, SeqCst);
    // It is about to wait; how soon depends on how busy the machine is.
    let blocks = wait_for(State::Blocked)?;
    begun.wait();
    t.join()?;
    let ended = state()?;
    for (when, state) in
        [("created", created), ("runs", runs), ("blocks", blocks), ("ended", ended)]
    {
        say!("{when}: {}", describe(state));
    }
    claim!(created.is_none(), "the kernel knew no thread that was only created");
    claim!(runs == Some(State::Runnable), "the thread that computed was runnable");
    claim!(blocks == Some(State::Blocked), "the thread that waited was blocked");
    claim!(ended.is_none(), "the kernel knew the thread no more when it was joined");
    Ok(())
}

fn live(begun: &Barrier, stop: &AtomicBool) {
    begun.wait();
    while !stop.load(SeqCst) {
        spin_loop();
    }
    begun.wait();
}

/// What the kernel says of the thread t, if it lives.
fn state() -> Result<Option<State>> {
    let live = threads::enumerate()?;
    Ok(live.iter().find(|thread| thread.name == "t").map(|thread| thread.state))
}

/// Asks until the thread t does that, but not for ever; and what it does then.
fn wait_for(wanted: State) -> Result<Option<State>> {
    let begin = Instant::now();
    loop {
        let state = state()?;
        if state == Some(wanted) || begin.elapsed() > pace::secs(20.0) {
            return Ok(state);
        }
        yield_now();
    }
}

fn describe(state: Option<State>) -> String {
    state
        .map_or_else(|| "not there".into(), |state| format!("{state:?}").to_lowercase())
}
