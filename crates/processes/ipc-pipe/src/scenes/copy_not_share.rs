//! N3.1: what is sent is a copy, and changing the copy does not change the original.

use ipc_pipe::{Connection, pipe};
use shared::{Result, claim, say};

pub fn play() -> Result {
    let (mut parent, child) = pipe::<Vec<u32>>()?;
    processes::scope(|family| {
        family.spawn_with("keeper", child, keep)?;
        let mut copy = parent.recv()?;
        copy.push(4);
        say!("main: the copy is {copy:?} now");
        // Only now may the child look: whatever the change to the copy does, it has
        // done.
        parent.send(copy)?;
        family.join()?;
        Ok(())
    })
}

fn keep(mut conn: Connection<Vec<u32>>) -> Result {
    let original = vec![1, 2, 3];
    // To send is to give away, as to any function that takes a value; who wants to keep
    // it sends a clone. In Python the name still stands for the list, and looks as if
    // it were shared.
    conn.send(original.clone())?;
    let changed = conn.recv()?;
    say!("child: the original is {original:?} still");
    claim!(changed == [1, 2, 3, 4], "the copy was changed");
    claim!(original == [1, 2, 3], "the original was not");
    Ok(())
}
