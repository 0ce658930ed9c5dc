//! N2.13: to say more tasks done than one has taken is an error, and changes nothing.

use joinable_queue::{JoinableQueue, TooManyDone};
use shared::{Result, claim, say};

pub fn play() -> Result {
    let apples = JoinableQueue::new(0)?;
    apples.put(1)?;
    apples.put(2)?;

    // As in Python: the item alone, and later a word that it is done. A `Task` that is
    // kept has a `done` of its own, which takes the task, so that to call it twice does
    // not compile (E0382).
    let apple = apples.get()?.into_item();
    say!("main: got apple {apple}, {} unfinished", apples.unfinished());
    apples.task_done()?;
    say!("main: apple {apple} is done, {} unfinished", apples.unfinished());
    claim!(apples.unfinished() == 1, "an apple that still waits is unfinished");

    let error = apples.task_done();
    claim!(
        error == Err(TooManyDone),
        "nobody says that an apple is done which he never got"
    );
    say!("main: {TooManyDone}");
    claim!(apples.unfinished() == 1, "the error has changed nothing");

    // Python only counts, and would let the child finish what its parent has in hand.
    let apple = apples.get()?.into_item();
    processes::scope(|family| -> Result {
        let child = family.spawn("child", || finish_for_another(&apples))?;
        claim!(child.join()?.is_ok(), "the child was told so");
        Ok(())
    })?;
    say!("main: got apple {apple}, {} unfinished", apples.unfinished());
    apples.task_done()?;
    apples.join();
    claim!(apples.unfinished() == 0, "the queue is joined when both are done");
    Ok(())
}

fn finish_for_another(apples: &JoinableQueue<u32>) -> Result {
    let error = apples.task_done();
    claim!(error == Err(TooManyDone), "nor does a child for its parent");
    Ok(())
}
