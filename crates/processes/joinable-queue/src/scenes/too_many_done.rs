//! N2.13: a consumer that finishes more tasks than it has in hand gets an error.

use joinable_queue::{JoinableQueue, TooManyDone};
use shared::{Result, claim, pace, say};

pub fn play() -> Result {
    let apples = JoinableQueue::new(0)?;
    apples.put(1)?;
    apples.put(2)?;

    // As in Python: the item alone, and `task_done` later. A `Task` has a `done` of its
    // own, which takes the task, so a second call does not compile (E0382).
    let apple = apples.get()?.into_item();
    say!("main: got apple {apple}, {} unfinished", apples.unfinished());
    apples.task_done()?;
    say!("main: apple {apple} is done, {} unfinished", apples.unfinished());
    claim!(apples.unfinished() == 1, "an apple that waits in the queue is unfinished");

    let refused = apples.task_done();
    say!("main: {TooManyDone}");
    claim!(refused == Err(TooManyDone), "task_done without a task in hand is refused");
    claim!(apples.unfinished() == 1, "a refused task_done leaves apple 2 unfinished");

    // Python only counts, and would let the child finish what its parent has in hand.
    let apple = apples.get()?.into_item();
    processes::scope(|family| {
        family.spawn("child", || finish_for_parent(&apples))?;
        family.join()
    })?;
    say!("main: got apple {apple}, {} unfinished", apples.unfinished());
    let joined = apples.join_timeout(pace::secs(0.5));
    claim!(!joined, "join waits while main has an apple in hand");
    apples.task_done()?;
    let joined = apples.join_timeout(pace::secs(10.0));
    claim!(joined, "join returns when both apples are done");
    Ok(())
}

fn finish_for_parent(apples: &JoinableQueue<u32>) -> Result {
    let refused = apples.task_done();
    claim!(refused == Err(TooManyDone), "a child cannot finish its parent's task");
    Ok(())
}
