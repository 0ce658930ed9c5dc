//! N5.7: `wait_for` passes only when its predicate holds, however often notified.

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Instant;

use shared::{Result, claim, pace, say};
use thread_signals::Condition;

pub fn play() -> Result {
    let basket = Arc::new(Condition::new(0));
    let (ask, questions) = channel();
    let eater = thread::Builder::new().name("eater".into()).spawn({
        let basket = Arc::clone(&basket);
        move || eat(&basket, &ask)
    })?;
    let mut asked = Vec::new();
    // The channel ends with the eater.
    for apples in questions {
        asked.push(apples);
        if apples < 3 {
            // As long as it takes to pick one.
            pace::sleep(1.0);
        }
        let mut basket = basket.lock();
        *basket += 1;
        basket.notify(1);
    }
    let passed = eater.join();
    claim!(
        asked == [0, 1, 2, 3],
        "the predicate was asked once at first, and once after each notification"
    );
    claim!(
        passed.is_ok_and(|apples| apples == 3),
        "the eater passed with three apples in the basket, not with one or with four"
    );

    let begin = Instant::now();
    let came = basket.lock().wait_for_timeout(|apples| *apples == 100, pace::secs(1.0));
    say!("a hundred apples within a second: {}", if came { "yes" } else { "no" });
    claim!(!came, "a wait for a hundred apples timed out");
    claim!(
        begin.elapsed() >= pace::secs(1.0),
        "the wait timed out after a second, no sooner"
    );
    Ok(())
}

/// Waits for three apples, and returns how many there are when it has passed.
fn eat(basket: &Condition<i32>, ask: &Sender<i32>) -> i32 {
    let mut apples = basket.lock();
    // The note's predicate asks at the keyboard; this one looks into the basket.
    apples.wait_for(|apples| {
        say!("{apples} of 3 apples: {}", if *apples == 3 { "eat" } else { "wait" });
        ask.send(*apples).is_ok() && *apples == 3
    });
    // The lock has been held since the predicate was asked, so it still holds.
    *apples
}
