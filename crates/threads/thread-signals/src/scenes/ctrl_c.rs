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
    let (by_hand, stopped, worked) = thread::scope(|scope| -> Result<_> {
        let worker = thread::Builder::new()
            .name("worker".into())
            .spawn_scoped(scope, || work(&stop, told))?;
        rounds.iter().take(3).for_each(drop);
        // Somebody at the keyboard may have been quicker.
        let by_hand = stop.is_set();
        say!("main sends SIGINT, as Ctrl-C does");
        trace::signal("SIGINT", "main", getpid().as_raw());
        let sent = kill(getpid(), Signal::SIGINT);
        let stopped = stop.wait_timeout(pace::secs(50.0));
        // Also if the signal did not come: the scope waits for the worker.
        stop.set();
        sent?;
        Ok((by_hand, stopped, worker.join()))
    })?;
    claim!(stopped, "the signal set the event, and did not kill the process");
    let in_good_order = worked.is_ok_and(|rounds| rounds >= 3 || by_hand);
    claim!(in_good_order, "the worker finished its rounds and put its tools away");
    Ok(())
}

/// Works until it is told to stop, and gives the number of rounds.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the channel ends with the thread that speaks into it"
)]
fn work(stop: &Event, told: Sender<()>) -> usize {
    let mut rounds = 0;
    // A pause that Ctrl-C cuts short: after time.sleep the worker would stop a round
    // later.
    while !stop.wait_timeout(pace::secs(1.0)) {
        rounds += 1;
        say!("round {rounds}");
        if told.send(()).is_err() {
            break;
        }
    }
    say!("puts its tools away");
    rounds
}
