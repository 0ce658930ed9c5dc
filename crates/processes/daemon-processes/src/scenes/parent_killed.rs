//! N2.8: the parent is killed and cannot end its daemon; the kernel does it at once.

use std::time::Duration;

use anyhow::Context as _;
use processes::Event;
use shared::{Result, claim, say};

pub fn play() -> Result {
    let on_watch = Event::new()?;
    processes::scope(|family| {
        let parent = family.spawn("parent", || live(&on_watch))?;
        family.wait_for(&on_watch)?;
        let daemon = processes::descendants(parent.pid())?;
        let daemon = *daemon.first().context("the parent has no daemon")?;

        // Python ends its daemons in a function that it calls at its end. SIGKILL calls
        // nothing, so there the daemon stays behind, for ever perhaps.
        parent.kill()?;
        say!("parent: {}", parent.join()?);
        // Some 0.2 ms, unless all cores have something else to do.
        let gone = processes::ends_within(daemon, Duration::from_secs(1))?;
        say!("the daemon is {}", if gone { "gone" } else { "left behind" });
        claim!(gone, "the daemon of a killed parent is gone within a second");
        Ok(())
    })
}

fn live(on_watch: &Event) -> Result {
    processes::scope(|family| {
        let daemon = family.daemon("daemon", || watch(on_watch))?;
        Ok(family.join_these(&[daemon])?)
    })
}

fn watch(on_watch: &Event) -> ! {
    say!("daemon: on watch");
    on_watch.set();
    processes::pause()
}
