//! N3.1: a child puts a list into a queue, and its parent gets it.

use ipc_pipe::{Connection, pipe};
use shared::{Result, claim, say};

/// The note's list holds what it likes. A message has one type here, and both sides
/// agree on it before anything runs.
type List = (i32, String, i32);

pub fn play() -> Result {
    // The note's Queue is a pipe as well, with locks for many writers and many readers.
    // With one of each the pipe alone will do; the queue for many is the topic
    // producer-consumer.
    let (mut getter, putter) = pipe()?;
    processes::scope(|family| {
        family.spawn_with("thre", putter, thre)?;
        let got = getter.recv()?;
        let (first, second, third) = &got;
        say!("main: got {first} {second} {third}");
        claim!(
            got == (1, "xixi".to_owned(), 2),
            "the parent gets the list that its child has put"
        );
        Ok(())
    })
}

fn thre(mut queue: Connection<List>) -> Result {
    queue.send((1, "xixi".to_owned(), 2))?;
    Ok(())
}
