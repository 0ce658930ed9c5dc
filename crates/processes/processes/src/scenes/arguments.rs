//! N2.5: a child gets arguments and knows its parent; only its exit comes back.

use std::os::unix::process::parent_id;
use std::process::id;

use processes::Exit;
use shared::{Result, claim, pace, say};

pub fn play() -> Result {
    let main = id();
    say!("main: pid {main}");
    processes::scope(|family| {
        let child = family.spawn("func", || func(1, 2, 3, main))?;
        // The note's `func` may return what it likes, its parent never sees it. Here
        // the compiler agrees: a child's function returns nothing, or an error. To
        // bring something back there are queues and pipes.
        let exit = child.join()?;
        say!("main: pid {} {exit}", child.pid());
        claim!(exit == Exit::Ok, "the parent learns that its child has ended well");
        Ok(())
    })
}

fn func(a: i32, b: i32, c: i32, main: u32) -> Result {
    pace::sleep(1.0);
    say!("func: {a} {b} {c}, pid {}, parent {}", id(), parent_id());
    claim!(id() != main, "the child is a process of its own");
    claim!(
        parent_id() == main,
        "the parent of the child is the process that started it"
    );
    Ok(())
}
