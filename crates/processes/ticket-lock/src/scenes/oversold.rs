//! N2.10: without a lock four buyers find the same last ticket, and all of them buy it.

use std::sync::atomic::{AtomicU32, Ordering};

use processes::{ProcessBarrier, SharedMemory};
use shared::{Result, claim, pace, say};
use ticket_lock::TicketFile;

pub fn play() -> Result {
    let folder = tempfile::tempdir()?;
    let tickets = TicketFile::create(folder.path().join("ticket"), 1)?;
    let sold = SharedMemory::new(AtomicU32::new(0), 0)?;
    let all_have_read = ProcessBarrier::new(4)?;
    processes::scope(|family| {
        for name in ["aaa", "bbb", "ccc", "ddd"] {
            family.spawn(name, || buy(name, &tickets, &all_have_read, &sold))?;
        }
        family.join()?;

        let (sold, left) = (sold.load(Ordering::Relaxed), tickets.count()?);
        say!("{sold} tickets sold, {left} left");
        claim!(sold == 4, "the only ticket was sold to four buyers");
        claim!(left == 0, "the ticket file says that no ticket is left");
        Ok(())
    })
}

fn buy(
    name: &str,
    tickets: &TicketFile,
    all_have_read: &ProcessBarrier,
    sold: &AtomicU32,
) -> Result {
    let count = tickets.count()?;
    say!("{name} finds {count} left");
    // In the note each buyer sleeps here for two seconds, so all of them most likely
    // read before any of them writes. The barrier makes it certain: the program is as
    // wrong as one that fails once a year.
    pace::sleep(2.0);
    all_have_read.wait();
    if count >= 1 {
        say!("{name} has bought a ticket");
        sold.fetch_add(1, Ordering::Relaxed);
        pace::sleep(2.0);
        tickets.set_count(count - 1)?;
    } else {
        say!("{name} has got none");
    }
    Ok(())
}
