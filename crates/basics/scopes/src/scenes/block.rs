//! N5.1: a name ends with its block, and a block has a value.

use std::cell::RefCell;

use shared::{Result, claim, say};

pub fn play() -> Result {
    // Python prints a name that was given within `if`. Here the name ends with its
    // block, so the block gives its value to a name outside.
    let day = 1;
    let name = if day == 1 { "Janice" } else { "eric" };
    say!("{name}");
    claim!(name == "Janice", "a block gives its value to a name outside of it");

    // The same name, but another variable, of another type.
    let mut name = 0;
    for i in 0..10 {
        name = i;
    }
    say!("{name}");
    claim!(name == 9, "a variable from outside the loop keeps its last value, 9");

    let name = "alex";
    {
        let name = "eric";
        say!("in the block: {name}");
    }
    say!("after the block: {name}");
    claim!(
        name == "alex",
        "a name in a block hides the outer one and does not change it"
    );

    let told = RefCell::new(Vec::new());
    {
        let _first = Told { name: "first", told: &told };
        let _second = Told { name: "second", told: &told };
        told.borrow_mut().push("the block ends");
    }
    told.borrow_mut().push("after the block");
    for line in told.borrow().iter() {
        say!("{line}");
    }
    claim!(
        *told.borrow() == ["the block ends", "second", "first", "after the block"],
        "the values of a block are dropped at its end, the last one first"
    );
    Ok(())
}

/// Tells its name when it is dropped.
struct Told<'a> {
    name: &'static str,
    told: &'a RefCell<Vec<&'static str>>,
}

impl Drop for Told<'_> {
    fn drop(&mut self) {
        self.told.borrow_mut().push(self.name);
    }
}
