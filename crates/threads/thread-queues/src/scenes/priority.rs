//! N1.6: a priority queue gives the smallest item first.

use shared::{Result, claim, say};
use thread_queues::{Prioritized, PriorityQueue};

pub fn play() -> Result {
    let q = PriorityQueue::new(0);
    // A tuple: its first part is the priority, and the smaller number goes first.
    q.put((20, 'a'))?;
    q.put((10, 'b'))?;
    q.put((30, 'c'))?;

    let got = [q.get()?, q.get()?, q.get()?];
    for item in got {
        say!("{item:?}");
    }
    claim!(
        got == [(10, 'b'), (20, 'a'), (30, 'c')],
        "the tuples came out in the order of their numbers"
    );

    // Tuples with the same number compare what comes after it.
    q.put((1, 'z'))?;
    q.put((1, 'm'))?;
    let got = [q.get()?, q.get()?];
    say!("with the same number: {:?}, {:?}", got[0], got[1]);
    claim!(
        got == [(1, 'm'), (1, 'z')],
        "of two tuples with the same number the smaller letter came out first"
    );

    // Here the item is not compared. Python's heap mixes up equal priorities.
    let q = PriorityQueue::new(0);
    for item in ["z", "m", "a", "k", "b"] {
        q.put(Prioritized { priority: 1, item })?;
    }
    let got: Vec<_> = q.drain().map(|prioritized| prioritized.item).collect();
    say!("with equal priorities: {}", got.join(" "));
    claim!(
        got == ["z", "m", "a", "k", "b"],
        "items of equal priority came out in the order in which they were put"
    );
    Ok(())
}
