//! N5.12: an array in shared memory, in which each child sees what was set before it.

use ipc_manager::Array;
use shared::{Result, claim, say};

pub fn play() -> Result {
    let array = Array::<i32>::new(10)?;
    processes::scope(|family| {
        for i in 0..10 {
            // The note does not join, so that the children's lines come as they please.
            // One after the other, each has a past to look at.
            family.spawn(&format!("foo-{i}"), || foo(i, &array))?;
            family.join()?;
        }
        claim!(
            array.to_vec() == (100..110).collect::<Vec<_>>(),
            "the parent sees all that its children have set"
        );
        Ok(())
    })
}

fn foo(i: usize, array: &Array<i32>) -> Result {
    array.set(i, i as i32 + 100);
    let numbers = array.to_vec();
    say!("{numbers:?}");
    let set = numbers
        .iter()
        .enumerate()
        .filter(|(place, number)| **number == *place as i32 + 100);
    claim!(
        set.count() == i + 1,
        "child {i} sees its own number and those of the {i} before it"
    );
    Ok(())
}
