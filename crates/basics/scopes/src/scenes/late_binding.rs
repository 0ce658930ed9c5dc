//! N5.1: closures made in a loop share one variable, or have a copy each.

use std::cell::Cell;

use shared::{Result, claim, say};

pub fn play() -> Result {
    let li: Vec<i32> = (0..10).filter(|x| *x > 6).map(|x| x + 1).collect();
    say!("{li:?}");
    claim!(li == [8, 9, 10], "the list is 8, 9, 10");

    // Python's closures refer to the variable itself. Rust has to be told: a cell may
    // change while others refer to it.
    let x = Cell::new(0);
    let x = &x;
    let mut li2 = Vec::new();
    for i in 0..10 {
        x.set(i);
        li2.push(|| x.get());
    }
    say!("{}", li2[0]());
    claim!(
        li2.iter().all(|f1| f1() == 9),
        "all ten closures over one cell return its last value, 9"
    );

    // Python's default argument is computed when the function is defined, and so is
    // what `move` copies.
    let mut li = Vec::new();
    for i in 0..10 {
        let f1 = move || i;
        li.push(f1);
    }
    for f1 in &li[..3] {
        say!("{}", f1());
    }
    claim!(
        (0..10).all(|i| li[i]() == i),
        "ten closures with a copy each return their own values"
    );
    Ok(())
}
