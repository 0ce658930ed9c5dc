//! N3.1: what is sent is a copy, and changing the copy does not change the original.

use std::cell::RefCell;

use ipc_pipe::{Connection, pipe};
use shared::{Result, claim, say};

pub fn play() -> Result {
    let original = RefCell::new(vec![1, 2, 3]);
    let (mut parent, child) = pipe()?;
    // To send is to give away, as to any function that takes a value; to keep the list,
    // the parent sends a clone. In Python the name still stands for the list, and looks
    // as if it were shared.
    parent.send(original.borrow().clone())?;
    processes::scope(|family| {
        family.spawn_with("changer", child, |child| change(child, &original))?;
        let changed = parent.recv()?;
        say!("main: the original is still {:?}", original.borrow());
        claim!(changed == [1, 2, 3, 4], "the child has changed what it received");
        claim!(*original.borrow() == [1, 2, 3], "the list of the parent is unchanged");
        Ok(())
    })
}

fn change(mut conn: Connection<Vec<u32>>, original: &RefCell<Vec<u32>>) -> Result {
    let mut received = conn.recv()?;
    received.push(4);
    // This is a copy too, made by fork.
    original.borrow_mut().push(4);
    say!("changer: received {received:?}, inherited {:?}", original.borrow());
    conn.send(received)?;
    Ok(())
}
