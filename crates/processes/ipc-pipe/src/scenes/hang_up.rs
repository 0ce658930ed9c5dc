//! N3.2: a process whose peer has gone is told so, and does not wait for ever.

use std::time::Duration;

use ipc_pipe::{Connection, RecvError, pipe};
use shared::{Result, claim, say};

pub fn play() -> Result {
    processes::scope(|family| {
        let (mut parent, child) = pipe::<String>()?;
        family.spawn_with("leaver", child, leave)?;
        say!("main: got {}", parent.recv()?);
        claim!(is_over(&mut parent), "a receiver is told that its peer has ended");
        // Python's BrokenPipeError brings nothing back, and need not: there the text
        // has never left its caller.
        let sent = parent.send("wait!".to_owned());
        if let Err(error) = &sent {
            say!("main: {error}, and {} is given back", error.message);
        }
        let refused =
            sent.is_err_and(|it| it.is_disconnected() && it.message == "wait!");
        claim!(refused, "a sender is told so too, and is given its message back");

        let (mut parent, child) = pipe::<String>()?;
        let victim = family.spawn_with("victim", child, answer_for_ever)?;
        parent.send("hello".to_owned())?;
        say!("main: got {}", parent.recv()?);
        victim.kill()?;
        claim!(is_over(&mut parent), "a receiver is told that its peer was killed");
        let _killed = victim.join()?;

        let (parent, child) = pipe::<String>()?;
        family.spawn_with("listener", child, listen)?;
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

fn listen(mut conn: Connection<String>) -> Result {
    // With a copy of its parent's end the child would hold that open itself, and wait
    // for ever for a message from itself. A child has only the ends that it was given.
    claim!(is_over(&mut conn), "a child is told that its parent has closed its end");
    Ok(())
}

fn is_over(conn: &mut Connection<String>) -> bool {
    let next = conn.recv_timeout(Duration::from_secs(1));
    matches!(next, Err(RecvError::Disconnected))
}
