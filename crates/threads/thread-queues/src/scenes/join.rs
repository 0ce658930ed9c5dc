//! N2.23: `join` waits until every item is done, and not only got.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

use interleavings::sync::atomic as explored;
use shared::{Result, claim, pace, say};
use thread_queues::{Queue, TooManyDone};

pub fn play() -> Result {
    let q = Queue::new(0);
    let eaten = AtomicUsize::new(0);
    thread::scope(|scope| -> Result {
        (1..=3).try_for_each(|apple| q.put(apple))?;
        let consumer = thread::Builder::new().name("consumer".into());
        consumer.spawn_scoped(scope, || eat(&q, &eaten))?;
        q.join();
        let (eaten, left) = (eaten.load(SeqCst), q.unfinished());
        // Ends the consumer; a claim that broke before it would leave it waiting.
        q.shutdown(false);
        say!("join returned");
        claim!(eaten == 3, "three of three apples were eaten when join returned");
        claim!(left == 0, "no apple was unfinished when join returned");
        Ok(())
    })?;

    // It counts: without an unfinished item there is nothing to be done.
    let refused = q.task_done();
    say!("{TooManyDone}");
    claim!(refused == Err(TooManyDone), "a fourth task_done of three was refused");
    let joined = q.join_timeout(pace::secs(20.0));
    claim!(joined, "a second join returned: a refused task_done changes nothing");
    Ok(())
}

fn eat(q: &Queue<u32>, eaten: &AtomicUsize) -> Result {
    for apple in q {
        pace::sleep(1.0);
        say!("apple {apple} is eaten");
        eaten.fetch_add(1, SeqCst);
        // Only now. Called right after the get it would end the join too soon.
        q.task_done()?;
    }
    Ok(())
}

/// The same with one apple, small enough to be run under every schedule: how many
/// apples are eaten when `join` returns.
pub fn one_apple() -> usize {
    let (q, eaten) = (Queue::new(0), explored::AtomicUsize::new(0));
    interleavings::thread::scope(|scope| {
        scope.spawn(|| {
            q.get().expect("not shut down");
            eaten.store(1, SeqCst);
            q.task_done().expect("an apple is unfinished");
        });
        q.put(1).expect("not shut down");
        q.join();
        eaten.load(SeqCst)
    })
}
