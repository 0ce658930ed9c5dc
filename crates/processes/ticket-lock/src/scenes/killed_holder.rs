//! N2.10: a buyer is killed while it buys; the next inherits the lock and repairs.

use processes::Event;
use shared::{Result, claim, pace, say};
use ticket_lock::{ProcessLock, TicketFile, TryLockError};

const TICKETS: u32 = 1;

pub fn play() -> Result {
    let folder = tempfile::tempdir()?;
    let tickets = TicketFile::create(folder.path().join("ticket"), TICKETS)?;
    let lock = ProcessLock::new(0)?;
    let has_counted = Event::new()?;
    processes::scope(|family| {
        let aaa = family.spawn("aaa", || buy_and_be_killed(&lock, &has_counted))?;
        family.wait_for(&has_counted)?;
        let busy = matches!(lock.try_lock(), Err(TryLockError::Busy));
        aaa.kill()?;
        let _killed = aaa.join()?;
        claim!(busy, "aaa held the lock until it was killed");

        // With Python's lock all others would wait from now on, for ever.
        let next = lock.lock_timeout(pace::secs(20.0));
        let is_told = matches!(next, Err(TryLockError::Inherited(_)));
        say!("main inherits the lock: {}", if is_told { "yes" } else { "no" });
        claim!(is_told, "the next holder is told that the last one died");
        drop(next);

        for name in ["bbb", "ccc"] {
            family.spawn(name, || buy(name, &tickets, &lock))?;
        }
        family.join()?;
        let repaired = lock.lock().is_ok();
        claim!(repaired, "the lock is no longer inherited after the repair");
        let (sold, left) = (*lock.lock_as_is(), tickets.count()?);
        say!("{sold} sold, {left} left");
        claim!(sold == 1 && left == 0, "the ticket was sold once");
        Ok(())
    })
}

fn buy_and_be_killed(lock: &ProcessLock<u32>, has_counted: &Event) {
    let mut sold = lock.lock_as_is();
    // Now one is sold, and the file still has it: the two contradict each other.
    *sold += 1;
    say!("aaa has counted its ticket as sold");
    has_counted.set();
    pace::sleep(1000.0);
}

fn buy(name: &str, tickets: &TicketFile, lock: &ProcessLock<u32>) -> Result {
    // The file is right: it has always been replaced as a whole.
    let recount = |sold: &mut u32| tickets.count().map(|left| *sold = TICKETS - left);
    let mut sold = lock.lock().or_else(|inherited| {
        say!("{name} recounts");
        inherited.recover(recount)
    })?;
    let count = tickets.count()?;
    if count >= 1 {
        tickets.set_count(count - 1)?;
        *sold += 1;
        say!("{name} has bought a ticket");
    } else {
        say!("{name} has got none");
    }
    Ok(())
}
