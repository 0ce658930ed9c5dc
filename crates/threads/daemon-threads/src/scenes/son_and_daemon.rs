//! N2.19: a daemon lives until the last other thread has ended, not just main.

use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Barrier};

use daemon_threads::Crew;
use processes::{Event, Exit, SharedMemory};
use shared::{Result, claim, pace, say};

/// What the threads have in common. The first three lie in memory that two processes
/// share, and so outlive the program.
struct Told {
    calls: SharedMemory<AtomicU32>,
    son_ended: Event,
    daemon_ended: Event,
    /// In the note the sleeps alone put the lines in order. Here it is certain: two
    /// threads that meet go on together.
    meet: [Barrier; 3],
}

pub fn play() -> Result {
    let told = Arc::new(Told {
        calls: SharedMemory::new(AtomicU32::new(0), 0)?,
        son_ended: Event::new()?,
        daemon_ended: Event::new()?,
        meet: [(); 3].map(|()| Barrier::new(2)),
    });
    let exit =
        processes::scope(|family| family.spawn("program", || program(&told))?.join())?;
    let (calls, son_ended) = (told.calls.load(SeqCst), told.son_ended.is_set());
    claim!(son_ended, "the program lived until the son had ended");
    claim!(calls == 5, "the daemon spoke five times, also after the end of main");
    claim!(
        exit == Exit::Ok && !told.daemon_ended.is_set(),
        "the program ended well, and cut the daemon off"
    );
    Ok(())
}

fn program(told: &Arc<Told>) -> Result {
    let ended = Crew::run(|crew| {
        let [son, daemon] = [Arc::clone(told), Arc::clone(told)];
        crew.spawn("son", move || son_func(&son))?;
        told.meet[0].wait();
        crew.daemon("daemon", move || daemon_func(&daemon))?;
        pace::sleep(2.0);
        told.meet[1].wait();
        say!("main thread ends");
        told.meet[1].wait();
        Ok(())
    });
    ended.value
}

fn daemon_func(told: &Told) {
    for call in 1..=5 {
        pace::sleep(0.5);
        say!("daemon thread");
        told.calls.store(call, SeqCst);
        if call == 3 {
            told.meet[1].wait(); // Main speaks now.
            told.meet[1].wait();
        }
    }
    told.meet[2].wait();
    pace::sleep(100.0); // It would go on.
    told.daemon_ended.set();
}

fn son_func(told: &Told) {
    say!("start son");
    told.meet[0].wait();
    pace::sleep(3.0);
    told.meet[2].wait();
    say!("end son");
    told.son_ended.set();
}
