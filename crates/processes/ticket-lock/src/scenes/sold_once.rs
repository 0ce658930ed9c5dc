//! N2.10: four buyers, one ticket: each decides under the lock, so it is sold once.

use std::time::Instant;

use shared::{Result, claim, pace, say};
use ticket_lock::{Inherited, ProcessLock, TicketFile};

pub fn play() -> Result {
    let folder = tempfile::tempdir()?;
    let tickets = TicketFile::create(folder.path().join("ticket"), 1)?;
    // The lock protects the file. How many were sold lies under it, as all that only
    // its holder may change should.
    let sold = ProcessLock::new(0)?;
    let begin = Instant::now();
    processes::scope(|family| {
        for name in ["aaa", "bbb", "ccc", "ddd"] {
            family.spawn(name, || queue_up(name, &tickets, &sold))?;
        }
        family.join()?;

        let took = pace::note_secs(begin.elapsed());
        // A number cannot be half changed.
        let sold = *sold.lock().unwrap_or_else(Inherited::into_inner);
        say!("{sold} ticket sold, {} left", tickets.count()?);
        claim!(sold == 1, "exactly one ticket was sold");
        claim!(tickets.count()? == 0, "and none is left");
        claim!(
            took >= 10.0,
            "the four decided one after the other: that took {took:.1} s, no less \
             than 4 + 2 + 2 + 2"
        );
        Ok(())
    })
}

fn queue_up(name: &str, tickets: &TicketFile, sold: &ProcessLock<u32>) -> Result {
    // To look needs no lock: the file is replaced as a whole, so it is never seen
    // half-written.
    say!("{name} finds {} left and waits", tickets.count()?);
    // If a buyer has died in there, the ticket file still says what is true.
    let mut sold = sold.lock().unwrap_or_else(Inherited::into_inner);
    say!("{name} has its turn");
    buy(name, tickets, &mut sold)
}

fn buy(name: &str, tickets: &TicketFile, sold: &mut u32) -> Result {
    let count = tickets.count()?;
    pace::sleep(2.0);
    if count == 0 {
        say!("{name} has got none");
        return Ok(());
    }
    say!("{name} has bought a ticket");
    *sold += 1;
    pace::sleep(2.0);
    tickets.set_count(count - 1)?;
    Ok(())
}
