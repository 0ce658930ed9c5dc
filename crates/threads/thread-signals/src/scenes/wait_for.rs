//! N5.7: `wait_for` passes only when its predicate holds, however often notified.

use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Instant;

use shared::{Result, claim, pace, say};
use thread_signals::Condition;

pub fn play() -> Result {
    let basket = Condition::new(0);
    let (answer, answers) = channel();
    let (asked, passed_at) = thread::scope(|scope| -> Result<_> {
        let eater = thread::Builder::new()
            .name("eater".into())
            .spawn_scoped(scope, || eat(&basket, answer))?;
        let mut asked = Vec::new();
        // Ends with the eater, who holds the other end.
        for apples in answers {
            asked.push(apples);
            if apples < 3 {
                // As long as it takes to pick one.
                pace::sleep(1.0);
            }
            let mut basket = basket.lock();
            *basket += 1;
            basket.notify(1);
        }
        Ok((asked, eater.join()))
    })?;
    claim!(
        asked == [0, 1, 2, 3],
        "the predicate was asked once at first, and once at each notification"
    );
    claim!(
        passed_at.is_ok_and(|apples| apples == 3),
        "the eater passed at three apples, not before and not later"
    );

    let begin = Instant::now();
    let came = basket.lock().wait_for_timeout(|apples| *apples == 100, pace::secs(1.0));
    say!("a hundred apples within 1 u: {}", if came { "yes" } else { "no" });
    claim!(
        !came && begin.elapsed() >= pace::secs(1.0),
        "who waits in vain gives up when the time is up"
    );
    Ok(())
}

/// Waits for three apples, and gives how many there are when it has passed.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the channel ends with the thread that speaks into it"
)]
fn eat(basket: &Condition<i32>, answer: Sender<i32>) -> i32 {
    let mut apples = basket.lock();
    // The note's predicate asks whoever sits at the keyboard; this one looks into the
    // basket.
    apples.wait_for(|apples| {
        say!("{apples} of 3 apples: {}", if *apples == 3 { "eat" } else { "wait" });
        answer.send(*apples).is_ok() && *apples == 3
    });
    // With the lock held from the last question on, so nobody has added an apple since.
    *apples
}
