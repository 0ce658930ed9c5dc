//! N2.6: `terminate` only asks: the child is still alive right after it.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;

use nix::sys::signal::{SigSet, Signal};
use processes::{Exit, SIGTERM};
use shared::{Result, claim, pace, say, trace};

pub fn play() -> Result {
    let (mut with_child, with_parent) = UnixStream::pair()?;
    // In the note the child is still alive because the kernel has not got round to it,
    // which is likely and no more. Here it is certain: a child inherits its parent's
    // mask, and this one holds SIGTERM back until it is told.
    let sigterm = SigSet::from(Signal::SIGTERM);
    sigterm.thread_block()?;
    processes::scope(|family| {
        let child = family.spawn("func", move || func(with_parent, sigterm))?;
        sigterm.thread_unblock()?;
        with_child.read_exact(&mut [0])?;
        say!("{} has pid {}", child.name(), child.pid());
        say!("alive: {}", child.is_alive()?);
        claim!(child.is_alive()?, "the child is alive once it is started");

        child.terminate()?;
        say!("alive right after terminate: {}", child.is_alive()?);
        claim!(child.is_alive()?, "terminate does not wait for the end");

        with_child.write_all(b"!")?;
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

fn func(mut with_parent: UnixStream, sigterm: SigSet) -> Result {
    let held_back = trace::span("SIGTERM is held back");
    with_parent.write_all(b"!")?;
    with_parent.read_exact(&mut [0])?;
    drop(held_back);
    sigterm.thread_unblock()?;
    pace::sleep(1.0);
    say!("func: this is never said");
    Ok(())
}
