//! N5.1: a lock's guard without a name lives as long as the statement it is in.

use parking_lot::Mutex;
use scopes::kit::most_at_work;
use shared::{Result, claim, pace, say};

pub fn play() -> Result {
    let queue = Mutex::new(vec![3, 2, 1]);
    let lock = || if queue.is_locked() { "held" } else { "free" };

    if let Some(x) = queue.lock().pop() {
        say!("if let {x}: the lock is {}", lock());
        claim!(lock() == "held", "the body of `if let` runs under the lock");
    }
    match queue.lock().pop() {
        Some(x) => say!("match {x}: the lock is {}", lock()),
        None => say!("match: the queue is empty"),
    }
    {
        let x = queue.lock().pop();
        say!("let {}: the lock is {}", x.unwrap_or_default(), lock());
        claim!(lock() == "free", "after the statement that took it the lock is free");
    }
    if let Some(x) = queue.lock().pop() {
        say!("if let {x}: one too many");
    } else {
        // Before edition 2024 the guard lived through the `else`, too.
        say!("else: the lock is {}", lock());
        claim!(lock() == "free", "the `else` of `if let` runs without the lock");
    }

    // Python's `with` shows where the lock ends. Here the body looks as if it were
    // outside.
    queue.lock().extend([2, 1]);
    let most = most_at_work(pace::secs(0.5), |work| {
        while let Some(_x) = queue.lock().pop() {
            work();
        }
    });
    say!("lock in `while let`: {most} of two workers at work at once");
    claim!(most == 1, "under the lock of `while let` the workers work one by one");

    queue.lock().extend([2, 1]);
    let next = || queue.lock().pop();
    let most = most_at_work(pace::secs(20.0), |work| {
        while let Some(_x) = next() {
            work();
        }
    });
    say!("lock in a function: {most} of two workers at work at once");
    claim!(
        most == 2,
        "a lock that ends before the work lets both workers work at once"
    );
    Ok(())
}
