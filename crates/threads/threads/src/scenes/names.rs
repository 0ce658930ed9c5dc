//! N2.17: a thread has a name and an id; who lives can be asked, and how many.

use std::sync::{Arc, Barrier};
use std::thread;

use shared::{Result, claim, say};

const LONG_NAME: &str = "a-name-of-more-than-15-bytes";

pub fn play() -> Result {
    let met = Arc::new(Barrier::new(3));
    let waits = |name: &str| {
        let met = Arc::clone(&met);
        threads::spawn(name, move || {
            let me = thread::current();
            met.wait(); // They run.
            met.wait(); // Main has looked.
            (me.name().map(str::to_owned), me.id())
        })
    };
    let (one, two) = (waits("Thread-1")?, waits(LONG_NAME)?);
    met.wait();
    let (alive, live) = (one.is_alive(), threads::enumerate()?);
    let count = threads::active_count()?;
    met.wait();
    say!("{} is alive: {alive}", one.name());
    say!("live threads: {count}");
    claim!(alive, "the thread was alive while it waited for main");
    claim!(count == 3, "three threads lived while two waited for main");
    // Python 3.11 does not tell the kernel the names.
    let names: Vec<_> = live[1..].iter().map(|thread| &*thread.name).collect();
    say!("the kernel's names: {}", names.join(", "));
    claim!(
        names == ["Thread-1", &LONG_NAME[..15]],
        "the kernel listed both threads by the first 15 bytes of their names"
    );

    let ended = [one.join()?, two.join()?];
    let names = ended.each_ref().map(|(name, _)| name.as_deref());
    claim!(
        names == [Some("Thread-1"), Some(LONG_NAME)],
        "each thread itself knew its whole name"
    );
    let (one, two) = (ended[0].1, ended[1].1);
    let main = thread::current().id();
    claim!(one != two && one != main && two != main, "the three ids were different");

    let count = threads::active_count()?;
    say!("live threads after both joins: {count}");
    claim!(count == 1, "one thread lived after both had been joined");
    Ok(())
}
