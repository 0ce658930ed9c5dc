//! N2.11: put and get wait for ever or for a time; the queue's length is a hint.

use std::time::Instant;

use processes::Family;
use producer_consumer::{GetError, ProcessQueue, PutError};
use shared::{Result, claim, pace, say};

pub fn play() -> Result {
    let queue = ProcessQueue::new(2)?;
    queue.put("apple".to_owned())?;
    queue.put("pear".to_owned())?;
    say!(
        "{} of {} places are taken, full: {}",
        queue.len(),
        queue.maxsize(),
        queue.is_full()
    );

    // Python's put raises Full; here the error also gives the item back, which the
    // queue would otherwise own by now.
    let now = queue.try_put("plum".to_owned());
    claim!(
        matches!(&now, Err(PutError::Full(item)) if item == "plum"),
        "try_put does not wait for room"
    );
    let begin = Instant::now();
    let later = queue.put_timeout("plum".to_owned(), pace::secs(1.0));
    claim!(
        matches!(&later, Err(PutError::Full(item)) if item == "plum"),
        "put_timeout finds none in time"
    );
    claim!(pace::note_secs(begin.elapsed()) >= 1.0, "and it has waited for that time");

    processes::scope(|family| {
        let seen = (queue.len(), queue.is_full());
        get_elsewhere(family, &queue)?;
        say!(
            "seen: {} items, full: {}; meanwhile another process has got one",
            seen.0,
            seen.1
        );
        claim!(
            seen.1 && queue.try_put("plum".to_owned()).is_ok(),
            "there is room in a queue that was full"
        );

        let seen = queue.is_empty();
        get_elsewhere(family, &queue)?;
        get_elsewhere(family, &queue)?;
        say!("seen: empty: {seen}; meanwhile it has got the others");
        claim!(
            !seen && queue.try_get() == Err(GetError::Empty),
            "there is nothing in a queue that was not empty"
        );
        Ok::<(), shared::anyhow::Error>(())
    })?;

    let begin = Instant::now();
    claim!(
        queue.get_timeout(pace::secs(1.0)) == Err(GetError::Empty),
        "get_timeout finds nothing in time"
    );
    claim!(pace::note_secs(begin.elapsed()) >= 1.0, "and it has waited for that time");
    Ok(())
}

/// Lets another process get an item, at just the wrong moment.
fn get_elsewhere(family: &Family, queue: &ProcessQueue<String>) -> Result {
    family.spawn("other", || queue.get().map(|item| say!("other: {item}")))?;
    Ok(family.join()?)
}
