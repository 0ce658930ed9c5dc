//! N2.6: `terminate` only asks: the child is still alive right after it.

use std::os::unix::process::parent_id;
use std::process::id;

use processes::{Event, Exit, SIGTERM};
use shared::{Result, claim, pace, say};

pub fn play() -> Result {
    let begun = Event::new()?;
    processes::scope(|family| {
        let child = family.spawn("func", || func(&begun, 1, 2, 3))?;
        // A child that has begun ends with its parent, even if it is suspended.
        family.wait_for(&begun)?;
        // In the note the child survives `terminate` for a moment because the kernel is
        // busy with something else, which is likely and no more. Here it is certain: a
        // suspended process gets no time on a core, and sees no SIGTERM.
        child.suspend()?;
        let alive = child.is_alive()?;
        say!("alive: {alive}");
        claim!(alive, "the child is alive before terminate");

        child.terminate()?;
        let alive = child.is_alive()?;
        say!("alive right after terminate: {alive}");
        claim!(alive, "the child is still alive right after terminate");

        child.resume()?;
        pace::sleep(0.1);
        // The sleep is long enough, unless the machine is busy; a join always is.
        let exit = child.join()?;
        let alive = child.is_alive()?;
        say!("alive a tenth of a second later: {alive}");
        claim!(!alive, "the child is dead after the join");
        claim!(exit == Exit::Killed(SIGTERM), "the child was ended by SIGTERM");

        say!("name: {}", child.name());
        say!("pid: {}", child.pid());
        Ok(())
    })
}

fn func(begun: &Event, a: i32, b: i32, c: i32) {
    begun.set();
    pace::sleep(1.0);
    say!("func: {a} {b} {c}, pid {}, parent {}, is never said", id(), parent_id());
}
