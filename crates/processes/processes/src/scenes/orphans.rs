//! N2.6: in Python the children of a terminated parent live on; here they end too.

use std::io::{BufRead as _, BufReader, PipeWriter, Write as _, pipe};
use std::process::id;
use std::time::Duration;

use processes::{Exit, SIGKILL};
use shared::{Result, claim, say};

pub fn play() -> Result {
    let (reader, births) = pipe()?;
    processes::scope(|family| {
        // The pipe goes with the three, so that it ends when they do, and nobody waits
        // for the birth of the dead.
        let parent = family.spawn("parent", move || {
            live(&births, "parent", &["child", "grandchild"])
        })?;
        let mut pids = BufReader::new(reader)
            .lines()
            .map(|line| anyhow::Ok(line?.parse::<u32>()?));
        let three: Vec<u32> = pids.by_ref().take(3).collect::<Result<_>>()?;
        claim!(three.len() == 3, "a parent, a child and a grandchild are alive");

        // SIGKILL, unlike SIGTERM, leaves the parent no chance to look after its child.
        // So it is the kernel that must do it: each child has asked it to
        // (PR_SET_PDEATHSIG).
        parent.kill()?;
        claim!(
            parent.join()? == Exit::Killed(SIGKILL),
            "the parent was killed by SIGKILL"
        );
        say!("the parent is killed");

        let mut left = Vec::new();
        for (pid, who) in three.into_iter().zip(["parent", "child", "grandchild"]) {
            if processes::ends_within(pid, Duration::from_secs(10))? {
                say!("{who}: gone");
            } else {
                say!("{who}: left behind");
                left.push(who);
            }
        }
        claim!(left.is_empty(), "none of them is left behind");
        Ok(())
    })
}

/// Tells its pid and waits for ever, and so do all that come `below` it.
fn live(births: &PipeWriter, who: &str, below: &[&str]) -> Result {
    say!("{who}: alive");
    let mut told = births;
    writeln!(told, "{}", id())?;
    processes::scope(|family| match below {
        [child, below @ ..] => {
            family.spawn(child, || live(births, child, below))?;
            Ok(family.join()?)
        }
        [] => loop {
            std::thread::park();
        },
    })
}
