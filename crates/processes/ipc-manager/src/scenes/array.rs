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
            array.iter().eq(100..110),
            "the parent reads the ten numbers that its children have set"
        );
        Ok(())
    })
}

fn foo(i: usize, array: &Array<i32>) -> Result {
    array.set(i, i as i32 + 100);
    let numbers = array.to_vec();
    say!("{numbers:?}");
    let (set, unset) = numbers.split_at(i + 1);
    claim!(
        set.iter().copied().eq((100..).take(i + 1)) && unset.iter().all(|&it| it == 0),
        "child {i} reads its own number and those of the {i} children before it"
    );
    Ok(())
}
