//! N2.8: the parent is killed and cannot end its daemon; the kernel does it at once.

use std::io::{PipeWriter, Read as _, Write as _, pipe};
use std::time::{Duration, Instant};

use shared::{Result, claim, say};

pub fn play() -> Result {
    let (mut birth, born) = pipe()?;
    processes::scope(|family| {
        let parent = family.spawn("parent", move || live(&born))?;
        let mut pid = [0; 4];
        birth.read_exact(&mut pid)?;
        let daemon = u32::from_ne_bytes(pid);

        // Python ends its daemons in a function that it calls at its end. SIGKILL calls
        // nothing, so there the daemon stays behind, for ever perhaps.
        let killed = Instant::now();
        parent.kill()?;
        let _killed_on_purpose = parent.join()?;
        let gone = processes::ends_within(daemon, Duration::from_secs(10))?;
        let after = killed.elapsed();
        say!("the parent is killed");
        claim!(gone, "the daemon has not outlived its parent");
        say!("the daemon is gone after {after:.1?}");
        // Some 0.2 ms, unless all cores have something else to do.
        claim!(after < Duration::from_secs(1), "nor stayed for a second");
        Ok(())
    })
}

fn live(born: &PipeWriter) -> Result {
    processes::scope(|family| {
        let daemon = family.daemon("daemon", || watch(born))?;
        Ok(family.join_these(&[daemon])?)
    })
}

fn watch(mut born: &PipeWriter) -> Result {
    say!("daemon: on watch");
    born.write_all(&std::process::id().to_ne_bytes())?;
    wait_for_ever()
}

fn wait_for_ever() -> ! {
    loop {
        std::thread::park();
    }
}
