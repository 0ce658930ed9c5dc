//! N1.13: with a thread-local of the standard library each thread reads its own number.

use std::cell::Cell;

use shared::{Result, claim, say};
use thread_local::kit;

thread_local! {
    /// Each thread has one of its own, which begins with this value.
    static NAME: Cell<usize> = const { Cell::new(100) };
}

pub fn play() -> Result {
    let read = kit::threads(10, |num, all_have_set| {
        NAME.set(num);
        all_have_set.wait();
        say!("{} thread-{num}", NAME.get());
        NAME.get()
    })?;
    claim!(
        read.into_iter().eq(0..10),
        "each of the ten threads read the number that it had set"
    );
    say!("{} main", NAME.get());
    claim!(NAME.get() == 100, "main, which set no number, read the first value");
    Ok(())
}
