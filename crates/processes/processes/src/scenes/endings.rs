//! N2.4: a process ends in one of four ways, and its parent can tell which.

use std::fs::File;

use anyhow::Context as _;
use processes::{Exit, SIGABRT, SIGKILL};
use shared::{Result, claim, say};

pub fn play() -> Result {
    processes::scope(|family| {
        let good = family.spawn("normal", || say!("normal: done"))?.join()?;
        say!("normal: {good}");
        claim!(good == Exit::Ok, "a child that returns has ended well");

        // The note's example is `python a.py` where there is no a.py; the child's error
        // is told on standard error.
        let bad = family.spawn("error", || open("a.py"))?.join()?;
        say!("error: {bad}");
        claim!(bad == Exit::Code(1), "a child that returns an error has exit code 1");

        // A wrong memory access would end in the same way, only that safe Rust has
        // none. A division by zero would not: it is a panic, which unwinds as an
        // exception does and ends in exit code 101.
        let fatal = family.spawn("fatal", || std::process::abort())?.join()?;
        say!("fatal: {fatal}");
        claim!(
            fatal == Exit::Fatal(SIGABRT),
            "a child that aborts has ended by a fatal error of its own"
        );

        let victim = family.spawn("victim", || processes::pause())?;
        victim.kill()?;
        let killed = victim.join()?;
        say!("victim: {killed}");
        claim!(
            killed == Exit::Killed(SIGKILL),
            "a child that its parent has killed has ended by SIGKILL"
        );
        Ok(())
    })
}

fn open(path: &str) -> Result {
    File::open(path).with_context(|| path.to_owned())?;
    Ok(())
}
