//! N2.10: a buyer is killed while it buys; the next inherits the lock and repairs.

use std::time::{Duration, Instant};

use processes::{Event, Exit, SIGKILL};
use shared::{Result, claim, say};
use ticket_lock::{Inherited, ProcessLock, TicketFile, TryLockError};

const TICKETS: u32 = 1;

pub fn play() -> Result {
    let folder = tempfile::tempdir()?;
    let tickets = TicketFile::create(folder.path().join("ticket"), TICKETS)?;
    let sold = ProcessLock::new(0)?;
    let inside = Event::new()?;
    processes::scope(|family| {
        let aaa = family.spawn("aaa", || hold(&tickets, &sold, &inside))?;
        family.wait_for(&inside)?;
        aaa.kill()?;
        claim!(aaa.join()? == Exit::Killed(SIGKILL), "aaa was killed inside the lock");

        // With Python's lock all others would wait from now on, for ever.
        let begin = Instant::now();
        let next = sold.lock_timeout(Duration::from_secs(10));
        say!("the lock is there after {:?}", begin.elapsed());
        claim!(
            matches!(next, Err(TryLockError::Inherited(_))),
            "the next one is told that it inherits the lock from a dead holder"
        );
        drop(next);

        for name in ["bbb", "ccc"] {
            family.spawn(name, || buy(name, &tickets, &sold))?;
        }
        family.join()?;
        let (left, last) = (tickets.count()?, sold.lock());
        claim!(last.is_ok(), "nobody inherits anything any more");
        let sold = *last.unwrap_or_else(Inherited::into_inner);
        say!("{sold} sold, {left} left");
        claim!((sold, left) == (1, 0), "the ticket was sold once");
        Ok(())
    })
}

fn hold(tickets: &TicketFile, sold: &ProcessLock<u32>, inside: &Event) -> Result {
    let mut sold = sold.lock().unwrap_or_else(Inherited::into_inner);
    if tickets.count()? >= 1 {
        // Now one is sold, and the file still has it: the two contradict each other.
        *sold += 1;
        say!("aaa has counted its ticket as sold");
        inside.set();
        loop {
            std::thread::park();
        }
    }
    Ok(())
}

fn buy(name: &str, tickets: &TicketFile, sold: &ProcessLock<u32>) -> Result {
    let mut sold = sold
        .lock()
        .or_else(|inherited| inherited.recover(|sold| recount(name, tickets, sold)))?;
    let count = tickets.count()?;
    if count == 0 {
        say!("{name} has got none");
        return Ok(());
    }
    tickets.set_count(count - 1)?;
    *sold += 1;
    say!("{name} has bought a ticket");
    Ok(())
}

/// The file is what counts: it has always been replaced as a whole.
fn recount(name: &str, tickets: &TicketFile, sold: &mut u32) -> Result {
    let said = std::mem::replace(sold, TICKETS - tickets.count()?);
    say!("{name} recounts: not {said} but {sold} sold");
    Ok(())
}
