//! N2.6: `terminate` only asks: the child is still alive right after it.

use nix::sys::signal::{SigSet, Signal};
use processes::{Event, Exit, SIGTERM};
use shared::{Result, claim, pace, say, trace};

pub fn play() -> Result {
    let asked = Event::new()?;
    // In the note the child is still alive because the kernel has not got round to it,
    // which is likely and no more. Here it is certain: a child inherits its parent's
    // mask, and this one holds SIGTERM back until it is told.
    let sigterm = SigSet::from(Signal::SIGTERM);
    sigterm.thread_block()?;
    processes::scope(|family| {
        let child = family.spawn("func", || func(&asked, sigterm))?;
        sigterm.thread_unblock()?;
        say!("{} has pid {}", child.name(), child.pid());
        say!("alive: {}", child.is_alive()?);
        claim!(child.is_alive()?, "the child is alive once it is started");

        child.terminate()?;
        say!("alive right after terminate: {}", child.is_alive()?);
        claim!(child.is_alive()?, "terminate does not wait for the end");

        asked.set();
        let exit = child.join()?;
        say!("alive in the end: {}", child.is_alive()?);
        claim!(!child.is_alive()?, "the child is dead in the end");
        claim!(
            exit == Exit::Killed(SIGTERM),
            "what ended it is the signal of terminate, SIGTERM"
        );
        Ok(())
    })
}

fn func(asked: &Event, sigterm: SigSet) -> Result {
    let held_back = trace::span("SIGTERM is held back");
    asked.wait();
    drop(held_back);
    sigterm.thread_unblock()?;
    pace::sleep(1.0);
    say!("func: this is never said");
    Ok(())
}
