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

        let sold = sold.load(Ordering::Relaxed);
        say!("{sold} tickets sold, {} left", tickets.count()?);
        claim!(sold == 4, "the one ticket was sold four times");
        claim!(tickets.count()? == 0, "and the file looks as if all were well");
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
    // In the note everybody sleeps here for two seconds, so all of them most likely
    // read before anybody writes. The barrier makes it certain; nothing else is wrong
    // than in a program that goes wrong once a year.
    pace::sleep(2.0);
    all_have_read.wait();

    if count >= 1 {
        say!("{name} has bought a ticket");
        sold.fetch_add(1, Ordering::Relaxed);
        tickets.set_count(count - 1)?;
    } else {
        say!("{name} has got none");
    }
    Ok(())
}
