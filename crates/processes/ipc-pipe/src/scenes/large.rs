//! N3.2: two processes send 8 MiB to each other at once, and neither gets stuck.

use std::time::Duration;

use anyhow::Context as _;
use ipc_pipe::{Connection, pipe};
use shared::{Result, claim, say};

const LENGTH: usize = 8 << 20;

pub fn play() -> Result {
    let (here, there) = pipe()?;
    processes::scope(|family| {
        family
            .spawn_with("child", there, |there| exchange("child", there, 'c', 'p'))?;
        exchange("parent", here, 'p', 'c')?;
        family.join()?;
        Ok(())
    })
}

/// Sends first and receives then, as the other side does, too. A pipe holds some 200
/// KiB: so both are stuck in `send` for ever, each waiting for the other to receive, as
/// they are in Python. Here a send that has no room takes in what comes.
fn exchange(
    name: &str,
    mut conn: Connection<String>,
    mine: char,
    theirs: char,
) -> Result {
    conn.send(String::from(mine).repeat(LENGTH))?;
    say!("{name}: sent 8 MiB");
    let text =
        conn.recv_timeout(Duration::from_secs(10))?.context("nothing came in 10 s")?;
    claim!(
        text.len() == LENGTH && text.chars().all(|one| one == theirs),
        "the {name} has sent 8 MiB and received the other's, whole"
    );
    Ok(())
}
