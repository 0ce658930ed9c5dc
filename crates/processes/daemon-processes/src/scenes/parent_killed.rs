//! N2.8: the parent is killed and cannot end its daemon; the kernel does it at once.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};

use processes::{Event, SharedMemory};
use shared::{Result, claim, say};

pub fn play() -> Result {
    let (pid, on_watch) = (SharedMemory::new(AtomicU32::new(0), 0)?, Event::new()?);
    processes::scope(|family| {
        let parent = family.spawn("parent", || live(&pid, &on_watch))?;
        on_watch.wait();
        let daemon = pid.load(Relaxed);

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

fn live(pid: &AtomicU32, on_watch: &Event) -> Result {
    processes::scope(|family| {
        let daemon = family.daemon("daemon", || watch(pid, on_watch))?;
        Ok(family.join_these(&[daemon])?)
    })
}

fn watch(pid: &AtomicU32, on_watch: &Event) -> ! {
    say!("daemon: on watch");
    // The event publishes the pid.
    pid.store(std::process::id(), Relaxed);
    on_watch.set();
    loop {
        std::thread::park();
    }
}
