//! N2.8: a daemon ends with the main code, another child lives on until it is done.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;

use processes::{Exit, SIGTERM};
use shared::{Result, claim, pace, say};

pub fn play() -> Result {
    let (func, func2) = processes::scope(|family| {
        let (mut with_func, with_main) = UnixStream::pair()?;
        let func = family.daemon("func", move || func(with_main))?;
        let watched = func.pid();
        let (mut with_func2, with_main) = UnixStream::pair()?;
        let func2 = family.spawn("func2", move || func2(with_main, watched))?;
        // In the note this line comes first because it takes a while to start a
        // process, and the main code ends after five calls because it sleeps for three
        // seconds. Here both are certain: a child waits for its turn.
        say!("in main");
        with_func2.write_all(b"!")?;
        with_func2.read_exact(&mut [0])?;
        with_func.write_all(b"!")?;
        with_func.read_exact(&mut [0; 5])?;
        say!("finished");
        anyhow::Ok((func, func2))
    })?;
    claim!(
        func.exit()? == Some(Exit::Killed(SIGTERM)),
        "the daemon was ended when the main code was"
    );
    claim!(
        func2.exit()? == Some(Exit::Ok),
        "the other child lived on and ended by itself"
    );
    Ok(())
}

/// The daemon: it would go on for ten seconds.
fn func(mut with_main: UnixStream) -> Result {
    with_main.read_exact(&mut [0])?;
    for _ in 0..20 {
        pace::sleep(0.5);
        say!("in func");
        with_main.write_all(b"!")?;
    }
    Ok(())
}

fn func2(mut with_main: UnixStream, watched: u32) -> Result {
    with_main.read_exact(&mut [0])?;
    say!("start : func2");
    with_main.write_all(b"!")?;
    pace::sleep(5.0);
    // Left to itself the daemon would end in the tenth second.
    let gone = processes::ends_within(watched, pace::secs(4.0))?;
    claim!(gone, "the daemon ended before the other child did");
    say!("end : func2");
    Ok(())
}
