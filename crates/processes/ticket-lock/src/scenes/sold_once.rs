//! N2.10: four buyers, one ticket: each decides under the lock, so it is sold once.

use std::time::Instant;

use shared::{Result, claim, pace, say};
use ticket_lock::{ProcessLock, TicketFile};

pub fn play() -> Result {
    let folder = tempfile::tempdir()?;
    let tickets = TicketFile::create(folder.path().join("ticket"), 1)?;
    // The lock protects the file, and the number of tickets sold, which is inside it.
    let lock = ProcessLock::new(0)?;
    let begin = Instant::now();
    processes::scope(|family| {
        for name in ["aaa", "bbb", "ccc", "ddd"] {
            family.spawn(name, || use_lock(name, &tickets, &lock))?;
        }
        family.join()?;
        let took = pace::note_secs(begin.elapsed());

        let (sold, left) = (*lock.lock_as_is(), tickets.count()?);
        say!("{sold} ticket sold, {left} left");
        claim!(sold == 1, "exactly one ticket was sold");
        claim!(left == 0, "no ticket is left");
        claim!(
            took >= 10.0,
            "the buyers decided one after the other: 4 + 2 + 2 + 2 seconds or more"
        );
        Ok(())
    })
}

fn use_lock(name: &str, tickets: &TicketFile, lock: &ProcessLock<u32>) -> Result {
    search_ticket(name, tickets)?;
    say!("{name} waits");
    // A number is never half changed, even if a buyer is killed while it holds the
    // lock.
    let mut sold = lock.lock_as_is();
    say!("{name} has its turn");
    buy_ticket(name, tickets, &mut sold)
}

/// Needs no lock: the file is replaced as a whole, so it is never read half-written.
fn search_ticket(name: &str, tickets: &TicketFile) -> Result {
    say!("{name} finds {} left", tickets.count()?);
    Ok(())
}

fn buy_ticket(name: &str, tickets: &TicketFile, sold: &mut u32) -> Result {
    let count = tickets.count()?;
    pace::sleep(2.0);
    if count >= 1 {
        say!("{name} has bought a ticket");
        *sold += 1;
        pace::sleep(2.0);
        tickets.set_count(count - 1)?;
    } else {
        say!("{name} has got none");
    }
    Ok(())
}
