//! N3.2: who talks to a process that has gone is told so, and does not wait for ever.

use ipc_pipe::{Connection, RecvError, pipe};
use processes::{Exit, SIGKILL};
use shared::{Result, claim, say};

pub fn play() -> Result {
    processes::scope(|family| {
        let (mut parent, child) = pipe::<String>()?;
        family.spawn_with("leaver", child, leave)?;
        say!("main: got {}", parent.recv()?);
        let end = parent.recv();
        claim!(
            matches!(end, Err(RecvError::Disconnected)),
            "after the last word a receiver is told of the end"
        );
        // Python's BrokenPipeError brings nothing back, and need not: there the text
        // has never left its caller.
        let Err(error) = parent.send("wait!".to_owned()) else {
            anyhow::bail!("the dead have ears")
        };
        say!("main: {error}, and {} is given back", error.message);
        claim!(
            error.is_disconnected() && error.message == "wait!",
            "a sender is told so, and given its message back"
        );

        let (mut parent, child) = pipe::<String>()?;
        let victim = family.spawn_with("victim", child, answer_for_ever)?;
        parent.send("hello".to_owned())?;
        say!("main: got {}", parent.recv()?);
        victim.kill()?;
        let end = parent.recv();
        claim!(
            matches!(end, Err(RecvError::Disconnected)),
            "nor does it matter how the other has ended"
        );
        claim!(victim.join()? == Exit::Killed(SIGKILL), "which was by SIGKILL");

        let (parent, child) = pipe::<String>()?;
        family.spawn_with("listener", child, wait_for)?;
        drop(parent);
        family.join()?;
        Ok(())
    })
}

fn leave(mut conn: Connection<String>) -> Result {
    conn.send("goodbye".to_owned())?;
    Ok(())
}

fn answer_for_ever(mut conn: Connection<String>) -> Result {
    loop {
        let text = conn.recv()?;
        conn.send(text)?;
    }
}

fn wait_for(mut conn: Connection<String>) -> Result {
    // With a copy of its parent's end the child would hold that open itself, and wait
    // for ever for a message from itself. A child has only the ends that it was given.
    claim!(
        matches!(conn.recv(), Err(RecvError::Disconnected)),
        "a child sees its parent let go, and the parent still lives"
    );
    Ok(())
}
