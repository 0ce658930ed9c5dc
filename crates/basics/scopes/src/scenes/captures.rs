//! N5.1: a closure captures by reference, by mutable reference, or by value.

use std::mem::size_of_val;

use shared::{Result, claim, say};

pub fn play() -> Result {
    let name = String::from("alex");
    let reads = || name.len();
    say!("reads: {} bytes, returns {} and {}", size_of_val(&reads), reads(), reads());
    claim!(
        size_of_val(&reads) == size_of::<&String>(),
        "a closure that reads a variable holds a reference to it"
    );

    let mut count = 0;
    let mut counts = || {
        count += 1;
        count
    };
    say!("changes: {} bytes", size_of_val(&counts));
    three_times(&mut counts);
    say!("count is {count}");
    claim!(count == 3, "a closure that changes a variable changes the variable itself");

    let mut count = 0;
    let mut counts = move || {
        count += 1;
        count
    };
    let last = three_times(&mut counts);
    say!("with move: it has counted to {last}, count is {count}");
    claim!(last == 3 && count == 0, "with move a closure changes a copy of its own");

    let pair = (String::from("alex"), String::from("eric"));
    let takes = move || pair.0;
    say!("takes: {} bytes of {}", size_of_val(&takes), size_of::<(String, String)>());
    claim!(
        size_of_val(&takes) == size_of::<String>(),
        "a closure takes only the field that it uses"
    );
    // The other field has stayed here. The closure gives its own away, so it can be
    // called once.
    say!("{} and {}", takes(), pair.1);
    Ok(())
}

/// Calls a closure that may change what it has captured, and returns the last value.
fn three_times(mut f: impl FnMut() -> i32) -> i32 {
    f();
    f();
    f()
}
