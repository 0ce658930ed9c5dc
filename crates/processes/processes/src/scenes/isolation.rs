//! N2.5: what a child changes, it changes in its own copy of memory.

use std::cell::Cell;

use shared::{Result, claim, say};

pub fn play() -> Result {
    let apples = Cell::new(10);
    let at = &raw const apples;
    say!("main: {} apples at {at:p}", apples.get());
    processes::scope(|family| {
        // The child borrows the cell, and yet need not share it: fork has copied
        // everything, the cell as well. Two threads could not borrow a Cell like this;
        // the compiler would refuse (E0277: it cannot be shared safely).
        family.spawn("eater", || eat(&apples, at))?;
        family.join()?;
        say!("main: {} apples at {at:p}", apples.get());
        claim!(apples.get() == 10, "the parent still has its ten apples");
        Ok(())
    })
}

fn eat(apples: &Cell<u32>, at: *const Cell<u32>) -> Result {
    claim!(apples.get() == 10, "the child begins with the ten apples of its parent");
    apples.set(0);
    // Each process has an address space of its own, and the copy lies where the
    // original does.
    say!("eater: {} apples at {apples:p}", apples.get());
    claim!(
        apples.get() == 0 && std::ptr::eq(apples, at),
        "the child has eaten all apples, at the address of its parent's"
    );
    Ok(())
}
