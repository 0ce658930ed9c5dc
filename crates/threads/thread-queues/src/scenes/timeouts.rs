//! N2.23: a get waits while the queue is empty, and a put while it is full; or not.

use std::sync::Barrier;
use std::thread;
use std::time::Instant;

use shared::{Result, claim, pace, say};
use thread_queues::{GetError, PutError, Queue};

pub fn play() -> Result {
    get_waits()?;

    let q = Queue::new(2);
    q.put("apple")?;
    q.put("pear")?;
    // The error owns the plum, and gives it back. Python's exception is empty.
    let full = q.try_put("plum");
    say!(
        "try_put: {}",
        full.as_ref().map_or_else(ToString::to_string, |()| "put".into())
    );
    claim!(
        full == Err(PutError::Full("plum")),
        "try_put into a full queue handed the plum back at once"
    );
    let begin = Instant::now();
    let full = q.put_timeout("plum", pace::secs(1.0));
    claim!(
        full == Err(PutError::Full("plum")),
        "put_timeout into a full queue handed the plum back in the end"
    );
    claim!(
        begin.elapsed() >= pace::secs(1.0),
        "put_timeout waited for room for a second"
    );

    let got = [q.get()?, q.get_timeout(pace::secs(1.0))?];
    say!("got {} and {}", got[0], got[1]);
    let begin = Instant::now();
    let empty = q.get_timeout(pace::secs(1.0));
    say!("get_timeout: {}", empty.map_or_else(|error| error.to_string(), Into::into));
    claim!(
        empty == Err(GetError::Empty) && q.try_get() == Err(GetError::Empty),
        "get_timeout and try_get of an empty queue returned Empty"
    );
    claim!(
        begin.elapsed() >= pace::secs(1.0),
        "get_timeout waited for an item for a second"
    );
    Ok(())
}

fn get_waits() -> Result {
    let q = Queue::new(0);
    let ready = Barrier::new(2);
    thread::scope(|scope| {
        let getter = thread::Builder::new().name("getter".into());
        let getter = getter.spawn_scoped(scope, || {
            ready.wait();
            q.get()
        })?;
        ready.wait();
        pace::sleep(1.0);
        let has_waited = !getter.is_finished();
        say!("put hello");
        q.put("hello")?;
        let got = getter.join().unwrap_or(Err(GetError::Empty));
        claim!(has_waited, "get was still waiting a second later in an empty queue");
        claim!(
            got == Ok("hello"),
            "get returned the item that was put while it waited"
        );
        Ok(())
    })
}
