//! N5.1: a function sees the names where it was defined, not where it is called.

use shared::{Result, claim, say};

pub fn play() -> Result {
    let name = "alex";
    // A closure: an `fn` would not see the name.
    let f1 = || {
        say!("{name}");
        name
    };
    let f2 = || {
        let name = "eric";
        say!("{name} calls f1");
        f1()
    };
    let seen = f2();
    claim!(seen == "alex", "f1 does not see the name of the function that calls it");

    let f2 = || {
        let name = "eric";
        say!("{name} returns f1");
        f1
    };
    let ret = f2();
    let seen = ret();
    claim!(seen == "alex", "f1 does not see the name of the function that returns it");
    Ok(())
}
