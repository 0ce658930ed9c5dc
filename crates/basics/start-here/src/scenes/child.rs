//! N2.4: a child process sends a mail, in a copy of its parent's memory.

use processes::Exit;
use shared::{Result, claim, say};

pub fn play() -> Result {
    let mut sent = 0;
    processes::scope(|family| -> Result {
        // `|| …` is a closure, Python's lambda. The child runs it, and then ends.
        let child = family.spawn("child", || send("aaa", &mut sent))?;
        // The `?` hands an error to the caller, as an exception goes up in Python.
        let exit = child.join()?;
        say!("the child {exit}");
        claim!(exit == Exit::Ok, "the child has sent its mail and ended well");
        Ok(())
    })?;
    say!("main has counted {sent}");
    claim!(sent == 0, "the child counted in its copy of the memory, not in main's");
    Ok(())
}

fn send(name: &str, sent: &mut u32) {
    *sent += 1;
    say!("mail {sent}, to {name}, is sent");
}
