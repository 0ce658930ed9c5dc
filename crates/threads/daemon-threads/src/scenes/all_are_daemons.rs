//! N2.19: in Rust every thread ends with main; in Python only daemons do.

use std::sync::Arc;

use processes::{Event, Exit};
use shared::{Result, claim, pace, say};

pub fn play() -> Result {
    let (begun, ended) = (Arc::new(Event::new()?), Arc::new(Event::new()?));
    // The program that is shown is a process of its own, so that something is left to
    // look at what it leaves behind. (The topic `processes` explains how.)
    let exit = processes::scope(|family| {
        family.spawn("program", || program(&begun, &ended))?.join()
    })?;
    say!("the program has ended: {exit}");
    claim!(exit == Exit::Ok, "the program ended well while its thread still ran");
    claim!(!ended.is_set(), "the thread had not come to its end with the program");
    Ok(())
}

fn program(begun: &Arc<Event>, ended: &Arc<Event>) -> Result {
    let (begins, ends) = (Arc::clone(begun), Arc::clone(ended));
    // The handle is dropped: nothing waits for the thread.
    threads::spawn("son", move || {
        say!("start son");
        begins.set();
        pace::sleep(20.0);
        say!("end son");
        ends.set();
    })?;
    begun.wait();
    say!("main ends");
    Ok(())
}
