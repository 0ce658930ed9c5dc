//! N2.23: a queue that is shut down wakes all that wait; its items are got or dropped.

use std::sync::Barrier;
use std::thread::{self, Builder};

use shared::{Result, claim, pace, say};
use thread_queues::{GetError, PutError, Queue};

pub fn play() -> Result {
    gracefully()?;
    immediately()
}

/// What was put before can still be got.
fn gracefully() -> Result {
    let (full, empty) = (Queue::new(2), Queue::<i32>::new(0));
    full.put(1)?;
    full.put(2)?;
    let ready = Barrier::new(3);
    let (both_waited, put, got) = thread::scope(|scope| -> Result<_> {
        let named = |name: &str| Builder::new().name(name.to_owned());
        let producer = named("producer").spawn_scoped(scope, || {
            ready.wait();
            full.put(3)
        })?;
        let consumer = named("consumer").spawn_scoped(scope, || {
            ready.wait();
            empty.get()
        })?;
        ready.wait();
        // Until both wait, one for room and one for an item.
        pace::sleep(1.0);
        let both_waited = !producer.is_finished() && !consumer.is_finished();
        say!("shutdown");
        full.shutdown(false);
        empty.shutdown(false);
        Ok((both_waited, producer.join(), consumer.join()))
    })?;
    claim!(
        both_waited && matches!(put, Ok(Err(PutError::ShutDown(3)))),
        "a put that waited for room ended with ShutDown, and with its item"
    );
    claim!(
        both_waited && matches!(got, Ok(Err(GetError::ShutDown))),
        "a get that waited for an item ended with ShutDown"
    );
    let rest: Vec<_> = full.iter().collect();
    say!("still in the queue: {rest:?}");
    claim!(rest == [1, 2], "the items that were put before the shutdown could be got");
    claim!(
        full.try_put(4) == Err(PutError::ShutDown(4)),
        "a put after the shutdown was refused"
    );
    Ok(())
}

/// What is still there is handed back, and counts as done.
fn immediately() -> Result {
    let q = Queue::new(0);
    (1..=3).try_for_each(|item| q.put(item))?;
    let first = q.get()?;
    q.task_done()?;
    let left = q.shutdown(true);
    say!("immediate shutdown: {first} was done, {left:?} were not");
    claim!(left == [2, 3], "an immediate shutdown returned the items that were left");
    claim!(
        q.try_get() == Err(GetError::ShutDown),
        "no item could be got after the immediate shutdown"
    );
    claim!(
        q.join_timeout(pace::secs(20.0)),
        "join returned after the immediate shutdown, although two tasks were not done"
    );
    Ok(())
}
