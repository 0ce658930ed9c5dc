//! N2.11: put and get wait, or time out; `is_full` and `is_empty` are only hints.

use std::time::Instant;

use processes::Family;
use producer_consumer::{GetError, ProcessQueue, PutError};
use shared::{Result, claim, pace, say};

pub fn play() -> Result {
    let queue = ProcessQueue::new(2)?;
    queue.put("apple".to_owned())?;
    queue.put("pear".to_owned())?;
    let (len, maxsize) = (queue.len(), queue.maxsize());
    say!("{len} of {maxsize} places are taken, full: {}", queue.is_full());

    // Python's put raises Full; here the error also gives the item back, which the
    // queue would otherwise own by now.
    let full = queue.try_put("plum".to_owned());
    claim!(
        matches!(full, Err(PutError::Full(item)) if item == "plum"),
        "try_put into a full queue gives Full, and the plum back"
    );
    let begin = Instant::now();
    let full = queue.put_timeout("plum".to_owned(), pace::secs(1.0));
    claim!(
        matches!(full, Err(PutError::Full(_))),
        "put_timeout gives Full if there is no room in time"
    );
    claim!(begin.elapsed() >= pace::secs(1.0), "put_timeout waits for its timeout");

    processes::scope(|family| -> Result {
        let (len, was_full) = (queue.len(), queue.is_full());
        get_elsewhere(family, &queue)?;
        say!(
            "seen: {len} items, full: {was_full}; meanwhile another process has got one"
        );
        claim!(
            was_full && queue.try_put("plum".to_owned()).is_ok(),
            "there is room for a plum in a queue that was full a moment ago"
        );

        let was_empty = queue.is_empty();
        get_elsewhere(family, &queue)?;
        get_elsewhere(family, &queue)?;
        say!("seen: empty: {was_empty}; meanwhile it has got the others");
        claim!(
            !was_empty && queue.try_get() == Err(GetError::Empty),
            "there is nothing in a queue that was not empty a moment ago"
        );
        Ok(())
    })?;

    let begin = Instant::now();
    claim!(
        queue.get_timeout(pace::secs(1.0)) == Err(GetError::Empty),
        "get_timeout gives Empty if there is no item in time"
    );
    claim!(begin.elapsed() >= pace::secs(1.0), "get_timeout waits for its timeout");
    Ok(())
}

/// Lets another process get an item, at just the wrong moment.
fn get_elsewhere(family: &Family, queue: &ProcessQueue<String>) -> Result {
    family.spawn("other", || queue.get().map(|item| say!("other: {item}")))?;
    Ok(family.join()?)
}
