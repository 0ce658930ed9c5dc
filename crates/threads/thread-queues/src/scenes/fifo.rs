//! N1.4: a queue gives its items in the order in which they were put.

use std::thread;

use shared::{Result, claim, pace, say};
use thread_queues::Queue;

pub fn play() -> Result {
    let q = Queue::new(0);
    q.put("first")?;
    q.put("second")?;
    q.put("third")?;

    let got = [q.get()?, q.get()?, q.get()?];
    for item in got {
        say!("{item}");
    }
    claim!(
        got == ["first", "second", "third"],
        "the three items came out in the order in which they were put"
    );

    // Between two threads. The queue holds at most two items, so the producer has to
    // wait for main, which begins late.
    let q = Queue::new(2);
    let got = thread::scope(|scope| -> Result<Vec<i32>> {
        let producer = thread::Builder::new().name("producer".into());
        producer.spawn_scoped(scope, || (0..10).try_for_each(|n| q.put(n)))?;
        pace::sleep(1.0);
        Ok((0..10).map(|_| q.get()).collect::<Result<_, _>>()?)
    })?;
    say!("from another thread: {got:?}");
    claim!(
        got.into_iter().eq(0..10),
        "main got ten numbers in the order in which another thread put them"
    );
    Ok(())
}
