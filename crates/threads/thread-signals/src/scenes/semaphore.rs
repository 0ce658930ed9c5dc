//! N5.5: of ten threads never more than two are inside a semaphore of two.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

use shared::{Result, claim, pace, say};
use thread_signals::{BoundedSemaphore, TooManyReleases};

pub fn play() -> Result {
    let lock = BoundedSemaphore::new(2);
    let num = AtomicUsize::new(10);
    let (inside, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let func = |i| {
        // The permit goes back when it is dropped, so also after a panic. In the note
        // an exception between acquire and release keeps it for ever.
        let _permit = lock.acquire();
        most.fetch_max(inside.fetch_add(1, SeqCst) + 1, SeqCst);
        num.fetch_sub(1, SeqCst);
        pace::sleep(1.0);
        say!("{} {i}", num.load(SeqCst));
        inside.fetch_sub(1, SeqCst);
    };
    thread::scope(|scope| -> Result {
        for i in 0..10 {
            let t = thread::Builder::new().name(format!("thread {i}"));
            t.spawn_scoped(scope, move || func(i))?;
        }
        Ok(())
    })?;
    let most = most.into_inner();
    claim!(most <= 2, "at most two of the ten threads were inside at the same time");
    claim!(most >= 2, "two threads were inside at the same time");

    release_too_often(&lock)
}

fn release_too_often(lock: &BoundedSemaphore) -> Result {
    let answer = |released: Result<(), TooManyReleases>| {
        released.map_or_else(|refused| refused.to_string(), |()| "accepted".to_owned())
    };
    let outside = lock.release(1);
    say!("release with no thread inside: {}", answer(outside));
    claim!(outside.is_err(), "a release without an acquire is refused");

    let _first = lock.acquire();
    // Python's semaphore accepts this one, which gives back the permit of the thread
    // inside.
    let inside = lock.release(1);
    say!("release with one thread inside: {}", answer(inside));
    claim!(inside.is_err(), "a release of another thread's permit is refused");

    let (second, third) = (lock.try_acquire(), lock.try_acquire());
    say!("a third permit: {}", if third.is_some() { "given" } else { "refused" });
    claim!(
        second.is_some() && third.is_none(),
        "the semaphore still gives two permits, and no third"
    );
    Ok(())
}
