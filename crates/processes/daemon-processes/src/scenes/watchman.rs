//! N2.8: a daemon ends with the main code, another child lives on until it is done.

use processes::{Event, Exit, SIGTERM};
use shared::{Result, claim, pace, say};

pub fn play() -> Result {
    let (begun, started, called) = (Event::new()?, Event::new()?, Event::new()?);
    let (func, func2) = processes::scope(|family| {
        let func = family.daemon("func", || func(&started, &called))?;
        let watched = func.pid();
        let func2 = family.spawn("func2", || func2(&begun, &started, watched))?;
        // In the note this line comes first because it takes a while to start a
        // process, and the main code ends after five calls because it sleeps for three
        // seconds. Here events make both certain.
        say!("in main");
        begun.set();
        called.wait();
        say!("finished");
        anyhow::Ok((func, func2))
    })?;
    claim!(
        func.exit_status()? == Some(Exit::Killed(SIGTERM)),
        "the daemon was ended when the main code was"
    );
    claim!(
        func2.exit_status()? == Some(Exit::Ok),
        "the other child lived on and ended by itself"
    );
    Ok(())
}

/// The daemon: it would go on for ten seconds.
fn func(started: &Event, called: &Event) {
    started.wait();
    for call in 1..=20 {
        pace::sleep(0.5);
        say!("in func");
        if call == 5 {
            called.set();
        }
    }
}

fn func2(begun: &Event, started: &Event, watched: u32) -> Result {
    begun.wait();
    say!("start : func2");
    started.set();
    pace::sleep(5.0);
    // Left to itself the daemon would end in the tenth second.
    let gone = processes::ends_within(watched, pace::secs(4.0))?;
    claim!(gone, "the daemon ended before the other child did");
    say!("end : func2");
    Ok(())
}
