//! N5.12: without a manager, each process changes a list of its own.

use std::cell::RefCell;

use shared::{Result, claim, say};

pub fn play() -> Result {
    let list = RefCell::new(Vec::new());
    processes::scope(|family| {
        for i in 0..10 {
            // The borrow checker has nothing against it: each child borrows a copy, for
            // a fork has copied them all.
            family.spawn(&format!("foo-{i}"), || foo(i, &list))?;
            family.join()?;
        }
        say!("main: {:?}", list.borrow());
        claim!(
            list.borrow().is_empty(),
            "the parent's list is empty after ten children have pushed to it"
        );
        Ok(())
    })
}

fn foo(i: u32, list: &RefCell<Vec<u32>>) -> Result {
    list.borrow_mut().push(i);
    say!("foo {i}: {:?}", list.borrow());
    claim!(
        *list.borrow() == [i],
        "the list of child {i} holds {i}, and nothing of the children before it"
    );
    Ok(())
}
