//! N5.5: of ten threads never more than two are inside a semaphore of two.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

use shared::{Result, claim, pace, say};
use thread_signals::{BoundedSemaphore, TooManyReleases};

pub fn play() -> Result {
    let seats = BoundedSemaphore::new(2);
    let (inside, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let visit = |number| {
        // Goes back when it is dropped, so also after a panic. In the note a panic between acquire and release would
        // keep the seat for ever.
        let _seat = seats.acquire();
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
    claim!(most <= 2, "of the ten, never more than two were inside (the most at once: {most})");
    claim!(most == 2, "and there were two at a time");

    let refused = seats.release().err();
    say!("one release too many: {}", refused.map_or("accepted".to_owned(), |error| error.to_string()));
    claim!(refused == Some(TooManyReleases { bound: 2 }), "a release too many is an error");
    claim!(seats.available() == 2, "and makes no third seat");
    Ok(())
}
