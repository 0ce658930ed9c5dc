//! N2.19: a thread that a thread has started is waited for too, in every schedule.

use std::sync::{Arc, PoisonError};

use daemon_threads::Crew;
use interleavings::sync::Mutex;
use interleavings::sync::atomic::{AtomicBool, Ordering::SeqCst};
use interleavings::thread::spawn;
use interleavings::{Limits, explore};
use shared::{Result, claim, say};

pub fn play() -> Result {
    // Real threads run the very functions that are explored then.
    say!("the crew waited for the grandson: {}", crew());
    let looks_again = explore(crew, Limits::default())?;
    say!("a crew that looks until there is none: {looks_again}");
    claim!(
        looks_again.complete && looks_again.returned("false").is_none(),
        "the crew abandoned the grandson in no schedule"
    );

    let looks_once = explore(looks_once, Limits::default())?;
    let abandoned = looks_once.returned("false").map_or(0, |outcome| outcome.schedules);
    say!("a list that is looked at once: {looks_once}, {abandoned} abandon it");
    claim!(
        0 < abandoned && abandoned < looks_once.schedules,
        "a list that is looked at once abandoned the grandson in some schedules"
    );
    Ok(())
}

/// The son starts the grandson as the last thing it does. Has the grandson done its
/// work when the program is about to end?
pub fn crew() -> bool {
    let [done, does] = flag();
    Crew::run(|crew| {
        let all = crew.clone();
        let son = move || all.spawn("grandson", move || does.store(true, SeqCst));
        crew.spawn("son", || son().expect("the crew waits"))
            .expect("room for a thread");
    });
    done.load(SeqCst)
}

/// The same with a list of handles, each of which is joined.
pub fn looks_once() -> bool {
    let [done, does] = flag();
    let list = Arc::new(Mutex::new(Vec::new()));
    let all = Arc::clone(&list);
    let lock = || list.lock().unwrap_or_else(PoisonError::into_inner);
    let son = move || {
        let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(spawn(move || does.store(true, SeqCst)));
    };
    lock().push(spawn(son));
    let threads = std::mem::take(&mut *lock());
    for thread in threads {
        thread.join().expect("no panic");
    }
    done.load(SeqCst)
}

/// A flag with two owners.
fn flag() -> [Arc<AtomicBool>; 2] {
    let flag = Arc::new(AtomicBool::new(false));
    [Arc::clone(&flag), flag]
}
