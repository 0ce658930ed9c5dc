//! N5.6: Ctrl-C sets an event, and the thread that waits for it ends in good order.

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use nix::sys::signal::{Signal, kill};
use nix::unistd::getpid;
use shared::{Result, claim, pace, say, trace};
use thread_signals::Event;

pub fn play() -> Result {
    let stop = Arc::new(Event::new());
    ctrlc::set_handler({
        let stop = Arc::clone(&stop);
        // A signal handler proper may take no lock (signal-safety(7)), so it could not
        // set an event. The ctrlc crate's only wakes a thread that it keeps for this,
        // and that thread runs the closure.
        move || stop.set()
    })?;
    let (told, rounds) = channel();
    let worker = thread::Builder::new().name("worker".into()).spawn({
        let stop = Arc::clone(&stop);
        move || work(&stop, &told)
    })?;
    // Fewer, if Ctrl-C has been pressed meanwhile: the channel ends with the worker.
    rounds.iter().take(3).for_each(drop);
    press_ctrl_c()?;
    let was_set = stop.wait_timeout(pace::secs(20.0));
    claim!(was_set, "SIGINT set the event, and did not end the process");
    // The worker knows that it has to end; this waits until it has.
    let tools_are_away = worker.join().is_ok_and(|ended| ended.is_ok());
    claim!(tools_are_away, "the worker put its tools away before main ended");
    Ok(())
}

/// Works in rounds of a second until it is told to stop.
fn work(stop: &Event, told: &Sender<usize>) -> Result {
    let mut round = 0;
    // A pause that Ctrl-C cuts short: with time.sleep the worker stops a round later.
    while !stop.wait_timeout(pace::secs(1.0)) {
        round += 1;
        say!("round {round}");
        told.send(round)?;
    }
    say!("puts its tools away");
    pace::sleep(1.0);
    Ok(())
}

fn press_ctrl_c() -> Result {
    say!("main sends SIGINT, as Ctrl-C does");
    trace::signal("SIGINT", "main", getpid().as_raw());
    Ok(kill(getpid(), Signal::SIGINT)?)
}
