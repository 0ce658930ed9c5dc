//! N2.10: without a lock four buyers find the same last ticket, and all of them buy it.

use std::sync::atomic::AtomicU32;

use interleavings::sync::atomic::{AtomicI64, Ordering::Relaxed};
use interleavings::thread;
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

        let (sold, left) = (sold.load(Relaxed), tickets.count()?);
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
        sold.fetch_add(1, Relaxed);
        pace::sleep(2.0);
        tickets.set_count(count - 1)?;
    } else {
        say!("{name} has got none");
    }
    Ok(())
}

/// A model of it, small enough to be run under every schedule: the buyers are threads,
/// and the file is an atomic.
pub fn model() {
    let left = &AtomicI64::new(1);
    let sold = thread::scope(|scope| {
        let buyers = [(); 4].map(|()| {
            scope.spawn(|| {
                let count = left.load(Relaxed);
                if count >= 1 {
                    left.store(count - 1, Relaxed);
                }
                count >= 1
            })
        });
        buyers.map(|buyer| buyer.join().unwrap_or(false))
    });
    let sold = sold.into_iter().filter(|&has_bought| has_bought).count();
    assert!(sold == 1, "tickets sold: {sold}");
}
