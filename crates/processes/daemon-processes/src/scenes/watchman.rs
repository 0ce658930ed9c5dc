//! N2.8: a daemon ends with the main code, another child lives on until it is done.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use processes::{Event, Exit, SIGTERM, SharedMemory};
use shared::{Result, claim, pace, say};

pub fn play() -> Result {
    let (begun, started, called) = (Event::new()?, Event::new()?, Event::new()?);
    let calls = SharedMemory::new(AtomicU32::new(0), 0)?;
    let (func, func2) = processes::scope(|family| {
        let func = family.daemon("func", || func(&started, &called, &calls))?;
        let func2 = family.spawn("func2", || func2(&begun, &started))?;
        // In the note this line comes first because it takes a while to start a
        // process, and the main code ends after five calls because it sleeps for three
        // seconds. Here events make both certain.
        say!("in main");
        begun.set();
        family.wait_for(&called)?;
        say!("finished");
        anyhow::Ok((func, func2))
    })?;
    let late = calls.load(Relaxed) - 5;
    claim!(late <= 1, "at most one call of the daemon came after the main code");
    let (func, func2) = (func.exit_status()?, func2.exit_status()?);
    claim!(func == Some(Exit::Killed(SIGTERM)), "the daemon was ended by SIGTERM");
    claim!(func2 == Some(Exit::Ok), "the other child lived on and ended by itself");
    Ok(())
}

/// The daemon: it would go on for ten seconds.
fn func(started: &Event, called: &Event, calls: &AtomicU32) {
    started.wait();
    for call in 1..=20 {
        pace::sleep(0.5);
        say!("in func");
        calls.store(call, Relaxed);
        if call == 5 {
            called.set();
        }
    }
}

fn func2(begun: &Event, started: &Event) {
    begun.wait();
    say!("start : func2");
    started.set();
    pace::sleep(5.0);
    say!("end : func2");
}
