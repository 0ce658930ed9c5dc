//! N1.5: a stack gives the item first that was put last.

use shared::{Result, claim, say};
use thread_queues::LifoQueue;

pub fn play() -> Result {
    let q = LifoQueue::new(0);
    q.put("first")?;
    q.put("second")?;
    q.put("third")?;

    let got = [q.get()?, q.get()?, q.get()?];
    for item in got {
        say!("{item}");
    }
    claim!(
        got == ["third", "second", "first"],
        "the three items came out in the reverse of the order in which they were put"
    );

    // What is put in between overtakes what has waited for longer.
    q.put("first")?;
    q.put("second")?;
    let mut got = vec![q.get()?];
    q.put("third")?;
    got.extend([q.get()?, q.get()?]);
    say!("with a get in between: {}", got.join(", "));
    claim!(
        got == ["second", "third", "first"],
        "an item that was put between two gets came out before an older one"
    );
    Ok(())
}
