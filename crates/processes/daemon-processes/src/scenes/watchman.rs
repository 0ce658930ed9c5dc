//! N2.8: a daemon ends with the main code, another child lives on until it is done.

use std::io::{PipeReader, PipeWriter, Read as _, Write as _, pipe};

use processes::{Exit, SIGTERM};
use shared::{Result, claim, pace, say};

pub fn play() -> Result {
    let (mut heard, calls) = pipe()?;
    let (begun, mut has_begun) = pipe()?;
    let (func, func2) = processes::scope(|family| {
        let func = family.daemon("func", move || func(calls))?;
        let watched = func.pid();
        let func2 = family.spawn("func2", || func2(&begun, watched))?;
        // In the note this line comes first because it takes a while to start a process, and the main code ends after
        // five calls because it sleeps for three seconds. Here both are certain.
        say!("in main");
        has_begun.write_all(b"!")?;
        heard.read_exact(&mut [0; 5])?;
        say!("finished");
        anyhow::Ok((func, func2))
    })?;
    claim!(func.exit()? == Some(Exit::Killed(SIGTERM)), "the daemon was ended when the main code was");
    claim!(func2.exit()? == Some(Exit::Ok), "the other child lived on and ended by itself");
    Ok(())
}

/// The daemon: it would go on for ten seconds.
fn func(mut calls: PipeWriter) -> Result {
    for _ in 0..20 {
        pace::sleep(0.5);
        say!("in func");
        calls.write_all(b"!")?;
    }
    Ok(())
}

fn func2(mut begun: &PipeReader, watched: u32) -> Result {
    begun.read_exact(&mut [0])?;
    say!("start : func2");
    pace::sleep(5.0);
    // Left to itself the daemon would end in the tenth second.
    let gone = processes::ends_within(watched, pace::secs(4.0))?;
    claim!(gone, "the daemon ended before the other child did");
    say!("end : func2");
    Ok(())
}
