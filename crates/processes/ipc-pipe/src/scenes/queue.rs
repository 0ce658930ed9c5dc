//! N3.1: a child puts a list into a queue, and its parent gets it.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use producer_consumer::ProcessQueue;
use shared::{Result, claim, say};

/// Far longer than a child takes to put a list.
const PATIENCE: Duration = Duration::from_secs(10);

/// The note's list holds what it likes. A queue has items of one type here, and both
/// sides agree on it before anything runs.
type List = (i32, String, i32);

pub fn play() -> Result {
    // The counterpart of multiprocessing.Queue, which the topic producer-consumer
    // shows. Python passes it as an argument; a closure borrows it.
    let queue = ProcessQueue::new(0)?;
    processes::scope(|family| {
        family.spawn("thre", || queue.put(list()))?;
        // A plain `get` would wait for ever if the child died before its put.
        let (first, second, third) = queue.get_timeout(PATIENCE)?;
        say!("main: got {first} {second} {third}");
        claim!(
            (first, second, third) == list(),
            "the parent gets the list of its child"
        );
        anyhow::Ok(())
    })?;

    // A thread has the memory of its process, so a queue in ordinary memory will do.
    let (putter, getter) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(|| putter.send(list()));
    });
    let got = getter.try_recv();
    if let Ok((first, second, third)) = &got {
        say!("main: got {first} {second} {third} from a thread");
    }
    claim!(got == Ok(list()), "the main thread gets the list of another thread");

    // A child has a copy of that memory, and puts its list into the copy.
    processes::scope(|family| {
        family.spawn("thre", || putter.send(list()))?;
        family.join()
    })?;
    let nothing = getter.try_recv().is_err();
    claim!(nothing, "the parent gets nothing through a queue in ordinary memory");
    say!("main: got nothing from a child through a queue for threads");
    Ok(())
}

fn list() -> List {
    (1, "xixi".to_owned(), 2)
}
