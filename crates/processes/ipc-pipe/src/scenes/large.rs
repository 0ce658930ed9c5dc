//! N3.2: two processes send 8 MiB to each other at once, and neither gets stuck.

use std::time::Duration;

use ipc_pipe::{Connection, pipe};
use processes::Exit;
use shared::{Result, claim, pace, say};

pub fn play() -> Result {
    processes::scope(|family| {
        // A pipe holds 2 MiB each way: two that only send wait for each other, for
        // ever.
        let (here, there) = pipe()?;
        let senders = [
            family.daemon_with("one", here, only_send)?,
            family.daemon_with("other", there, only_send)?,
        ];
        for sender in &senders {
            let exit = sender.join_timeout(pace::secs(2.0))?;
            claim!(exit.is_none(), "a process that only sends waits for its peer");
        }
        say!("two plain sends are stuck");
        for sender in senders {
            sender.kill()?;
            let _killed = sender.join()?;
        }

        let (here, there) = pipe()?;
        let mut sides = Vec::new();
        for (name, peer, end) in [("parent", "child", here), ("child", "parent", there)]
        {
            sides.push(family.daemon_with(name, end, |end| exchange(name, peer, end))?);
        }
        for side in sides {
            let exit = side.join_timeout(Duration::from_secs(2))?;
            claim!(
                exit == Some(Exit::Ok),
                "two processes that both send first get through"
            );
        }
        Ok(())
    })
}

/// The half of an end that sends takes in nothing meanwhile, nor does Python's send.
fn only_send(conn: Connection<String>) {
    let (mut sender, _receiver) = conn.split();
    let _stuck = sender.send(text("x"));
}

/// Sends first and receives then, as the other side does, too. While it has no room to
/// send, a `Connection` takes in what comes.
fn exchange(name: &str, peer: &str, mut conn: Connection<String>) -> Result {
    conn.send(text(name))?;
    say!("{name}: sent 8 MiB");
    let received = conn.recv_timeout(Duration::from_secs(1))?;
    claim!(
        received == Some(text(peer)),
        "the {name} receives all that its peer has sent"
    );
    Ok(())
}

fn text(of: &str) -> String {
    of.repeat((8 << 20) / of.len())
}
