//! N5.6: Ctrl-C sets an event, and the thread that waits for it ends in good order.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use nix::sys::signal::{Signal, kill};
use nix::unistd::getpid;
use shared::{Result, claim, pace, say, trace};
use thread_signals::Event;

#[derive(Default)]
struct Workshop {
    stop: Event,
    tools_are_away: AtomicBool,
}

pub fn play() -> Result {
    let workshop = Arc::new(Workshop::default());
    let (told, rounds) = channel();
    let worker = thread::Builder::new().name("worker".into()).spawn({
        let workshop = Arc::clone(&workshop);
        move || work(&workshop, &told)
    })?;
    ctrlc::set_handler({
        let workshop = Arc::clone(&workshop);
        // A signal handler proper may take no lock (signal-safety(7)), so it could not
        // set an event. The ctrlc crate's only wakes a thread that it keeps for this,
        // and that thread runs the closure.
        move || workshop.stop.set()
    })?;
    // Fewer, if Ctrl-C has been pressed meanwhile: the channel ends with the worker.
    rounds.iter().take(3).for_each(drop);
    press_ctrl_c()?;
    let was_set = workshop.stop.wait_timeout(pace::secs(20.0));
    claim!(was_set, "SIGINT set the event, and did not end the process");
    // Waits until the worker has put its tools away: to be told is not to have ended.
    let _ = worker.join();
    let are_away = workshop.tools_are_away.load(SeqCst);
    claim!(are_away, "the worker put its tools away before main ended");
    Ok(())
}

/// Works in rounds of a second until it is told to stop.
fn work(workshop: &Workshop, told: &Sender<usize>) -> Result {
    let mut round = 0;
    // A pause that Ctrl-C cuts short: with time.sleep the worker stops a round later.
    while !workshop.stop.wait_timeout(pace::secs(1.0)) {
        round += 1;
        say!("round {round}");
        told.send(round)?;
    }
    say!("puts its tools away");
    pace::sleep(1.0);
    workshop.tools_are_away.store(true, SeqCst);
    Ok(())
}

fn press_ctrl_c() -> Result {
    say!("main sends SIGINT, as Ctrl-C does");
    trace::signal("SIGINT", "main", getpid().as_raw());
    Ok(kill(getpid(), Signal::SIGINT)?)
}
