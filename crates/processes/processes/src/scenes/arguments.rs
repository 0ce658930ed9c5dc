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
        claim!(exit == Exit::Ok, "all that the parent learns is how its child ended");
        claim!(child.pid() != main, "parent and child are two processes");
        Ok(())
    })
}

fn func(a: i32, b: i32, c: i32, main: u32) -> Result {
    pace::sleep(1.0);
    say!("func: {a} {b} {c}, pid {}, parent {}", id(), parent_id());
    claim!(parent_id() == main, "the child's parent is the process that started it");
    Ok(())
}
