//! N2.5: what a child changes, it changes in its own copy of memory.

use std::cell::Cell;

use shared::{Result, claim, say};

pub fn play() -> Result {
    let apples = Cell::new(10);
    say!("main: {} apples at {:p}", apples.get(), &apples);
    processes::scope(|family| {
        // The child borrows the cell, and yet need not share it: fork has copied
        // everything, the cell as well. Two threads could not borrow a Cell like this;
        // the compiler would refuse (E0277: it cannot be shared safely).
        let child = family.spawn("eater", || eat(&apples))?;
        let exit = child.join()?;
        say!("main: {} apples at {:p}", apples.get(), &apples);
        claim!(exit.is_ok(), "the child has eaten all the apples it had");
        claim!(apples.get() == 10, "the parent still has ten");
        Ok(())
    })
}

fn eat(apples: &Cell<u32>) -> Result {
    claim!(apples.get() == 10, "the child begins with what its parent had");
    apples.set(0);
    // The very same address: each process has an address space of its own, and the copy
    // lies where the original does.
    say!("eater: {} apples at {apples:p}", apples.get());
    Ok(())
}
