//! N5.5: of ten threads never more than two are inside a semaphore of two.

use std::iter;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

use shared::{Result, claim, pace, say, trace};
use thread_signals::{BoundedSemaphore, TooManyReleases};

pub fn play() -> Result {
    let seats = BoundedSemaphore::new(2);
    let (inside, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let visit = |number| {
        // Goes back when it is dropped, so also after a panic. In the note a panic
        // between acquire and release would keep the seat for ever.
        let _seat = seats.acquire();
        let _inside = trace::span("inside");
        most.fetch_max(inside.fetch_add(1, SeqCst) + 1, SeqCst);
        say!("{number} comes in");
        pace::sleep(1.0);
        say!("{number} goes");
        inside.fetch_sub(1, SeqCst);
    };
    thread::scope(|scope| -> Result {
        for number in 0..10 {
            let visitor = thread::Builder::new().name(format!("visitor {number}"));
            visitor.spawn_scoped(scope, move || visit(number))?;
        }
        Ok(())
    })?;
    let most = most.load(SeqCst);
    claim!(
        most <= 2,
        "of the ten, never more than two were inside (the most at once: {most})"
    );
    claim!(most == 2, "and there were two at a time");

    release_too_often(&seats)
}

fn release_too_often(seats: &BoundedSemaphore) -> Result {
    let answer = |released: Result<(), TooManyReleases>| {
        released.map_or_else(|refused| refused.to_string(), |()| "accepted".to_owned())
    };
    let nobody_inside = seats.release(1);
    say!("a release too many with nobody inside: {}", answer(nobody_inside));
    let _one = seats.acquire();
    // Python's semaphore takes this one: it would give back the seat of the one inside,
    // who still sits there.
    let one_inside = seats.release(1);
    say!("a release too many with one inside: {}", answer(one_inside));
    let others: Vec<_> = iter::from_fn(|| seats.try_acquire()).collect();
    let crowd = 1 + others.len();
    say!("then so many are inside the semaphore of 2: {crowd}");
    let refused = Err(TooManyReleases { bound: 2 });
    claim!(
        nobody_inside == refused && one_inside == refused,
        "a release too many is an error, at any time"
    );
    claim!(crowd == 2, "and makes no third seat");
    Ok(())
}
