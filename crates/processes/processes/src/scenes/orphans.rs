//! N2.6: terminating a parent leaves its children behind in Python; here they end with it, and theirs.

use std::io::{BufRead as _, BufReader, PipeWriter, Write as _, pipe};
use std::process::id;
use std::time::Duration;

use processes::{Exit, SIGKILL};
use shared::{Result, claim, say};

pub fn play() -> Result {
    let (reader, births) = pipe()?;
    processes::scope(|family| {
        // The pipe goes with the three, so that it ends when they do, and nobody waits for the birth of the dead.
        let parent = family.spawn("parent", move || live(&births, 2))?;
        let mut pids = BufReader::new(reader).lines().map(|line| anyhow::Ok(line?.parse::<u32>()?));
        let three: Vec<u32> = pids.by_ref().take(3).collect::<Result<_>>()?;
        claim!(three.len() == 3, "a parent, a child and a grandchild are alive");

        // SIGKILL, unlike SIGTERM, leaves the parent no chance to look after its child. So it is the kernel that
        // must do it: each child has asked it to (PR_SET_PDEATHSIG).
        parent.kill()?;
        claim!(parent.join()? == Exit::Killed(SIGKILL), "the parent was killed by SIGKILL");
        for (pid, who) in three.into_iter().zip(["parent", "child", "grandchild"]) {
            claim!(processes::ends_within(pid, Duration::from_secs(10))?, "the {who} is gone");
        }
        say!("none of them is left");
        Ok(())
    })
}

/// Tells its pid, and waits for ever, as do `descendants` more below it.
fn live(births: &PipeWriter, descendants: u32) -> Result {
    let mut told = births;
    writeln!(told, "{}", id())?;
    processes::scope(|family| {
        if descendants > 0 {
            family.spawn("descendant", || live(births, descendants - 1))?;
            return Ok(family.join()?);
        }
        loop {
            std::thread::park();
        }
    })
}
